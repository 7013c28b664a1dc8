"""Builds both halves of the benchmarks: `python setup.py --hpy-abi=universal build_ext --inplace`."""

from setuptools import Extension, setup

setup(
    name="hpy-benches",
    version="0",
    ext_modules=[Extension("capi_bench", sources=["capi_bench.c"])],
    hpy_ext_modules=[
        Extension("hpy_bench", sources=["hpy_bench.c"]),
        Extension("small_bench", sources=["small_bench.c"]),
    ],
)
