from setuptools import Extension, setup

setup(hpy_ext_modules=[Extension("jsontext", sources=["jsontext.c"])])
