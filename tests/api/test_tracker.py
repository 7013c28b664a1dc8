"""Trackers: handles that are closed together."""

import sys

import pytest
from support import NULL, module_fixture

mod = module_fixture(
    """
/* New(args[0]), add every further argument, close. */
HPyDef_METH(track, "track", HPyFunc_VARARGS)
static HPy track_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyTracker tracker = HPyTracker_New(ctx, HPyLong_AsSsize_t(ctx, args[0]));
    if (HPy_IsNull(tracker))
        return HPy_NULL;
    for (size_t i = 1; i < nargs; i++) {
        HPy h = HPy_Is(ctx, args[i], ctx->h_Ellipsis) ? HPy_NULL : HPy_Dup(ctx, args[i]);
        if (HPyTracker_Add(ctx, tracker, h) < 0) {
            HPyTracker_Close(ctx, tracker);
            return HPy_NULL;
        }
    }
    HPyTracker_Close(ctx, tracker);
    return HPy_Dup(ctx, ctx->h_None);
}

/* Results made under a tracker that is told to forget them, then gets one more handle. */
HPyDef_METH(forget, "forget", HPyFunc_VARARGS)
static HPy forget_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyTracker tracker = HPyTracker_New(ctx, 0);
    if (HPy_IsNull(tracker))
        return HPy_NULL;
    HPy list = HPyList_New(ctx, 0);
    HPyTracker_Add(ctx, tracker, list);
    for (size_t i = 0; i < nargs; i++)
        HPyList_Append(ctx, list, args[i]);
    HPyTracker_ForgetAll(ctx, tracker);
    HPyTracker_Add(ctx, tracker, HPyList_New(ctx, 0));
    HPyTracker_Close(ctx, tracker);
    return list;
}
"""
)


@pytest.mark.smoke
@pytest.mark.parametrize("size", [0, 1, 2, 5, 100])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 6, 1000])
def test_close_closes_every_handle(mod, size, count):
    x = object()
    before = sys.getrefcount(x)
    mod.track(size, *[x] * count)
    assert sys.getrefcount(x) == before


def test_null_handles_may_be_added(mod):
    x = object()
    before = sys.getrefcount(x)
    mod.track(2, NULL, x, NULL)
    assert sys.getrefcount(x) == before


@pytest.mark.smoke
def test_forget_all(mod):
    assert mod.forget(1, 2, 3) == [1, 2, 3]
    x = object()
    before = sys.getrefcount(x)
    result = mod.forget(x)
    assert sys.getrefcount(x) == before + 1
    del result
    assert sys.getrefcount(x) == before


def test_closing_may_run_python_code(mod):
    seen = []

    class Noisy:
        def __del__(self):
            mod.track(0, seen)
            seen.append(1)

    mod.track(1, Noisy())
    assert seen == [1]


@pytest.mark.fixed_defect
def test_negative_size_is_an_error(mod):
    with pytest.raises(ValueError):
        mod.track(-1)


def test_size_that_no_memory_can_hold(mod):
    with pytest.raises(MemoryError):
        mod.track(sys.maxsize)
