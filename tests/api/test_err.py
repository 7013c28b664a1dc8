"""Exceptions: raising, asking, clearing, warnings, the fatal error."""

import errno
import os
import signal

import pytest
from support import NULL, function, module_fixture, noargs, unraisable_reports, varargs

mod = module_fixture(
    "#include <errno.h>\n"
    + function("set_string", 1, 'HPyErr_SetString(ctx, a, "méssage")')
    + function("set_object", 2, "HPyErr_SetObject(ctx, a, b)")
    + "".join(
        function(name, arity, f"(errno = ENOENT, {call})")
        for name, arity, call in [
            ("errno_only", 1, "HPyErr_SetFromErrno(ctx, a)"),
            ("errno_filename", 1, 'HPyErr_SetFromErrnoWithFilename(ctx, a, "some/file")'),
            ("errno_null_filename", 1, "HPyErr_SetFromErrnoWithFilename(ctx, a, NULL)"),
            ("errno_object", 2, "HPyErr_SetFromErrnoWithFilenameObject(ctx, a, b)"),
            ("errno_objects", 3, "HPyErr_SetFromErrnoWithFilenameObjects(ctx, a, b, c)"),
        ]
    )
    + function("no_memory", 0, "HPyErr_NoMemory(ctx)")
    + function("new_exception", 3, "HPyErr_NewException(ctx, HPyUnicode_AsUTF8AndSize(ctx, a, NULL), b, c)")
    + function(
        "new_with_doc", 3, 'HPyErr_NewExceptionWithDoc(ctx, "pkg.mod.Error", HPyBytes_AsString(ctx, a), b, c)'
    )
    + function("new_without_doc", 0, 'HPyErr_NewExceptionWithDoc(ctx, "mod.Error", NULL, HPy_NULL, HPy_NULL)')
    + function("warn", 1, 'HPyErr_WarnEx(ctx, a, "careful é", 1)', "status")
    + function("occurred", 0, "HPyErr_Occurred(ctx)", "status")
    + """
/* Raise args[0], then ask whether the exception matches args[1]; nothing stays raised. */
HPyDef_METH(matches, "matches", HPyFunc_VARARGS)
static HPy matches_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    if (!HPy_Is(ctx, args[0], ctx->h_None))
        HPyErr_SetString(ctx, args[0], "");
    int result = HPyErr_ExceptionMatches(ctx, args[1]);
    HPyErr_Clear(ctx);
    return HPyLong_FromLong(ctx, result);
}

HPyDef_METH(matches_null, "matches_null", HPyFunc_NOARGS)
static HPy matches_null_impl(HPyContext *ctx, HPy self)
{
    HPyErr_SetString(ctx, ctx->h_ValueError, "");
    int result = HPyErr_ExceptionMatches(ctx, HPy_NULL);
    HPyErr_Clear(ctx);
    return HPyLong_FromLong(ctx, result);
}

HPyDef_METH(unraisable, "unraisable", HPyFunc_O)
static HPy unraisable_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyErr_SetString(ctx, ctx->h_ValueError, "lost");
    HPyErr_WriteUnraisable(ctx, HPy_Is(ctx, arg, ctx->h_Ellipsis) ? HPy_NULL : arg);
    return HPyBool_FromBool(ctx, HPyErr_Occurred(ctx));
}
"""
    + noargs(
        "occurred_set_clear",
        """
    int before = HPyErr_Occurred(ctx);
    HPyErr_SetString(ctx, ctx->h_ValueError, "x");
    int during = HPyErr_Occurred(ctx);
    HPyErr_Clear(ctx);
    int after = HPyErr_Occurred(ctx);
    HPyErr_Clear(ctx);
    return HPyLong_FromLong(ctx, 100 * before + 10 * during + after);""",
    )
)


@pytest.mark.smoke
def test_set_string(mod):
    with pytest.raises(ValueError, match="^méssage$"):
        mod.set_string(ValueError)


def test_set_string_accepts_a_user_class(mod):
    class Mine(Exception):
        pass

    with pytest.raises(Mine, match="méssage"):
        mod.set_string(Mine)


def test_set_string_of_what_is_no_exception_text(mod):
    with pytest.raises(SystemError, match="exception .* is not a BaseException subclass"):
        mod.set_string(3)


@pytest.mark.smoke
def test_set_object(mod):
    with pytest.raises(KeyError) as error:
        mod.set_object(KeyError, (1, 2))
    assert error.value.args == (1, 2)


def test_set_object_keeps_an_instance(mod):
    instance = ValueError("original")
    with pytest.raises(ValueError) as error:
        mod.set_object(ValueError, instance)
    assert error.value is instance


def test_set_object_without_value(mod):
    with pytest.raises(ValueError) as error:
        mod.set_object(ValueError, NULL)
    assert error.value.args == ()


@pytest.mark.smoke
def test_set_from_errno(mod):
    with pytest.raises(FileNotFoundError) as error:
        mod.errno_only(OSError)
    assert error.value.errno == errno.ENOENT
    assert error.value.strerror == os.strerror(errno.ENOENT)
    assert error.value.filename is None


def test_set_from_errno_with_filename(mod):
    with pytest.raises(FileNotFoundError) as error:
        mod.errno_filename(OSError)
    assert error.value.filename == "some/file"
    with pytest.raises(FileNotFoundError) as error:
        mod.errno_null_filename(OSError)
    assert error.value.filename is None


def test_set_from_errno_with_filename_object(mod):
    with pytest.raises(FileNotFoundError) as error:
        mod.errno_object(OSError, b"bytes name")
    assert error.value.filename == b"bytes name"
    with pytest.raises(FileNotFoundError) as error:
        mod.errno_object(OSError, NULL)
    assert error.value.filename is None


def test_set_from_errno_with_two_filenames(mod):
    with pytest.raises(FileNotFoundError) as error:
        mod.errno_objects(OSError, "from", "to")
    assert (error.value.filename, error.value.filename2) == ("from", "to")
    with pytest.raises(FileNotFoundError) as error:
        mod.errno_objects(OSError, NULL, NULL)
    assert (error.value.filename, error.value.filename2) == (None, None)


def test_set_from_errno_with_another_class(mod):
    with pytest.raises(ValueError) as error:
        mod.errno_only(ValueError)
    assert error.value.args == (errno.ENOENT, os.strerror(errno.ENOENT))


def test_no_memory(mod):
    with pytest.raises(MemoryError):
        mod.no_memory()


@pytest.mark.smoke
def test_occurred_and_clear(mod):
    assert mod.occurred_set_clear() == 10
    assert mod.occurred() == 0


def test_occurred_ignores_a_handled_exception(mod):
    try:
        raise ValueError
    except ValueError:
        assert mod.occurred() == 0


@pytest.mark.smoke
def test_exception_matches(mod):
    assert mod.matches(KeyError, LookupError) == 1
    assert mod.matches(LookupError, KeyError) == 0


def test_exception_matches_a_tuple(mod):
    assert mod.matches(KeyError, (ValueError, (LookupError,))) == 1
    assert mod.matches(KeyError, (ValueError, TypeError)) == 0


def test_exception_matches_without_exception(mod):
    assert mod.matches(None, ValueError) == 0


def test_exception_matches_null(mod):
    assert mod.matches_null() == 0


@pytest.mark.smoke
def test_new_exception(mod):
    error = mod.new_exception("pkg.mod.Error", NULL, NULL)
    assert error.__name__ == "Error"
    assert error.__module__ == "pkg.mod"
    assert error.__bases__ == (Exception,)


def test_new_exception_with_base_and_dict(mod):
    error = mod.new_exception("mod.Error", ValueError, {"code": 7})
    assert error.__bases__ == (ValueError,)
    assert error.code == 7


def test_new_exception_with_several_bases(mod):
    error = mod.new_exception("mod.Error", (ValueError, LookupError), NULL)
    assert error.__bases__ == (ValueError, LookupError)


def test_new_exception_name_without_module_text(mod):
    with pytest.raises(SystemError, match="^PyErr_NewException: name must be module.class$"):
        mod.new_exception("Error", NULL, NULL)


def test_new_exception_with_documentation(mod):
    error = mod.new_with_doc(b"What happened", ValueError, NULL)
    assert error.__doc__ == "What happened"
    assert error.__module__ == "pkg.mod"
    assert issubclass(error, ValueError)


def test_new_exception_with_null_documentation(mod):
    assert mod.new_without_doc().__doc__ is None


def test_warning(mod):
    with pytest.warns(UserWarning, match="^careful é$"):
        assert mod.warn(UserWarning) == 0


def test_warning_as_an_error(mod):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning, match="careful"):
            mod.warn(DeprecationWarning)


def test_warning_category_may_be_null(mod):
    with pytest.warns(RuntimeWarning):
        mod.warn(NULL)


def test_warning_of_what_is_no_category(mod):
    with pytest.raises(TypeError):
        mod.warn(3)


@pytest.mark.smoke
def test_write_unraisable(mod):
    with unraisable_reports() as reported:
        assert mod.unraisable("where") is False
        assert mod.unraisable(NULL) is False
    assert reported == [(ValueError, "lost", "where"), (ValueError, "lost", None)]


def test_fatal_error_aborts(run_in_subprocess, abi):
    result = run_in_subprocess("mod.fatal()", function("fatal", 0, 'HPy_FatalError(ctx, "boom")', "void"))
    assert result.returncode < 0
    function_name = "HPy_FatalError" if abi == "cpython" else "ctx_FatalError"
    assert f"Fatal Python error: {function_name}: boom" in result.stderr


@pytest.mark.fixed_defect
def test_null_exception_type_is_an_error(mod):
    for call in [
        lambda: mod.set_string(NULL),
        lambda: mod.set_object(NULL, 1),
        lambda: mod.errno_only(NULL),
        lambda: mod.errno_filename(NULL),
        lambda: mod.errno_objects(NULL, NULL, NULL),
    ]:
        with pytest.raises(SystemError):
            call()


# Helpers that HPy 0.9 has not got, and ABI 0.1

PRINT_EX = varargs(
    "print_ex",
    """
    HPy result = HPy_Call(ctx, args[0], NULL, 0, HPy_NULL);
    HPyErr_PrintEx(ctx, (int)HPyLong_AsLong(ctx, args[1]));
    HPy_Close(ctx, result);
    return HPyBool_FromBool(ctx, HPyErr_Occurred(ctx));""",
)
MACROS = [("HPY_TARGET_ABI_VERSION", "0x00000001")]

newer = module_fixture(
    function("attribute_error", 2, "HPyErr_SetAttributeError(ctx, a, b)")
    + function("import_error", 3, "HPyErr_SetImportError(ctx, a, b, c)")
    + function("given_matches", 2, "HPyErr_GivenExceptionMatches(ctx, a, b)", "status")
    + function("check_signals", 0, "HPyErr_CheckSignals(ctx)", "status")
    + PRINT_EX
    + """
/* Calls `function` in `depth` nested calls with room on the stack, which is what CPython 3.14 looks at. */
static HPy recurse(HPyContext *ctx, HPy function, long depth, const char *where)
{
    volatile char frame[64];
    frame[0] = 0;
    if (depth == 0)
        return HPy_Call(ctx, function, NULL, 0, HPy_NULL);
    if (HPy_EnterRecursiveCall(ctx, where) < 0)
        return HPy_NULL;
    HPy result = recurse(ctx, function, depth - 1, where);
    HPy_LeaveRecursiveCall(ctx);
    return frame[0] == 0 ? result : HPy_NULL;
}
"""
    + varargs(
        "recursive",
        """
    const char *where = HPy_Is(ctx, args[2], ctx->h_None) ? NULL : HPyBytes_AsString(ctx, args[2]);
    return recurse(ctx, args[0], HPyLong_AsLong(ctx, args[1]), where);""",
    ),
    macros=MACROS,
)

newest = pytest.mark.after_0_9_0


def caught(function, *arguments):
    with pytest.raises(Exception) as error:  # noqa: PT011
        function(*arguments)
    return error.value


@newest
@pytest.mark.smoke
def test_attribute_error_knows_name_and_object(newer):
    class Thing:
        pass

    thing = Thing()
    error = caught(newer.attribute_error, thing, "näme")
    assert type(error) is AttributeError
    assert (str(error), error.name, error.obj) == ("'Thing' object has no attribute 'näme'", "näme", thing)
    error = caught(newer.attribute_error, Thing, "x")
    assert (str(error), error.name, error.obj) == ("type object 'Thing' has no attribute 'x'", "x", Thing)
    for wrong in [3, b"x", None]:
        assert type(caught(newer.attribute_error, thing, wrong)) is TypeError
    for arguments in [(NULL, "x"), (thing, NULL)]:
        assert type(caught(newer.attribute_error, *arguments)) is SystemError


@newest
@pytest.mark.smoke
def test_import_error_knows_name_and_path(newer):
    error = caught(newer.import_error, "no such", "module", "/some/file")
    assert type(error) is ImportError
    assert (error.args, error.msg) == (("no such",), "no such")
    assert (error.name, error.path) == ("module", "/some/file")
    error = caught(newer.import_error, "no such", NULL, NULL)
    assert (error.name, error.path) == (None, None)
    error = caught(newer.import_error, NULL, "x", "y")
    assert (type(error), str(error)) == (SystemError, "null argument to HPyErr_SetImportError")


@newest
@pytest.mark.smoke
def test_given_exception_matches(newer):
    for given in [KeyError(), KeyError]:
        assert (
            newer.given_matches(given, LookupError) == newer.given_matches(given, (ValueError, KeyError)) == 1
        )
        assert newer.given_matches(given, ValueError) == newer.given_matches(given, ()) == 0
    for given, exc in [(NULL, KeyError), (KeyError, NULL), (3, KeyError), (KeyError, 3), (3, 3.0)]:
        assert newer.given_matches(given, exc) == 0


@newest
@pytest.mark.smoke
def test_print_exception(newer, capsys):
    def fail():
        raise ValueError("printed")

    assert newer.print_ex(fail, 0) is newer.print_ex(int, 0) is False
    error = capsys.readouterr().err
    assert error.startswith("Traceback (most recent call last):")
    assert error.count("ValueError: printed") == 1


@newest
def test_print_exception_and_keep_it(run_in_subprocess):
    code = "import sys\nmod.print_ex(lambda: 1 / 0, 1)\nprint(sys.last_type.__name__)"
    result = run_in_subprocess(code, PRINT_EX, macros=MACROS)
    assert result.stdout == "ZeroDivisionError\n"
    assert "ZeroDivisionError: division by zero" in result.stderr


@newest
@pytest.mark.smoke
@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="needs signals of Unix")
def test_check_signals(newer):
    def handler(number, frame):
        raise ZeroDivisionError

    before = signal.signal(signal.SIGINT, handler)
    try:
        assert newer.check_signals() == 0
        with pytest.raises(ZeroDivisionError):
            raise_and_check(newer)
    finally:
        signal.signal(signal.SIGINT, before)


def raise_and_check(newer):
    """The handler runs at the latest in the extension."""
    signal.raise_signal(signal.SIGINT)
    newer.check_signals()


@newest
@pytest.mark.smoke
def test_recursive_calls(newer):
    assert newer.recursive(int, 10, b" here") == 0
    assert newer.recursive(lambda: newer.recursive(int, 10, b""), 10, b"") == 0
    with pytest.raises(RecursionError, match=" while testing$"):
        newer.recursive(int, 10_000_000, b" while testing")
    assert newer.recursive(int, 10, b" again") == 0
    with pytest.raises(SystemError, match="^null argument to HPy_EnterRecursiveCall$"):
        newer.recursive(int, 1, None)
