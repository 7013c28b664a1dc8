from setuptools import Extension, setup

# hpy.devel generates vectors.clinic.h, if it is not there or out of date.
setup(hpy_ext_modules=[Extension("vectors", sources=["vectors.c"], depends=["numbers.h"])])
