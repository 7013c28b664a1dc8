"""Builds the same module in CPython's C API, for comparison."""

from setuptools import Extension, setup

setup(
    name="timestamps-capi",
    ext_modules=[Extension("timestamps_capi", sources=["timestamps_capi.c"], depends=["moment.h"])],
)
