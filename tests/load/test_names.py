"""The public names of the Python modules of HPy 0.9, all of which are here, with the same parameters.

With HPy 0.9 as the runtime, the same tests check the list. Names that a module only imports from elsewhere,
such as `os`, are left out; those with an underscore are internal, but for the modules `_debug` and `_trace`.
"""

import importlib
import inspect

import pytest

pytest.importorskip("setuptools")

pytestmark = pytest.mark.not_repeatable("it loads no extension")

NAMES = {
    "hpy.devel": """
        DEFAULT_HPY_ABI
        HPyDevel(base_dir)
        HPyDevel.build_ext_sanity_check(self, build_ext)
        HPyDevel.fix_distribution(self, dist)
        HPyDevel.get_ctx_sources(self)
        HPyDevel.get_extra_include_dirs(self)
        HPyDevel.get_extra_sources(self)
        HPyDevel.get_include_dir_forbid_python_h(self)
        HPyDevel.get_static_libs(self, hpy_abi)
        HPyExtensionName
        HPyExtensionName.split(self, *args, **kwargs)
        HPyExtensionName.translate(self, *args, **kwargs)
        build_ext_hpy_mixin
        build_ext_hpy_mixin.copy_extensions_to_source(self)
        build_ext_hpy_mixin.extensions
        build_ext_hpy_mixin.finalize_options(self)
        build_ext_hpy_mixin.get_export_symbols(self, ext)
        build_ext_hpy_mixin.get_ext_filename(self, ext_name)
        build_ext_hpy_mixin.get_ext_fullname(self, ext_name)
        build_ext_hpy_mixin.get_ext_fullpath(self, ext_name)
        build_ext_hpy_mixin.initialize_options(self)
        build_ext_hpy_mixin.write_stub(self, output_dir, ext, compile)
        build_hpy_mixin
        build_hpy_mixin.finalize_options(self)
        get_hpy_ext_suffix(hpy_abi, ext_suffix)
        handle_hpy_ext_modules(dist, attr, hpy_ext_modules)
        is_hpy_extension(ext_name)
        make_mixin(base, mixin)
        monkeypatch(target)
        remember_hpy_extension(f)
    """,
    "hpy.devel.abitag": """
        HPY_ABI_TAG
        HPY_ABI_VERSION
        HPY_ABI_VERSION_MINOR
        get_hpy_ext_suffix(hpy_abi, ext_suffix)
        parse_ext_suffix(ext_suffix)
    """,
    "hpy.devel.version": """
        __git_revision__
        __version__
    """,
    "hpy.debug": """
        HPyDebugError
        HPyLeakError(leaks)
        LeakDetector()
        LeakDetector.start(self)
        LeakDetector.stop(self)
        disable_handle_stack_traces()
        set_handle_stack_trace_limit(limit)
    """,
    "hpy.debug.leakdetector": """
        HPyDebugError
        HPyLeakError(leaks)
        LeakDetector()
        LeakDetector.start(self)
        LeakDetector.stop(self)
    """,
    "hpy.debug.pytest": """
        LeakDetector()
        LeakDetector.start(self)
        LeakDetector.stop(self)
        hpy_debug
    """,
    "hpy.trace": """
        get_call_counts
        get_durations
        get_frequency
        set_trace_functions
    """,
    "hpy.universal": """
        MODE_DEBUG
        MODE_TRACE
        MODE_UNIVERSAL
        get_version
        load
    """,
    "hpy.universal._debug": """
        DebugHandle
        DebugHandle.id
        DebugHandle.is_closed
        DebugHandle.obj
        DebugHandle.raw_data_size
        get_closed_handles
        get_closed_handles_queue_max_size
        get_open_handles
        get_protected_raw_data_max_size
        new_generation
        set_closed_handles_queue_max_size
        set_handle_stack_trace_limit
        set_on_invalid_builder_handle
        set_on_invalid_handle
        set_protected_raw_data_max_size
    """,
    "hpy.universal._trace": """
        get_call_counts
        get_durations
        get_frequency
        set_trace_functions
    """,
}

ENTRIES = [
    (module, entry) for module, entries in NAMES.items() for entry in entries.split("\n") if entry.strip()
]


def module_of_name(name):
    """The module, or what is one but cannot be imported by its name, as `hpy.universal._debug`."""
    try:
        return importlib.import_module(name)
    except ImportError:
        parent, _, child = name.rpartition(".")
        return getattr(importlib.import_module(parent), child)


@pytest.mark.parametrize("module, entry", ENTRIES)
def test_name_of_hpy_0_9(module, entry):
    path, has_parameters, parameters = entry.strip().partition("(")
    value = module_of_name(module)
    for name in path.split("."):
        value = inspect.getattr_static(value, name)
    if has_parameters:
        wanted = [name for name in parameters.rstrip(")").split(", ") if name]
        found = [
            str(parameter).partition("=")[0] for parameter in inspect.signature(value).parameters.values()
        ]
        found = [name.replace("**kw", "**kwargs") if name == "**kw" else name for name in found]
        assert found[: len(wanted)] == wanted


def test_attributes_of_instances():
    from hpy.debug import HPyLeakError, LeakDetector
    from hpy.devel import HPyDevel

    devel = HPyDevel()
    assert devel.include_dir == devel.base_dir / "include" and devel.src_dir
    assert LeakDetector().generation is None
    assert HPyLeakError([]).leaks == []


def test_attributes_of_commands(monkeypatch):
    from setuptools import Distribution, Extension

    monkeypatch.delenv("HPY_ABI", raising=False)
    dist = Distribution({"name": "demo", "hpy_ext_modules": [Extension("spam", ["spam.c"])]})
    assert dist.get_command_obj("build_ext").hpydevel is dist.hpydevel
    assert (dist.hpy_abi, dist.hpy_use_static_libs) == ("cpython", False)


def test_fixture_of_pytest():
    from hpy.debug import leakdetector
    from hpy.debug import pytest as plugin

    assert plugin.LeakDetector is leakdetector.LeakDetector
    assert "hpy_debug" in vars(plugin)
