"""Exceptions as objects: taken and raised again, handled, with cause, context and traceback."""

import sys
import traceback

import pytest
from support import NULL, function, module_fixture, noargs, unary
from support.errors import error_of

pytestmark = pytest.mark.after_0_9_0

# Returns the exception, or None.
EXC_OR_NONE = """
static HPy or_none(HPyContext *ctx, HPy h)
{
    return HPy_IsNull(h) && !HPyErr_Occurred(ctx) ? HPy_Dup(ctx, ctx->h_None) : h;
}
"""

mod = module_fixture(
    EXC_OR_NONE
    + "".join(
        function(f"get_{name.lower()}", 1, f"or_none(ctx, HPyException_Get{name}(ctx, a))")
        + function(f"set_{name.lower()}", 2, f"HPyException_Set{name}(ctx, a, b)", "status")
        for name in ["Cause", "Context", "Traceback"]
    )
    + function("raise_it", 1, "HPyErr_SetRaisedException(ctx, a)")
    + function("handled", 0, "or_none(ctx, HPyErr_GetHandledException(ctx))")
    + function("set_handled", 1, "HPyErr_SetHandledException(ctx, a)", "status")
    + unary(
        "taken",
        """
    /* What calling it raises, or None; nothing stays raised. */
    HPy result = HPy_Call(ctx, arg, NULL, 0, HPy_NULL);
    HPy exc = HPyErr_GetRaisedException(ctx);
    if (HPy_IsNull(result) == HPy_IsNull(exc) || HPyErr_Occurred(ctx))
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "taken");
    HPy_Close(ctx, result);
    return or_none(ctx, exc);""",
    )
    + unary(
        "called_and_raised_again",
        """
    HPy result = HPy_Call(ctx, arg, NULL, 0, HPy_NULL);
    HPy exc = HPyErr_GetRaisedException(ctx);
    HPyErr_SetRaisedException(ctx, exc);
    HPy_Close(ctx, exc);
    return result;""",
    )
    + unary(
        "raised_in_place_of_another",
        """
    HPyErr_SetString(ctx, ctx->h_ValueError, "the other");
    return HPyErr_SetRaisedException(ctx, arg);""",
    )
    + noargs(
        "cleared",
        """
    HPyErr_SetString(ctx, ctx->h_ValueError, "");
    HPyErr_SetRaisedException(ctx, HPy_NULL);
    return HPyBool_FromBool(ctx, HPyErr_Occurred(ctx));""",
    )
    + noargs(
        "unchanged_without_exception",
        """
    HPy exc = HPyErr_GetRaisedException(ctx);
    HPyErr_SetRaisedException(ctx, exc);
    return HPyBool_FromBool(ctx, HPy_IsNull(exc) && !HPyErr_Occurred(ctx));""",
    )
    + noargs(
        "taken_from_text",
        """
    HPyErr_SetString(ctx, ctx->h_KeyError, "text");
    return HPyErr_GetRaisedException(ctx);""",
    )
    + unary(
        "taken_from_class",
        """
    HPyErr_SetObject(ctx, arg, HPy_NULL);
    return HPyErr_GetRaisedException(ctx);""",
    )
    + unary(
        "call_while_handling",
        """
    /* Calls arg[1] while arg[0] is handled. */
    HPy exc = HPy_GetItem_i(ctx, arg, 0), function = HPy_GetItem_i(ctx, arg, 1), result = HPy_NULL;
    HPy before = HPyErr_GetHandledException(ctx);
    if (HPyErr_SetHandledException(ctx, exc) == 0) {
        result = HPy_Call(ctx, function, NULL, 0, HPy_NULL);
        HPyErr_SetHandledException(ctx, before);
    }
    HPy_Close(ctx, before);
    HPy_Close(ctx, exc);
    HPy_Close(ctx, function);
    return result;""",
    )
    + unary(
        "with_entry",
        """
    HPy result = HPy_Call(ctx, arg, NULL, 0, HPy_NULL);
    HPyTraceback_AddEntry(ctx, "générée", "a/source.pyx", 42);
    return result;""",
    )
    + noargs(
        "entry_of_null",
        """
    HPyTraceback_AddEntry(ctx, NULL, "file", 1);
    if (!HPyErr_Occurred(ctx))
        return HPy_Dup(ctx, ctx->h_None);
    HPyErr_Clear(ctx);
    HPyErr_SetString(ctx, ctx->h_ValueError, "stays");
    HPyTraceback_AddEntry(ctx, "f", NULL, 1);
    return HPy_NULL;""",
    )
    + unary("from_cause", 'HPy_Close(ctx, HPy_Call(ctx, arg, NULL, 0, HPy_NULL));\n'
            'return HPyErr_FormatFromCause(ctx, ctx->h_RuntimeError, "number %d", 3);')
    + unary("bad_from_cause", 'HPy_Close(ctx, HPy_Call(ctx, arg, NULL, 0, HPy_NULL));\n'
            'return HPyErr_FormatFromCause(ctx, ctx->h_RuntimeError, "%!");'),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)  # fmt: skip


def raiser(exc):
    def fail():
        raise exc

    return fail


def caught(function, *arguments):
    """The exception of a call."""
    with pytest.raises(BaseException) as error:  # noqa: B017, PT011
        function(*arguments)
    return error.value


def names(exc):
    return [frame.name for frame in traceback.extract_tb(exc.__traceback__)]


@pytest.mark.smoke
def test_take_what_was_raised(mod):
    exc = ValueError("raised")
    assert mod.taken(raiser(exc)) is exc
    assert names(exc) == ["fail"]
    assert mod.taken(int) is None
    assert mod.unchanged_without_exception() is True


@pytest.mark.smoke
def test_take_what_was_set(mod):
    exc = mod.taken_from_text()
    assert type(exc) is KeyError
    assert exc.args == ("text",)
    assert exc.__traceback__ is None

    class Failing(Exception):
        def __init__(self):
            raise ZeroDivisionError

    assert type(mod.taken_from_class(ValueError)) is ValueError
    assert type(mod.taken_from_class(Failing)) is ZeroDivisionError


@pytest.mark.smoke
def test_raise_again(mod):
    exc = ValueError("raised")
    assert caught(mod.called_and_raised_again, raiser(exc)) is exc
    assert names(exc) == ["caught", "fail"]
    assert mod.called_and_raised_again(int) == 0


def test_take_and_raise_keep_no_references(mod):
    exc = ValueError("raised")
    before = sys.getrefcount(exc)
    for call in [mod.taken, mod.called_and_raised_again]:
        for _ in range(5):
            try:
                call(raiser(exc))
            except ValueError:
                pass
            exc.__traceback__ = exc.__context__ = None
        assert sys.getrefcount(exc) == before


@pytest.mark.smoke
def test_raise_an_exception_object(mod):
    exc = KeyError("mine")
    exc.__context__ = context = ValueError()
    assert caught(mod.raise_it, exc) is exc
    assert exc.__context__ is context
    assert caught(mod.raised_in_place_of_another, exc) is exc
    assert exc.__context__ is context
    assert mod.cleared() is False


def test_raise_what_is_no_exception(mod):
    for x in [3, ValueError, None]:
        name = type(x).__name__
        assert error_of(mod.raise_it, x) == (TypeError, f"expected an exception, {name} found")
        assert error_of(mod.raised_in_place_of_another, x) == (
            TypeError, f"expected an exception, {name} found")  # fmt: skip


@pytest.mark.smoke
def test_handled_exception(mod):
    assert mod.handled() is None
    try:
        raise ValueError
    except ValueError as error:
        assert mod.handled() is error
        assert mod.call_while_handling((error, mod.handled)) is error
        assert mod.handled() is error
    assert mod.handled() is None
    other = KeyError()
    assert mod.call_while_handling((other, mod.handled)) is other
    assert mod.handled() is None


@pytest.mark.smoke
def test_handled_exception_becomes_the_context(mod):
    handled, raised = KeyError(), ValueError()
    assert caught(mod.call_while_handling, (handled, raiser(raised))) is raised
    assert raised.__context__ is handled


def test_handled_exception_is_cleared(mod):
    try:
        raise ValueError
    except ValueError:
        assert mod.set_handled(NULL) == 0
        assert sys.exc_info() == (None, None, None)


def test_handle_what_is_no_exception(mod):
    for x in [3, ValueError, None]:
        with pytest.raises(TypeError, match="^expected an exception, .* found$"):
            mod.set_handled(x)


@pytest.mark.smoke
@pytest.mark.parametrize("name", ["cause", "context"])
def test_cause_and_context(mod, name):
    get, set = getattr(mod, f"get_{name}"), getattr(mod, f"set_{name}")
    exc, other = ValueError(), KeyError()
    assert get(exc) is None
    assert set(exc, other) == 0
    assert get(exc) is getattr(exc, f"__{name}__") is other
    assert exc.__suppress_context__ is (name == "cause")
    assert set(exc, NULL) == 0
    assert get(exc) is None
    for x in [3, ValueError]:
        with pytest.raises(TypeError):
            set(exc, x)
    with pytest.raises(AttributeError):
        get(3)
    with pytest.raises(AttributeError):
        set(object(), exc)


@pytest.mark.smoke
def test_traceback_of_an_exception(mod):
    exc = ValueError()
    assert mod.get_traceback(exc) is None
    caught(raiser(exc))
    tb = exc.__traceback__
    assert mod.get_traceback(exc) is tb
    assert mod.set_traceback(exc, NULL) == 0
    assert exc.__traceback__ is None
    assert mod.set_traceback(exc, tb) == 0
    assert exc.__traceback__ is tb
    with pytest.raises(TypeError):
        mod.set_traceback(exc, 3)


def test_null_exception(mod):
    for get in [mod.get_cause, mod.get_context, mod.get_traceback]:
        with pytest.raises(SystemError, match="^null argument to HPy_GetAttr_s$"):
            get(NULL)
    for set in [mod.set_cause, mod.set_context, mod.set_traceback]:
        with pytest.raises(SystemError, match="^null argument to HPy_SetAttr_s$"):
            set(NULL, ValueError())


@pytest.mark.smoke
def test_traceback_entry(mod):
    exc = ValueError()
    assert caught(mod.with_entry, raiser(exc)) is exc
    entries = [(e.filename, e.name, e.lineno) for e in traceback.extract_tb(exc.__traceback__)]
    assert entries[1] == ("a/source.pyx", "générée", 42)
    assert [name for _, name, _ in entries] == ["caught", "générée", "fail"]


def test_traceback_entry_without_exception(mod):
    assert mod.with_entry(int) == 0


def test_traceback_entry_of_null(mod):
    assert error_of(mod.entry_of_null) == (ValueError, "stays")


@pytest.mark.smoke
def test_format_from_cause(mod):
    cause = ValueError()
    error = caught(mod.from_cause, raiser(cause))
    assert (type(error), error.args) == (RuntimeError, ("number 3",))
    assert error.__cause__ is error.__context__ is cause
    error = caught(mod.bad_from_cause, raiser(cause))
    assert (type(error), error.args) == (SystemError, ("invalid format string",))
    assert error.__cause__ is cause
