from setuptools import Extension, setup

# C++17 is the default of g++ since 11 and clang++ since 16; older ones want it in CXXFLAGS. It is not asked
# for here, because the option would go to C sources too, where it is an error for clang.
setup(hpy_ext_modules=[Extension("wordcount", sources=["wordcount.cpp"], language="c++")])
