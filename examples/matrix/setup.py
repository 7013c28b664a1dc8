from hpy.devel import HPyDevel
from setuptools import Extension, setup

setup(
    hpy_ext_modules=[
        Extension("matrix", sources=["matrix.c"], depends=["matrix_api.h"]),
        Extension("matrix_stats", sources=["matrix_stats.c"], depends=["matrix_api.h"]),
    ],
    # An extension of the C API, here of the limited API, so that its one binary stands beside the universal
    # ones.
    ext_modules=[
        Extension(
            "matrix_capi",
            sources=["matrix_capi.c"],
            depends=["matrix_api.h"],
            include_dirs=HPyDevel().get_extra_include_dirs(),
            define_macros=[("Py_LIMITED_API", "0x03090000")],
            py_limited_api=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp39"}},
)
