"""Importing modules."""

import sys

import pytest
from support import function, module_fixture

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
