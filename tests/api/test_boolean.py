"""Booleans."""

import pytest
from support import function, module_fixture

mod = module_fixture(
    "#include <stdbool.h>\n"
    + function("from_bool", 1, "HPyBool_FromBool(ctx, HPy_IsTrue(ctx, a) != 0)")
    + function("from_long", 1, "HPyBool_FromLong(ctx, HPyLong_AsLong(ctx, a))")
)


@pytest.mark.smoke
def test_from_bool(mod):
    assert mod.from_bool(1) is True
    assert mod.from_bool(0) is False


def test_from_long_is_true_for_all_but_zero(mod):
    assert mod.from_long(0) is False
    assert mod.from_long(1) is True
    assert mod.from_long(-1) is True
    assert mod.from_long(256) is True
