"""Globals: static variables that hold objects."""

import sys

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    "static HPyGlobal first, second, unregistered, never_stored;\n"
    + function("store", 1, "HPyGlobal_Store(ctx, &first, a)", "void")
    + function("store_second", 1, "HPyGlobal_Store(ctx, &second, a)", "void")
    + function("store_unregistered", 1, "HPyGlobal_Store(ctx, &unregistered, a)", "void")
    + function("load", 0, "HPyGlobal_Load(ctx, first)")
    + function("load_second", 0, "HPyGlobal_Load(ctx, second)")
    + function("load_unregistered", 0, "HPyGlobal_Load(ctx, unregistered)")
    + function("load_is_null", 0, "HPy_IsNull(HPyGlobal_Load(ctx, first))", "status")
    + function("never_stored_is_null", 0, "HPy_IsNull(HPyGlobal_Load(ctx, never_stored))", "status"),
    globals=["first", "second", "never_stored"],
)


@pytest.mark.smoke
def test_store_and_load(mod):
    x, y = object(), object()
    mod.store(x)
    mod.store_second(y)
    assert mod.load() is x
    assert mod.load_second() is y
    mod.store(None)
    mod.store_second(None)
    assert mod.load() is None


def test_store_takes_its_own_reference(mod):
    x = object()
    before = sys.getrefcount(x)
    mod.store(x)
    assert sys.getrefcount(x) == before + 1
    mod.load()
    assert sys.getrefcount(x) == before + 1
    mod.store(None)
    assert sys.getrefcount(x) == before


@pytest.mark.breaks_rules("global-not-registered", reason="a global is not listed")
def test_a_global_that_is_not_listed_works(mod):
    x = object()
    mod.store_unregistered(x)
    assert mod.load_unregistered() is x
    mod.store_unregistered(None)


@pytest.mark.fixed_defect
def test_store_of_null_clears(mod):
    x = object()
    before = sys.getrefcount(x)
    mod.store(x)
    mod.store(NULL)
    assert sys.getrefcount(x) == before
    assert mod.load_is_null() == 1


@pytest.mark.fixed_defect
def test_load_of_a_global_never_stored_is_null(mod):
    assert mod.never_stored_is_null() == 1


@pytest.mark.fixed_defect
def test_old_value_is_dropped_after_the_new_one_is_stored(mod):
    seen = []

    class Old:
        def __del__(self):
            seen.append(mod.load())

    mod.store(Old())
    mod.store("new")
    assert seen == ["new"]
    mod.store(None)


def test_module_objects_of_one_binary_share_their_globals(mod, make_module):
    source = (
        "static HPyGlobal shared;\n"
        + function("store", 1, "HPyGlobal_Store(ctx, &shared, a)", "void")
        + function("load", 0, "HPyGlobal_Load(ctx, shared)")
    )
    one, two = (make_module(source, globals=["shared"]) for _ in range(2))
    assert one is not two
    one.store("value")
    assert two.load() == "value"
    one.store(None)


def test_store_in_the_module_exec_slot(make_module):
    mod = make_module(
        "static HPyGlobal g;\n" + function("load", 0, "HPyGlobal_Load(ctx, g)"),
        globals=["g"],
        exec_code="HPyGlobal_Store(ctx, &g, ctx->h_TypeError);",
    )
    assert mod.load() is TypeError


# HPyGlobal_TypeCheck

types = module_fixture(
    "static HPyGlobal kind, never_stored;\n"
    + function("store", 1, "HPyGlobal_Store(ctx, &kind, a)", "void")
    + function("check", 1, "HPyGlobal_TypeCheck(ctx, a, kind)", "status")
    + function("check_never_stored", 1, "HPyGlobal_TypeCheck(ctx, a, never_stored)", "status"),
    globals=["kind", "never_stored"],
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_type_check(types):
    types.store(int)
    assert [types.check(x) for x in (3, True, "x", int)] == [1, 1, 0, 0]
    types.store(type)
    assert [types.check(x) for x in (3, int)] == [0, 1]
    types.store(NULL)


@pytest.mark.after_0_9_0
def test_type_check_asks_no_class(types):
    class Lying:
        __class__ = int

    types.store(int)
    assert types.check(Lying()) == 0
    types.store(NULL)


@pytest.mark.after_0_9_0
def test_type_check_with_what_is_no_type(types):
    for value in ["no type", None, NULL]:
        types.store(value)
        assert types.check(3) == types.check("no type") == types.check(NULL) == 0
        types.store(NULL)
    assert types.check_never_stored(3) == types.check_never_stored(NULL) == 0


@pytest.mark.after_0_9_0
def test_type_check_of_null(types):
    types.store(int)
    assert types.check(NULL) == 0
    types.store(NULL)


@pytest.mark.after_0_9_0
def test_type_check_makes_no_reference(types):
    kind = type("Kind", (), {})
    x = kind()
    types.store(kind)
    before = sys.getrefcount(kind)
    for _ in range(10):
        assert types.check(x) == 1
    assert sys.getrefcount(kind) == before
    types.store(NULL)
