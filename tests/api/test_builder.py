"""List and tuple builders."""

import sys

import pytest
from support import NULL, module_fixture

# A builder that is at work cannot be handed to Python, so each function is one story.
TEMPLATE = """
HPyDef_METH(@_build, "@_build", HPyFunc_VARARGS)
static HPy @_build_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy@Builder builder = HPy@Builder_New(ctx, (HPy_ssize_t)nargs);
    for (size_t i = nargs; i-- > 0;)
        HPy@Builder_Set(ctx, builder, (HPy_ssize_t)i,
                        HPy_Is(ctx, args[i], ctx->h_Ellipsis) ? HPy_NULL : args[i]);
    return HPy@Builder_Build(ctx, builder);
}

HPyDef_METH(@_cancel, "@_cancel", HPyFunc_O)
static HPy @_cancel_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy@Builder builder = HPy@Builder_New(ctx, 3);
    HPy@Builder_Set(ctx, builder, 0, arg);
    HPy@Builder_Set(ctx, builder, 2, arg);
    HPy@Builder_Cancel(ctx, builder);
    return HPyBool_FromBool(ctx, !HPyErr_Occurred(ctx));
}

HPyDef_METH(@_negative, "@_negative", HPyFunc_O)
static HPy @_negative_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy@Builder builder = HPy@Builder_New(ctx, -1);
    if (HPyErr_Occurred(ctx))
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "New raised");
    HPy@Builder_Set(ctx, builder, 0, arg);
    HPy@Builder_Set(ctx, builder, 1, arg);
    if (HPyErr_Occurred(ctx))
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "Set raised");
    return HPy@Builder_Build(ctx, builder);
}

HPyDef_METH(@_negative_cancel, "@_negative_cancel", HPyFunc_NOARGS)
static HPy @_negative_cancel_impl(HPyContext *ctx, HPy self)
{
    HPy@Builder builder = HPy@Builder_New(ctx, -1);
    HPy@Builder_Cancel(ctx, builder);
    return HPyBool_FromBool(ctx, !HPyErr_Occurred(ctx));
}

HPyDef_METH(@_set_at, "@_set_at", HPyFunc_VARARGS)
static HPy @_set_at_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_ssize_t size = HPyLong_AsSsize_t(ctx, args[0]);
    HPy@Builder builder = HPy@Builder_New(ctx, size);
    for (HPy_ssize_t i = 0; i < size; i++)
        HPy@Builder_Set(ctx, builder, i, ctx->h_None);
    HPy@Builder_Set(ctx, builder, HPyLong_AsSsize_t(ctx, args[1]), args[2]);
    return HPy@Builder_Build(ctx, builder);
}

HPyDef_METH(@_unset, "@_unset", HPyFunc_O)
static HPy @_unset_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy@Builder builder = HPy@Builder_New(ctx, 3);
    HPy@Builder_Set(ctx, builder, 0, arg);
    HPy@Builder_Set(ctx, builder, 2, arg);
    return HPy@Builder_Build(ctx, builder);
}
"""

mod = module_fixture(TEMPLATE.replace("@", "List") + TEMPLATE.replace("@", "Tuple"))


@pytest.fixture(params=[list, tuple])
def kind(request):
    """The type that is built."""
    return request.param


@pytest.fixture
def story(mod, kind):
    """`story("build", ...)` calls the function of this kind."""
    return lambda name, *args: getattr(mod, f"{kind.__name__.capitalize()}_{name}")(*args)


@pytest.mark.smoke
def test_build(story, kind):
    for items in [(), (1,), (1, "a", None), tuple(range(100))]:
        result = story("build", *items)
        assert type(result) is kind
        assert result == kind(items)


def test_built_list_grows(mod):
    result = mod.List_build(1, 2)
    result.append(3)
    assert result == [1, 2, 3]


def test_set_duplicates_the_item(story):
    x = object()
    before = sys.getrefcount(x)
    result = story("build", x, x)
    assert sys.getrefcount(x) == before + 2
    del result
    assert sys.getrefcount(x) == before


@pytest.mark.smoke
def test_cancel_drops_the_items(story):
    x = object()
    before = sys.getrefcount(x)
    assert story("cancel", x) is True
    assert sys.getrefcount(x) == before


def test_negative_size_is_a_memory_error_in_build(story):
    with pytest.raises(MemoryError):
        story("negative", 1)


def test_cancel_of_a_null_builder_does_nothing(story):
    assert story("negative_cancel") is True


@pytest.mark.fixed_defect
def test_unset_item_is_an_error(story):
    x = object()
    before = sys.getrefcount(x)
    with pytest.raises(SystemError, match="1"):
        story("unset", x)
    assert sys.getrefcount(x) == before


@pytest.mark.fixed_defect
def test_null_item_is_an_error(story):
    with pytest.raises(SystemError):
        story("build", 1, NULL, 3)


@pytest.mark.fixed_defect
@pytest.mark.parametrize("index", [3, -1, 1 << 40, -(1 << 40)])
@pytest.mark.breaks_rules("builder-index", reason="what a wrong index does")
def test_index_out_of_range_is_an_error(story, index):
    x = object()
    before = sys.getrefcount(x)
    with pytest.raises(IndexError):
        story("set_at", 3, index, x)
    assert sys.getrefcount(x) == before


@pytest.mark.fixed_defect
@pytest.mark.breaks_rules("builder-index", reason="what a wrong index does")
def test_set_on_an_empty_builder_is_an_error(story):
    with pytest.raises(IndexError):
        story("set_at", 0, 0, 1)
