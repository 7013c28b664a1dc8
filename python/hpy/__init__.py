"""HPy: a better C API for Python.

`hpy.universal` is the runtime that loads HPy extensions, `hpy.devel` builds them with setuptools.
This package itself is empty.
"""
