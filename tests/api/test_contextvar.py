"""Context variables."""

import contextvars

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    function("new", 1, 'HPyContextVar_New(ctx, "näme", a)')
    + function("set", 2, "HPyContextVar_Set(ctx, a, b)")
    + """
/* (status is good, value or the text "null") */
HPyDef_METH(get, "get", HPyFunc_VARARGS)
static HPy get_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy fallback = HPy_Is(ctx, args[1], ctx->h_Ellipsis) ? HPy_NULL : args[1];
    HPy result;
    if (HPyContextVar_Get(ctx, args[0], fallback, &result) < 0)
        return HPy_NULL;
    if (HPy_IsNull(result))
        return HPyUnicode_FromString(ctx, "null");
    return result;
}

HPyDef_METH(result_after_failure_is_null, "result_after_failure_is_null", HPyFunc_O)
static HPy result_after_failure_is_null_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy result = ctx->h_None;
    int status = HPyContextVar_Get(ctx, arg, HPy_NULL, &result);
    HPyErr_Clear(ctx);
    return HPyBool_FromBool(ctx, status == -1 && HPy_IsNull(result));
}

HPyDef_METH(get_from_null, "get_from_null", HPyFunc_NOARGS)
static HPy get_from_null_impl(HPyContext *ctx, HPy self)
{
    HPy result;
    if (HPyContextVar_Get(ctx, HPy_NULL, HPy_NULL, &result) < 0)
        return HPy_NULL;
    return result;
}

HPyDef_METH(get_into_null, "get_into_null", HPyFunc_O)
static HPy get_into_null_impl(HPyContext *ctx, HPy self, HPy arg)
{
    if (HPyContextVar_Get(ctx, arg, HPy_NULL, NULL) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}
"""
)


@pytest.mark.smoke
def test_new(mod):
    var = mod.new(NULL)
    assert isinstance(var, contextvars.ContextVar)
    assert var.name == "näme"
    with pytest.raises(LookupError):
        var.get()


def test_new_with_default(mod):
    assert mod.new(5).get() == 5


@pytest.mark.smoke
def test_set_returns_the_token(mod):
    var = mod.new(1)
    token = mod.set(var, 2)
    assert var.get() == 2
    var.reset(token)
    assert var.get() == 1


@pytest.mark.smoke
def test_get(mod):
    var = contextvars.ContextVar("var")
    token = var.set([1])
    assert mod.get(var, NULL) is var.get()
    assert mod.get(var, "fallback") is var.get()
    var.reset(token)


def test_get_prefers_the_given_default(mod):
    assert mod.get(contextvars.ContextVar("var"), "given") == "given"
    assert mod.get(contextvars.ContextVar("var", default="own"), "given") == "given"
    assert mod.get(contextvars.ContextVar("var", default="own"), NULL) == "own"


def test_get_without_value_gives_null_without_exception(mod):
    assert mod.get(contextvars.ContextVar("var"), NULL) == "null"


def test_get_in_another_context(mod):
    var = contextvars.ContextVar("var")
    context = contextvars.copy_context()
    context.run(var.set, 7)
    assert context.run(mod.get, var, NULL) == 7
    assert mod.get(var, NULL) == "null"


def test_what_is_no_context_variable_text(mod):
    for call in [lambda: mod.get(3, NULL), lambda: mod.set(3, 3)]:
        with pytest.raises(TypeError, match="^an instance of ContextVar was expected$"):
            call()


@pytest.mark.fixed_defect
def test_result_after_failure_is_null(mod):
    assert mod.result_after_failure_is_null(3) is True


@pytest.mark.fixed_defect
def test_null_is_an_error(mod):
    for call in [
        mod.get_from_null,
        lambda: mod.get_into_null(mod.new(3)),
        lambda: mod.set(NULL, 1),
        lambda: mod.set(mod.new(NULL), NULL),
    ]:
        with pytest.raises(SystemError):
            call()
