"""The slots of iteration, which HPy 0.9 has no names for."""

import pytest
from support import module_fixture
from support.specs import METACLASS, maker, type_spec

pytestmark = pytest.mark.fixed_defect("headers")  # the runtime of HPy 0.9 passes the slots on

mod = module_fixture(
    """
typedef struct { long next; } Count;
HPyType_HELPERS(Count)

HPyDef_SLOT(new, HPy_tp_new)
static HPy new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Count *count;
    return HPy_New(ctx, type, &count);
}
HPyDef_SLOT(iter, HPy_tp_iter)
static HPy iter_impl(HPyContext *ctx, HPy self)
{
    return HPy_Dup(ctx, self);
}
HPyDef_SLOT(next, HPy_tp_iternext)
static HPy next_impl(HPyContext *ctx, HPy self)
{
    Count *count = Count_AsStruct(ctx, self);
    if (count->next == 3)
        return HPy_NULL;
    return HPyLong_FromLong(ctx, count->next++);
}
HPyDef_SLOT(next_raising, HPy_tp_iternext)
static HPy next_raising_impl(HPyContext *ctx, HPy self)
{
    Count *count = Count_AsStruct(ctx, self);
    HPy error = count->next++ ? ctx->h_StopIteration : ctx->h_ValueError;
    return HPyErr_SetString(ctx, error, "raised");
}
HPyDef_SLOT(no_iter, HPy_tp_iter)
static HPy no_iter_impl(HPyContext *ctx, HPy self)
{
    return HPyErr_SetString(ctx, ctx->h_LookupError, "no iterator");
}
"""
    + type_spec("Count", "new", "iter", "next", basicsize="sizeof(Count)")
    + type_spec("Raising", "new", "iter", "next_raising", basicsize="sizeof(Count)")
    + type_spec("Broken", "no_iter")
    + maker("Count", "Raising", "Broken"),
    methods=["make"],
)


class Meta(type):
    pass


@pytest.fixture(params=[(), (METACLASS, Meta)], ids=["type", "metaclass"])
def make(mod, request):
    """`make(name)`, also with a metaclass: before CPython 3.12 that is another way to fill slots."""
    return lambda name: mod.make(name, *request.param)


@pytest.mark.smoke
def test_iteration_ends_without_an_exception(make):
    count = make("Count")()
    assert iter(count) is count
    assert list(count) == [0, 1, 2]
    assert next(count, "end") == "end"
    with pytest.raises(StopIteration):
        next(count)


def test_special_methods_call_the_slots(make):
    count = make("Count")()
    assert count.__iter__() is count
    assert count.__next__() == 0
    assert list(count) == [1, 2]
    with pytest.raises(StopIteration):
        count.__next__()


@pytest.mark.fixed_defect
def test_python_subclass(make):
    class Even(make("Count")):
        def __next__(self):
            return 2 * super().__next__()

    assert list(Even()) == [0, 2, 4]


def test_next_may_raise(make):
    raising = make("Raising")()
    with pytest.raises(ValueError, match="raised"):
        next(raising)
    assert list(raising) == []  # a StopIteration of its own


def test_iter_may_raise(make):
    with pytest.raises(LookupError, match="no iterator"):
        iter(make("Broken")())
