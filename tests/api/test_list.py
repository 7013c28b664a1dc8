"""list objects; items go through the item protocol."""

import pytest
from support import NULL, function, module_fixture, noargs

mod = module_fixture(
    function("check", 1, "HPyList_Check(ctx, a)", "status")
    + function("append", 2, "HPyList_Append(ctx, a, b)", "status")
    + function("new", 1, "HPyList_New(ctx, HPyLong_AsSsize_t(ctx, a))")
    + noargs(
        "new_and_fill",
        """
    HPy list = HPyList_New(ctx, 3);
    if (HPy_IsNull(list))
        return HPy_NULL;
    for (HPy_ssize_t i = 0; i < 3; i++) {
        if (HPy_SetItem_i(ctx, list, i, ctx->h_True) < 0) {
            HPy_Close(ctx, list);
            return HPy_NULL;
        }
    }
    return list;""",
    )
)
newer = module_fixture(
    function("insert", 3, "HPyList_Insert(ctx, a, HPyLong_AsSsize_t(ctx, b), c)", "status")
)


class Derived(list):
    pass


@pytest.mark.smoke
def test_check(mod):
    assert mod.check([]) == mod.check(Derived()) == 1
    assert mod.check(()) == mod.check(None) == 0


@pytest.mark.smoke
def test_new(mod):
    result = mod.new(0)
    assert result == []
    assert type(result) is list


@pytest.mark.fixed_defect
def test_new_with_length_has_items(mod):
    assert mod.new(3) == [None, None, None]


@pytest.mark.fixed_defect
def test_new_with_length_is_filled_by_item(mod):
    assert mod.new_and_fill() == [True, True, True]


def test_new_with_negative_length(mod):
    with pytest.raises(SystemError, match="bad argument to internal function"):
        mod.new(-1)


@pytest.mark.smoke
def test_append(mod):
    x = [1]
    assert mod.append(x, x) == 0
    assert x[0] == 1 and x[1] is x and len(x) == 2


def test_append_to_a_subclass(mod):
    x = Derived()
    assert mod.append(x, 1) == 0
    assert x == [1]


def test_append_to_what_is_no_list(mod):
    for target in [(), 3, {}]:
        with pytest.raises(SystemError, match="bad argument to internal function"):
            mod.append(target, 1)


@pytest.mark.after_0_9_0
def test_insert(newer):
    x = [1, 2]
    assert newer.insert(x, 1, "a") == newer.insert(x, -1, "b") == newer.insert(x, 100, "c") == 0
    assert newer.insert(x, -100, "d") == 0
    assert x == ["d", 1, "a", "b", 2, "c"]


@pytest.mark.after_0_9_0
def test_insert_into_what_is_no_list(newer):
    with pytest.raises(SystemError, match="bad argument to internal function"):
        newer.insert((), 0, 1)


@pytest.mark.fixed_defect
def test_null_is_an_error(mod):
    for arguments in [(NULL, 1), ([], NULL)]:
        with pytest.raises(SystemError):
            mod.append(*arguments)


@pytest.mark.after_0_9_0
def test_insert_of_null_is_an_error(newer):
    for arguments in [(NULL, 0, 1), ([], 0, NULL)]:
        with pytest.raises(SystemError):
            newer.insert(*arguments)


@pytest.mark.fixed_defect
def test_check_of_null_is_false(mod):
    assert mod.check(NULL) == 0
