"""Builds the same module in CPython's C API, for comparison."""

from setuptools import Extension, setup

setup(name="jsontext-capi", ext_modules=[Extension("jsontext_capi", sources=["jsontext_capi.c"])])
