"""HPy: a better C API for Python.

`hpy.universal` is the runtime that loads HPy extensions, `hpy.devel` builds them with setuptools.
Importing this package installs the import hook, see `hpy._import_hook`.
"""

from hpy._import_hook import install

install()
del install
