from setuptools import Extension, setup

# Name, version and the build requirement on hpy stand in pyproject.toml.
setup(hpy_ext_modules=[Extension("worker", sources=["worker.c"])])
