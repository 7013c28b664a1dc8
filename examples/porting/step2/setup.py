from setuptools import Extension, setup

setup(hpy_ext_modules=[Extension("ringbuf", sources=["ringbuf.c"])])
