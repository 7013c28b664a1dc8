from setuptools import Extension, setup

setup(ext_modules=[Extension("ringbuf", sources=["ringbuf.c"])])
