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

NEWER_ABI = [("HPY_TARGET_ABI_VERSION", "0x00000001")]
abi_1 = module_fixture(
    """
static HPy from_sequence(HPyContext *ctx, HPy seq, HPy_ssize_t n, int null_at)
{
    HPy items[8];
    HPy_ssize_t stored = HPySequence_GetItems(ctx, seq, 0, 8, items);
    HPy saved = HPy_NULL;
    if (null_at >= 0) {
        saved = items[null_at];
        items[null_at] = HPy_NULL;
    }
    HPy list = HPyList_FromArray(ctx, items, n);
    HPy_Close(ctx, saved);
    HPy_CloseArray(ctx, items, stored);
    return list;
}
static const int64_t ints[] = {0, -1, INT64_MIN, INT64_MAX};
static const double doubles[] = {0.5, -1e300};
"""
    + function("extend", 2, "HPyList_Extend(ctx, a, b)", "status")
    + function("sort", 1, "HPyList_Sort(ctx, a)", "status")
    + function("reverse", 1, "HPyList_Reverse(ctx, a)", "status")
    + function("from_array", 2, "from_sequence(ctx, a, HPyLong_AsSsize_t(ctx, b), -1)")
    + function("from_array_with_null", 2, "from_sequence(ctx, a, 3, (int)HPyLong_AsLong(ctx, b))")
    + function("from_int64s", 1, "HPyList_FromInt64s(ctx, ints, HPyLong_AsSsize_t(ctx, a))")
    + function("from_doubles", 1, "HPyList_FromDoubles(ctx, doubles, HPyLong_AsSsize_t(ctx, a))")
    + function("from_no_array", 1, "HPyList_FromArray(ctx, NULL, HPyLong_AsSsize_t(ctx, a))")
    + function("from_no_int64s", 1, "HPyList_FromInt64s(ctx, NULL, HPyLong_AsSsize_t(ctx, a))")
    + function("from_no_doubles", 1, "HPyList_FromDoubles(ctx, NULL, HPyLong_AsSsize_t(ctx, a))"),
    macros=NEWER_ABI,
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


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_extend(abi_1):
    x = [1]
    assert abi_1.extend(x, "ab") == abi_1.extend(x, iter([2])) == abi_1.extend(x, x) == 0
    assert x == [1, "a", "b", 2] * 2


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_sort_and_reverse(abi_1):
    x = [3, 1, 2]
    assert abi_1.sort(x) == 0
    assert x == [1, 2, 3]
    assert abi_1.reverse(x) == 0
    assert x == [3, 2, 1]


@pytest.mark.after_0_9_0
def test_sort_of_what_has_no_order(abi_1):
    with pytest.raises(TypeError, match="not supported between"):
        abi_1.sort([1, "a"])


@pytest.mark.after_0_9_0
def test_a_list_that_changes_while_it_is_sorted(abi_1):
    class Changing:
        def __lt__(self, other):
            x.append(1)
            return True

    x = [Changing(), Changing()]
    with pytest.raises(ValueError, match="list modified during sort"):
        abi_1.sort(x)


@pytest.mark.after_0_9_0
def test_extend_by_what_is_not_iterable(abi_1):
    with pytest.raises(TypeError):
        abi_1.extend([], 3)


@pytest.mark.after_0_9_0
@pytest.mark.parametrize("target", [(), 3, {}, NULL])
def test_what_is_no_list(abi_1, target):
    for change in [abi_1.sort, abi_1.reverse, lambda x: abi_1.extend(x, [])]:
        with pytest.raises(SystemError):
            change(target)


@pytest.mark.after_0_9_0
def test_extend_by_null_is_an_error(abi_1):
    x = [1]
    with pytest.raises(SystemError, match="null argument to HPyList_Extend"):
        abi_1.extend(x, NULL)
    assert x == [1]


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_from_array(abi_1):
    item = object()
    assert abi_1.from_array([1, item, 3], 2) == [1, item]
    assert abi_1.from_array([1], 0) == []


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_from_numbers(abi_1):
    assert abi_1.from_int64s(4) == [0, -1, -(2**63), 2**63 - 1]
    assert abi_1.from_doubles(2) == [0.5, -1e300]
    assert abi_1.from_int64s(0) == abi_1.from_doubles(0) == []


@pytest.mark.after_0_9_0
@pytest.mark.parametrize("index", [0, 1, 2])
def test_from_array_with_a_null_item(abi_1, index):
    with pytest.raises(SystemError, match="null argument to HPyList_FromArray"):
        abi_1.from_array_with_null(["a", "b", "c"], index)


@pytest.mark.after_0_9_0
@pytest.mark.parametrize("name", ["array", "int64s", "doubles"])
def test_from_no_array(abi_1, name):
    assert getattr(abi_1, f"from_no_{name}")(0) == []
    with pytest.raises(SystemError, match="null argument to HPyList_From"):
        getattr(abi_1, f"from_no_{name}")(1)


@pytest.mark.after_0_9_0
def test_from_a_negative_number_of_items(abi_1):
    for make in [lambda n: abi_1.from_array([1], n), abi_1.from_int64s, abi_1.from_doubles]:
        with pytest.raises(SystemError):
            make(-1)
