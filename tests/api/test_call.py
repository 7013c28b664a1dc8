"""Calling objects and methods."""

import pytest
from support import NULL, function, module_fixture

# The last argument of `call` and `call_method` is the tuple of keyword names, or `...`.
mod = module_fixture(
    function("check", 1, "HPyCallable_Check(ctx, a)", "status")
    + function("tuple_dict", 3, "HPy_CallTupleDict(ctx, a, b, c)")
    + function("method_tuple_dict", 4, "HPy_CallMethodTupleDict(ctx, a, b, c, d)")
    + function("method_tuple_dict_s", 3, 'HPy_CallMethodTupleDict_s(ctx, "méthode", a, b, c)')
    + """
#define NULLABLE(h) (HPy_Is(ctx, h, ctx->h_Ellipsis) ? HPy_NULL : (h))

/* Positionals that the keyword values are not part of. */
static size_t positionals(HPyContext *ctx, size_t values, HPy kwnames)
{
    return HPy_IsNull(kwnames) ? values : values - (size_t)HPy_Length(ctx, kwnames);
}

HPyDef_METH(call, "call", HPyFunc_VARARGS)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy kwnames = NULLABLE(args[nargs - 1]);
    return HPy_Call(ctx, NULLABLE(args[0]), args + 1, positionals(ctx, nargs - 2, kwnames), kwnames);
}

HPyDef_METH(call_method, "call_method", HPyFunc_VARARGS)
static HPy call_method_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy kwnames = NULLABLE(args[nargs - 1]);
    return HPy_CallMethod(ctx, NULLABLE(args[0]), args + 1, positionals(ctx, nargs - 2, kwnames), kwnames);
}

HPyDef_METH(call_without_array, "call_without_array", HPyFunc_O)
static HPy call_without_array_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPy_Call(ctx, arg, NULL, 0, HPy_NULL);
}

HPyDef_METH(call_with_null_argument, "call_with_null_argument", HPyFunc_O)
static HPy call_with_null_argument_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy null_args[2] = { HPy_NULL, HPy_NULL };
    return HPy_Call(ctx, arg, null_args, 2, HPy_NULL);
}

HPyDef_METH(call_method_without_receiver, "call_method_without_receiver", HPyFunc_O)
static HPy call_method_without_receiver_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy null_args[1] = { HPy_NULL };
    return HPy_CallMethod(ctx, arg, null_args, 1, HPy_NULL);
}
"""
)


def echo(*args, **kwargs):
    return args, kwargs


class Receiver:
    def méthode(self, *args, **kwargs):
        return self, args, kwargs

    @property
    def broken(self):
        raise ZeroDivisionError


def test_check(mod):
    assert mod.check(len) == mod.check(Receiver) == mod.check(lambda: 0) == 1
    assert mod.check(3) == mod.check(NULL) == 0


@pytest.mark.smoke
def test_call_with_tuple_and_dict(mod):
    assert mod.tuple_dict(echo, (1, 2), {"a": 3}) == ((1, 2), {"a": 3})


def test_call_with_tuple_or_dict_only(mod):
    assert mod.tuple_dict(echo, (1, 2), NULL) == ((1, 2), {})
    assert mod.tuple_dict(echo, NULL, {"a": 3}) == ((), {"a": 3})
    assert mod.tuple_dict(echo, NULL, NULL) == ((), {})


def test_call_with_tuple_and_dict_does_not_share_the_dict(mod):
    keywords = {"a": 1}
    result = mod.tuple_dict(echo, (), keywords)[1]
    assert result == keywords
    assert result is not keywords


def test_call_with_wrong_tuple_text(mod):
    with pytest.raises(TypeError, match="^HPy_CallTupleDict requires args to be a tuple or null handle$"):
        mod.tuple_dict(echo, [1], NULL)


def test_call_with_wrong_dict_text(mod):
    with pytest.raises(TypeError, match="^HPy_CallTupleDict requires kw to be a dict or null handle$"):
        mod.tuple_dict(echo, NULL, [1])


def test_call_of_what_is_not_callable(mod):
    for call in [lambda: mod.tuple_dict(3, NULL, NULL), lambda: mod.call(3, NULL)]:
        with pytest.raises(TypeError, match="'int' object is not callable"):
            call()


def test_call_error_propagates(mod):
    for call in [lambda: mod.tuple_dict(divmod, (1, 0), NULL), lambda: mod.call(divmod, 1, 0, NULL)]:
        with pytest.raises(ZeroDivisionError):
            call()


@pytest.mark.smoke
def test_call(mod):
    assert mod.call(echo, NULL) == ((), {})
    assert mod.call(echo, 1, 2, NULL) == ((1, 2), {})
    assert mod.call(echo, 1, 2, 3, ("a", "b")) == ((1,), {"a": 2, "b": 3})
    assert mod.call(echo, 2, 3, ("a", "b")) == ((), {"a": 2, "b": 3})
    assert mod.call(echo, 1, ()) == ((1,), {})


def test_call_of_a_builtin_a_class_and_a_bound_method(mod):
    assert mod.call(divmod, 7, 2, NULL) == (3, 1)
    assert mod.call(int, "11", 3, ("base",)) == 4
    x = Receiver()
    assert mod.call(x.méthode, 1, NULL) == (x, (1,), {})


def test_call_without_argument_array(mod):
    assert mod.call_without_array(echo) == ((), {})


@pytest.mark.smoke
def test_call_method(mod):
    x = Receiver()
    assert mod.call_method("méthode", x, NULL) == (x, (), {})
    assert mod.call_method("méthode", x, 1, 2, NULL) == (x, (1, 2), {})
    assert mod.call_method("méthode", x, 1, 2, ("a",)) == (x, (1,), {"a": 2})
    assert mod.call_method("upper", "abc", NULL) == "ABC"


def test_call_missing_method(mod):
    with pytest.raises(AttributeError, match="'nope'"):
        mod.call_method("nope", Receiver(), NULL)
    with pytest.raises(AttributeError, match="'nope'"):
        mod.method_tuple_dict("nope", Receiver(), NULL, NULL)
    with pytest.raises(AttributeError, match="'méthode'"):
        mod.method_tuple_dict_s(3, NULL, NULL)


def test_call_method_attribute_error_propagates(mod):
    with pytest.raises(ZeroDivisionError):
        mod.call_method("broken", Receiver(), NULL)


@pytest.mark.smoke
def test_call_method_with_tuple_and_dict(mod):
    x = Receiver()
    assert mod.method_tuple_dict("méthode", x, (1,), {"a": 2}) == (x, (1,), {"a": 2})
    assert mod.method_tuple_dict_s(x, (1,), {"a": 2}) == (x, (1,), {"a": 2})
    assert mod.method_tuple_dict("méthode", x, NULL, NULL) == (x, (), {})


def test_call_method_with_wrong_tuple(mod):
    with pytest.raises(TypeError, match="requires args to be a tuple or null handle"):
        mod.method_tuple_dict("méthode", Receiver(), [1], NULL)


@pytest.mark.fixed_defect
def test_call_of_null_is_an_error(mod):
    for call in [lambda: mod.tuple_dict(NULL, NULL, NULL), lambda: mod.call(NULL, NULL)]:
        with pytest.raises(SystemError):
            call()


@pytest.mark.fixed_defect
def test_call_method_with_null_name_is_an_error(mod):
    with pytest.raises(SystemError):
        mod.call_method(NULL, 3, NULL)


@pytest.mark.fixed_defect
def test_call_method_without_receiver_is_an_error(mod):
    with pytest.raises(SystemError):
        mod.call_method_without_receiver("upper")


@pytest.mark.fixed_defect
def test_call_method_with_tuple_and_dict_of_null_is_an_error(mod):
    for call in [
        lambda: mod.method_tuple_dict(NULL, 3, NULL, NULL),
        lambda: mod.method_tuple_dict("x", NULL, NULL, NULL),
        lambda: mod.method_tuple_dict_s(NULL, NULL, NULL),
    ]:
        with pytest.raises(SystemError):
            call()
