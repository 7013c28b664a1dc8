from setuptools import Extension, setup

setup(hpy_ext_modules=[Extension("timestamps", sources=["timestamps.c"], depends=["moment.h"])])
