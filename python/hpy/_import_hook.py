"""The import hook: Python finds `foo.hpy0.so`, and `foo.hpy0-cp311.so` on Python 3.11, without a stub.

`import hpy` installs it, and so does each start of Python after `python -m hpy enable`. It only imports what
Python has loaded at that time, since this is what users pay for modules that they do not use.

In each folder, a package comes first, as everywhere in Python; then binaries that are CPython's own
(`.cpython-*.so`, `.abi3.so`, `.so`), then those of HPy, then `foo.py`, whether it is a stub or not.
docs/importing.md tells users.
"""

import os
import sys

try:
    # What importlib.machinery is made of. That itself may not be loaded yet, and takes longer than all here.
    import _frozen_importlib_external as machinery
except ImportError:
    from importlib import machinery

from hpy._suffixes import hpy_suffixes

# Of these the first is for this version of Python alone.
SUFFIXES = hpy_suffixes(machinery.EXTENSION_SUFFIXES[0])

# Times in ZIP files have this resolution, in seconds: what one wheel brought may differ by as much.
_SAME_TIME = 2


class Loader(machinery.ExtensionFileLoader):
    """Loads an extension in the mode that the variable HPY asks for, as a stub does."""

    def create_module(self, spec):
        """The import system makes the module."""
        return None

    def exec_module(self, module):
        """Load the extension into the module. Reloading changes nothing, as with other extensions."""
        from hpy.universal import _exec_module

        made = _exec_module(module, self.path, os.environ)
        if made is not module:
            # An object that the extension made takes the place of this module, which somebody may have got.
            module.__getattr__ = lambda name: getattr(made, name)
            sys.modules[self.name] = made


class Finder(machinery.FileFinder):
    """Finds modules in a folder, those of HPy among them."""

    def find_spec(self, fullname, target=None):
        """As `FileFinder`; warns if what it finds hides an extension of HPy."""
        spec = super().find_spec(fullname, target)
        if spec is None or spec.loader is None:
            return spec
        # Source is found after our binaries, so most modules take no time here.
        is_package = spec.submodule_search_locations is not None
        if is_package or isinstance(spec.loader, machinery.ExtensionFileLoader):
            base = os.path.join(self.path, fullname.rpartition(".")[2])
            for suffix in SUFFIXES:
                if os.path.isfile(base + suffix):
                    _warn_if_hidden(base + suffix, spec)
        return spec


def _warn_if_hidden(binary, spec):
    if isinstance(spec.loader, Loader):
        return  # a hybrid binary beside a universal one
    if spec.submodule_search_locations is not None:
        why = "packages come before modules"
    elif os.stat(spec.origin).st_mtime < os.stat(binary).st_mtime - _SAME_TIME:
        why = "it is an older build, and for this version of Python alone"
    else:
        return
    # Tell who imports it; frames of the import system do not count.
    _warn(f"{spec.origin} hides the HPy extension {binary}, as {why}. Remove one of them", stacklevel=4)


def _warn(message, stacklevel):
    from warnings import warn

    warn(message, RuntimeWarning, stacklevel)


# A closure, by which `install` knows whether it did its work.
_hook = Finder.path_hook(
    (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES[:]),
    (Loader, SUFFIXES),
    (machinery.SourceFileLoader, machinery.SOURCE_SUFFIXES),
    (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
)


def install():
    """Install the hook, once."""
    hooks = sys.path_hooks
    if is_installed():
        return
    names = [getattr(hook, "__name__", "") for hook in hooks]
    standard = "path_hook_for_FileFinder"
    hooks.insert(names.index(standard) if standard in names else len(hooks), _hook)
    # pkgutil, inspect and others find out names of modules by it.
    machinery.EXTENSION_SUFFIXES.extend(SUFFIXES)
    for path, finder in list(sys.path_importer_cache.items()):
        if type(finder) is machinery.FileFinder:
            _warn_of_twins(finder)
            sys.path_importer_cache.pop(path, None)


def is_installed():
    """Whether Python finds extensions of HPy by themselves."""
    return _hook in sys.path_hooks


def _warn_of_twins(finder):
    """Warn of modules that were imported from source since nothing could find their binaries yet."""
    for file_name in getattr(finder, "_path_cache", ()):  # missing, there is nothing to compare with
        for suffix in SUFFIXES:
            if not file_name.endswith(suffix):
                continue
            source = os.path.join(finder.path, file_name[: -len(suffix)] + ".py")
            for name, module in list(sys.modules.items()):
                is_twin = getattr(module, "__file__", None) == source and name != "__main__"
                if is_twin and not hasattr(module, "__bootstrap__"):  # a stub, which is loading the binary
                    _warn(
                        f"the module {name} was imported from {source}, not from the HPy extension "
                        f"{file_name} beside it, which is found only after hpy was imported: import hpy "
                        "before, or run python -m hpy enable",
                        stacklevel=5,
                    )
