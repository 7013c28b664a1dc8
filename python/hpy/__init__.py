"""HPy: a better C API for Python.

`hpy.universal` is the runtime that loads HPy extensions, `hpy.devel` builds them with setuptools.
Importing this package installs the import hook.
"""

from hpy import _import_hook

_import_hook.install()
