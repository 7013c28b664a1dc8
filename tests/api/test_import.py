"""Importing modules."""

import sys

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    function("import_", 1, "HPyImport_ImportModule(ctx, HPyUnicode_AsUTF8AndSize(ctx, a, NULL))")
)


@pytest.mark.smoke
def test_import_module(mod):
    import json

    assert mod.import_("json") is json


def test_import_dotted_name_gives_the_last_module(mod):
    import os.path

    assert mod.import_("os.path") is os.path


def test_import_missing_module(mod):
    with pytest.raises(ModuleNotFoundError, match="^No module named 'no_such_module'$"):
        mod.import_("no_such_module")


def test_import_error_propagates(mod, tmp_path, monkeypatch):
    (tmp_path / "failing_é.py").write_text("1 / 0", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        with pytest.raises(ZeroDivisionError):
            mod.import_("failing_é")
    assert "failing_é" not in sys.modules


# Since ABI 0.1

newer = module_fixture(
    function("level", 5, "HPyImport_ImportModuleLevel(ctx, a, b, c, d, (int)HPyLong_AsLong(ctx, e))")
    + function("get", 1, "HPyImport_GetModule(ctx, a)")
    + function("is_missing", 1, "HPy_IsNull(HPyImport_GetModule(ctx, a)) && !HPyErr_Occurred(ctx)", "status")
    + function("add", 1, "HPyImport_AddModuleRef(ctx, HPyUnicode_AsUTF8AndSize(ctx, a, NULL))")
    + function("add_null", 0, "HPyImport_AddModuleRef(ctx, NULL)"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_import_with_level(newer):
    import email
    import email.charset
    import os

    assert newer.level("os.path", NULL, NULL, NULL, 0) is os
    assert newer.level("os.path", NULL, NULL, ["join"], 0) is os.path
    package = {"__package__": "email", "__name__": "email", "__path__": email.__path__}
    assert newer.level("charset", package, NULL, ["Charset"], 1) is email.charset
    assert newer.level("", package, package, ("charset",), 1) is email


@pytest.mark.after_0_9_0
def test_wrong_imports_with_level(newer):
    with pytest.raises(ModuleNotFoundError):
        newer.level("no_such_module", NULL, NULL, NULL, 0)
    with pytest.raises(TypeError, match="module name must be a string"):
        newer.level(3, NULL, NULL, NULL, 0)
    with pytest.raises(ValueError, match="level must be >= 0"):
        newer.level("os", NULL, NULL, NULL, -1)
    with pytest.raises(ValueError, match="Empty module name"):
        newer.level("", NULL, NULL, NULL, 0)
    with pytest.raises(TypeError, match="globals must be a dict"):
        newer.level("os", 3, NULL, NULL, 1)
    with pytest.raises((KeyError, ImportError)):
        newer.level("os", NULL, NULL, NULL, 1)
    with pytest.raises(SystemError, match="^null argument to HPyImport_ImportModuleLevel$"):
        newer.level(NULL, NULL, NULL, NULL, 0)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_get_module(newer):
    assert newer.get("sys") is sys
    assert newer.is_missing("no_such_module") == 1
    assert "no_such_module" not in sys.modules
    with pytest.raises(TypeError, match="unhashable"):
        newer.get([])
    with pytest.raises(SystemError, match="^null argument to HPyImport_GetModule$"):
        newer.get(NULL)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_add_module(newer, monkeypatch):
    assert newer.add("sys") is sys
    try:
        module = newer.add("module_é")
        assert sys.modules["module_é"] is module is newer.add("module_é")
        assert (type(module), module.__name__) == (type(sys), "module_é")
    finally:
        sys.modules.pop("module_é", None)
    with pytest.raises(SystemError, match="^null argument to HPyImport_AddModuleRef$"):
        newer.add_null()
