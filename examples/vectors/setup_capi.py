"""Builds the same type in CPython's C API, for comparison."""

from setuptools import Extension, setup

setup(name="vectors-capi", ext_modules=[Extension("vectors_capi", sources=["vectors_capi.c"])])
