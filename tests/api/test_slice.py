"""slice objects."""

import sys

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    """
HPyDef_METH(unpack, "unpack", HPyFunc_O)
static HPy unpack_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy_ssize_t start, stop, step;
    if (HPySlice_Unpack(ctx, arg, &start, &stop, &step) < 0)
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(nnn)", start, stop, step);
}

HPyDef_METH(unpack_null, "unpack_null", HPyFunc_NOARGS)
static HPy unpack_null_impl(HPyContext *ctx, HPy self)
{
    HPy_ssize_t start, stop, step;
    if (HPySlice_Unpack(ctx, HPy_NULL, &start, &stop, &step) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(adjust, "adjust", HPyFunc_VARARGS)
static HPy adjust_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_ssize_t length = HPyLong_AsSsize_t(ctx, args[0]), start = HPyLong_AsSsize_t(ctx, args[1]);
    HPy_ssize_t stop = HPyLong_AsSsize_t(ctx, args[2]), step = HPyLong_AsSsize_t(ctx, args[3]);
    HPy_ssize_t count = HPySlice_AdjustIndices(ctx, length, &start, &stop, step);
    return HPy_BuildValue(ctx, "(nnn)", count, start, stop);
}
"""
)
newer = module_fixture(function("new", 3, "HPySlice_New(ctx, a, b, c)"))


@pytest.mark.smoke
def test_unpack(mod):
    assert mod.unpack(slice(1, 10, 2)) == (1, 10, 2)
    assert mod.unpack(slice(-3, -1, -2)) == (-3, -1, -2)


def test_unpack_defaults(mod):
    assert mod.unpack(slice(None)) == (0, sys.maxsize, 1)
    assert mod.unpack(slice(None, None, -1)) == (sys.maxsize, -sys.maxsize - 1, -1)


def test_unpack_clips_huge_values(mod):
    assert mod.unpack(slice(-(1 << 100), 1 << 100)) == (-sys.maxsize - 1, sys.maxsize, 1)


def test_unpack_uses_index(mod):
    class Index:
        def __index__(self):
            return 5

    assert mod.unpack(slice(Index(), None)) == (5, sys.maxsize, 1)


def test_unpack_zero_step_text(mod):
    with pytest.raises(ValueError, match="^slice step cannot be zero$"):
        mod.unpack(slice(0, 1, 0))


def test_unpack_wrong_type_text(mod):
    with pytest.raises(
        TypeError, match="^slice indices must be integers (or None )?or have an __index__ method$"
    ):
        mod.unpack(slice("a", None))


@pytest.mark.fixed_defect
@pytest.mark.parametrize("x", [3, (1, 2, 3)])
def test_unpack_of_what_is_no_slice_is_an_error(mod, x):
    with pytest.raises((SystemError, TypeError)):
        mod.unpack(x)


@pytest.mark.fixed_defect
def test_unpack_of_null_is_an_error(mod):
    with pytest.raises(SystemError):
        mod.unpack_null()


@pytest.mark.parametrize("length", [0, 1, 5])
@pytest.mark.parametrize("step", [1, 2, -1, -3])
def test_adjust_indices(mod, length, step):
    for start in range(-7, 8):
        for stop in range(-7, 8):
            expected_start, expected_stop, _ = slice(start, stop, step).indices(length)
            count = len(range(expected_start, expected_stop, step))
            assert mod.adjust(length, start, stop, step) == (count, expected_start, expected_stop)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_new(newer):
    assert newer.new(1, "b", None) == slice(1, "b", None)


@pytest.mark.after_0_9_0
def test_new_null_means_none(newer):
    assert newer.new(NULL, 3, NULL) == slice(None, 3, None)
    assert newer.new(NULL, NULL, NULL) == slice(None)
