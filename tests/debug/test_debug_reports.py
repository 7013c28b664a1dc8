"""Debug mode: the mistakes of an extension, and what is said of them.

Each test commits one mistake in a process of its own, which ends with the report. Leaks are in
`test_debug_leaks.py`; mistakes with types, fields, globals and definitions in `test_debug_types.py`.
"""

import re

import pytest
from support import debugging
from support.source import noargs, unary, varargs

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0("runtime")]

HANDLES = (
    unary(
        "use_after_close",
        "HPy h = HPyLong_FromLong(ctx, 4321); HPy_Close(ctx, h); return HPy_Dup(ctx, h);",
    )
    + noargs(
        "close_twice",
        "HPy h = HPyLong_FromLong(ctx, 1); HPy_Close(ctx, h); HPy_Close(ctx, h);\n"
        "return HPy_Dup(ctx, ctx->h_None);",
    )
    + unary("close_argument", "HPy_Close(ctx, arg); return HPy_Dup(ctx, ctx->h_None);")
    + noargs("close_self", "HPy_Close(ctx, self); return HPy_Dup(ctx, ctx->h_None);")
    + noargs("close_constant", "HPy_Close(ctx, ctx->h_None); return HPy_Dup(ctx, ctx->h_None);")
    + unary("return_argument", "return arg;")
    + varargs("return_second_argument", "return args[1];")
    + noargs("return_constant", "return ctx->h_True;")
    + noargs("return_closed", "HPy h = HPyLong_FromLong(ctx, 1); HPy_Close(ctx, h); return h;")
    + unary(
        "use_closed_copy",
        "HPy h = HPy_Dup(ctx, arg); HPy_Close(ctx, h); return HPy_Repr(ctx, h);",
    )
    + "static HPy kept;\n"
    + unary("keep", "kept = arg; return HPy_Dup(ctx, ctx->h_None);")
    + noargs("use_kept", "return HPy_Repr(ctx, kept);")
    + unary("use_number", "HPy h = { (intptr_t)HPyLong_AsSsize_t(ctx, arg) }; return HPy_Repr(ctx, h);")
)

BUILDERS = (
    noargs(
        "build_list_twice",
        "HPyListBuilder b = HPyListBuilder_New(ctx, 0); HPy_Close(ctx, HPyListBuilder_Build(ctx, b));\n"
        "return HPyListBuilder_Build(ctx, b);",
    )
    + noargs(
        "set_after_build",
        "HPyTupleBuilder b = HPyTupleBuilder_New(ctx, 1); HPyTupleBuilder_Set(ctx, b, 0, ctx->h_None);\n"
        "HPy result = HPyTupleBuilder_Build(ctx, b); HPyTupleBuilder_Set(ctx, b, 0, ctx->h_None);\n"
        "return result;",
    )
    + noargs(
        "cancel_after_build",
        "HPyListBuilder b = HPyListBuilder_New(ctx, 0); HPy result = HPyListBuilder_Build(ctx, b);\n"
        "HPyListBuilder_Cancel(ctx, b); return result;",
    )
    + noargs(
        "build_after_cancel",
        "HPyTupleBuilder b = HPyTupleBuilder_New(ctx, 0); HPyTupleBuilder_Cancel(ctx, b);\n"
        "return HPyTupleBuilder_Build(ctx, b);",
    )
    + unary(
        "set_at",
        "HPyListBuilder b = HPyListBuilder_New(ctx, 3);\n"
        "HPyListBuilder_Set(ctx, b, HPyLong_AsSsize_t(ctx, arg), ctx->h_None);\n"
        "HPyListBuilder_Cancel(ctx, b); return HPy_Dup(ctx, ctx->h_None);",
    )
)

TRACKERS = noargs(
    "add_to_closed_tracker",
    "HPyTracker t = HPyTracker_New(ctx, 1); HPyTracker_Close(ctx, t);\n"
    "HPyTracker_Add(ctx, t, HPy_Dup(ctx, ctx->h_None)); return HPy_Dup(ctx, ctx->h_None);",
) + noargs(
    "close_tracker_twice",
    "HPyTracker t = HPyTracker_New(ctx, 1); HPyTracker_Close(ctx, t); HPyTracker_Close(ctx, t);\n"
    "return HPy_Dup(ctx, ctx->h_None);",
)

RAW_DATA = (
    noargs(
        "read_str",
        'HPy h = HPyUnicode_FromString(ctx, "some text");\n'
        "const char *s = HPyUnicode_AsUTF8AndSize(ctx, h, NULL);\n"
        "HPy_Close(ctx, h); return HPyLong_FromLong(ctx, s[2]);",
    )
    + noargs(
        "read_bytes",
        'HPy h = HPyBytes_FromString(ctx, "some bytes"); const char *s = HPyBytes_AsString(ctx, h);'
        "HPy_Close(ctx, h); return HPyLong_FromLong(ctx, s[0]);",
    )
    + noargs(
        "read_bytes_unchecked",
        'HPy h = HPyBytes_FromString(ctx, "some bytes"); const char *s = HPyBytes_AS_STRING(ctx, h);'
        "HPy_Close(ctx, h); return HPyLong_FromLong(ctx, s[0]);",
    )
    + noargs(
        "read_type_name",
        "HPy h = HPy_Dup(ctx, ctx->h_LongType); const char *s = HPyType_GetName(ctx, h);\n"
        "HPy_Close(ctx, h); return HPyLong_FromLong(ctx, s[0]);",
    )
    + noargs(
        "pass_str",
        'HPy h = HPyUnicode_FromString(ctx, "some text");\n'
        "const char *s = HPyUnicode_AsUTF8AndSize(ctx, h, NULL);\n"
        "HPy_Close(ctx, h); return HPyUnicode_FromString(ctx, s);",
    )
    + unary(
        "write_str",
        "char *s = (char *)HPyUnicode_AsUTF8AndSize(ctx, arg, NULL); s[1] = '!';\n"
        "return HPyLong_FromLong(ctx, s[1]);",
    )
)

CONTEXTS = (
    "static HPyContext *kept_ctx;\n"
    + noargs("keep_context", "kept_ctx = ctx; return HPy_Dup(ctx, ctx->h_None);")
    + noargs("use_kept_context", "return HPy_Dup(kept_ctx, ctx->h_None);")
    + noargs(
        "build_with_kept_context",
        "HPyListBuilder b = HPyListBuilder_New(kept_ctx, 0); return HPyListBuilder_Build(ctx, b);",
    )
    + noargs(
        "check_with_kept_context",
        "return HPyBool_FromBool(ctx, HPy_TypeCheck(kept_ctx, ctx->h_None, ctx->h_LongType));",
    )
    + noargs(
        "get_with_kept_context",
        'HPy var = HPyContextVar_New(ctx, "var", ctx->h_None), value = HPy_NULL;\n'
        "HPyContextVar_Get(kept_ctx, var, HPy_NULL, &value);\n"
        "HPy_Close(ctx, var); return value;",
    )
)

THREADS = (
    "#include <pthread.h>\n"
    "static HPyContext *thread_ctx;\n"
    "static void *body(void *arg) { HPyLong_FromLong(thread_ctx, 1); return arg; }\n"
    + noargs(
        "call_on_thread",
        "pthread_t t;\nthread_ctx = ctx;\n"
        "if (pthread_create(&t, NULL, body, NULL) == 0) pthread_join(t, NULL);\n"
        "return HPy_Dup(ctx, ctx->h_None);",
    )
    + noargs(
        "call_outside",
        "HPyThreadState s = HPy_LeavePythonExecution(ctx); HPy h = HPyLong_FromLong(ctx, 1);\n"
        "HPy_ReenterPythonExecution(ctx, s); return h;",
    )
    + noargs(
        "reenter_twice",
        "HPyThreadState s = HPy_LeavePythonExecution(ctx); HPy_ReenterPythonExecution(ctx, s);\n"
        "HPy_ReenterPythonExecution(ctx, s); return HPy_Dup(ctx, ctx->h_None);",
    )
    + unary(
        "reenter_with",
        "HPyThreadState other = { (intptr_t)HPyLong_AsSsize_t(ctx, arg) };\n"
        "HPy_LeavePythonExecution(ctx); HPy_ReenterPythonExecution(ctx, other); return HPy_Dup(ctx, arg);",
    )
    + noargs(
        "return_outside",
        "HPy result = HPy_Dup(ctx, ctx->h_None); HPy_LeavePythonExecution(ctx); return result;",
    )
)

ARGUMENTS = (
    varargs("use_behind", "return HPy_Repr(ctx, args[nargs]);")
    + varargs("return_behind", "return args[nargs];")
    + varargs("close_behind", "HPy_Close(ctx, args[nargs]); return HPy_Dup(ctx, ctx->h_None);")
    + varargs("read_behind", "return HPyBool_FromBool(ctx, HPy_IsNull(args[nargs]));")
    + 'HPyDef_METH(with_names, "with_names", HPyFunc_KEYWORDS)\n'
    "static HPy with_names_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)\n"
    "{ return HPy_Repr(ctx, args[nargs + (HPy_IsNull(kwnames) ? 0 : (size_t)HPy_Length(ctx, kwnames))]); }\n"
)

CAPSULES = (
    "HPyCapsule_DESTRUCTOR(use_context)\n"
    "static void use_context_impl(const char *name, void *pointer, void *context)\n"
    "{ HPy_Close(kept_ctx, HPyLong_FromLong(kept_ctx, 1)); }\n"
    + noargs(
        "free_capsule",
        "static int x;\nkept_ctx = ctx;\n"
        'HPy_Close(ctx, HPyCapsule_New(ctx, &x, "x", &use_context)); return HPy_Dup(ctx, ctx->h_None);',
    )
    + noargs(
        "set_destructor",
        'static int x;\nkept_ctx = ctx;\nHPy capsule = HPyCapsule_New(ctx, &x, "x", NULL);\n'
        "HPyCapsule_SetDestructor(ctx, capsule, &use_context); return capsule;",
    )
)

EXCEPTIONS = (
    unary(
        "call_with_exception",
        'HPyErr_SetString(ctx, ctx->h_ValueError, "unseen"); return HPy_Repr(ctx, arg);',
    )
    + noargs("fail_without_exception", "return HPy_NULL;")
    + noargs(
        "succeed_with_exception",
        'HPyErr_SetString(ctx, ctx->h_ValueError, "unseen"); return HPy_Dup(ctx, ctx->h_None);',
    )
)

CONSTANTS = (
    unary("compare_by", "return HPy_RichCompare(ctx, arg, arg, (int)HPyLong_AsLong(ctx, arg));")
    + unary(
        "test_by",
        "int r = HPy_RichCompareBool(ctx, arg, arg, (int)HPyLong_AsLong(ctx, arg));\n"
        "return r < 0 ? HPy_NULL : HPyLong_FromLong(ctx, r);",
    )
    + unary(
        "get_key",
        "void *r = HPyCapsule_Get(ctx, arg, (_HPyCapsule_key)77, NULL);\n"
        "return r ? HPy_Dup(ctx, arg) : HPy_NULL;",
    )
    + unary(
        "set_key",
        "return HPyCapsule_Set(ctx, arg, (_HPyCapsule_key)77, NULL) < 0 ? HPy_NULL : HPy_Dup(ctx, arg);",
    )
    + unary("compile_as", 'return HPy_Compile_s(ctx, "1", "file", (HPy_SourceKind)HPyLong_AsLong(ctx, arg));')
)

SOURCE = (
    CONSTANTS
    + HANDLES
    + BUILDERS
    + TRACKERS
    + RAW_DATA
    + CONTEXTS
    + THREADS
    + ARGUMENTS
    + CAPSULES
    + EXCEPTIONS
)


@pytest.fixture
def provoke(compile_module):
    """`provoke(function, arguments)`: the report of a process that `mod.function(arguments)` ends.

    The call is in line 6 of the function `caller`.
    """
    path = compile_module(SOURCE)

    def run(function, arguments="", environment=None):
        code = f"def caller(): mod.{function}({arguments})\ncaller()"
        ended = debugging.run(path, code, environment=environment)
        assert ended.aborted, ended.stderr
        return ended.report

    return run


def begins(api, function):
    """What a report says of a call of the API in a module function, of which the line is not known."""
    return re.compile(rf"{api} in method_{function}_impl \(begins at mod\.c:\d+\)$")


def line(api, function):
    """What it says if it is known."""
    return re.compile(rf"{api} in method_{function}_impl \(mod\.c:\d+\)$")


def test_used_after_close(provoke):
    report = provoke("use_after_close", "None")
    assert (report.rule, report.fatal) == ("used-after-close", "Invalid usage of already closed handle")
    assert begins("HPyLong_FromInt64_t", "use_after_close").match(report.opened)
    assert begins("HPy_Close", "use_after_close").match(report.closed)
    assert line("HPy_Dup", "use_after_close").match(report.misused)
    assert report.Python == 'File "<test>", line 6, in caller'
    assert "HPY_DEBUG=trace" in report.more
    assert "HPY_DEBUG=warn" in provoke("return_constant").more


def test_used_after_close_of_a_living_object(provoke):
    report = provoke("use_closed_copy", "[1, 2]")
    assert report.rule == "used-after-close"
    assert report.object == "list [1, 2]"


def test_used_after_the_call_that_it_was_an_argument_of(compile_module):
    ended = debugging.run(compile_module(SOURCE), "mod.keep([1, 2])\nmod.use_kept()")
    assert ended.aborted
    assert ended.report.rule == "used-after-close"
    assert "the caller of method_keep_impl" in ended.report.opened
    assert "argument" in ended.report.closed
    assert line("HPy_Repr", "use_kept").match(ended.report.misused)


def test_closed_twice(provoke):
    report = provoke("close_twice")
    assert (report.rule, report.fatal) == ("closed-twice", "Invalid usage of already closed handle")
    assert begins("HPyLong_FromInt64_t", "close_twice").match(report.opened)
    assert begins("HPy_Close", "close_twice").match(report.closed)
    assert line("HPy_Close", "close_twice").match(report.misused)


@pytest.mark.parametrize(
    ("function", "arguments", "object"),
    [("close_argument", "{'a': 1}", "dict {'a': 1}"), ("close_self", "", "module <module 'mod'")],
)
def test_closed_argument(provoke, function, arguments, object):
    report = provoke(function, arguments)
    assert report.rule == "closed-argument"
    assert report.object.startswith(object)
    assert f"the caller of method_{function}_impl" in report.opened
    assert report.closed == ""
    assert line("HPy_Close", function).match(report.misused)


def test_closed_constant(provoke):
    report = provoke("close_constant")
    assert report.rule == "closed-constant"
    assert report.object == "NoneType None"
    assert "constant" in report.opened
    assert line("HPy_Close", "close_constant").match(report.misused)


@pytest.mark.parametrize(
    ("function", "arguments", "object"),
    [("return_argument", "'text'", "str 'text'"), ("return_second_argument", "1, 2.5", "float 2.5")],
)
def test_returned_argument(provoke, function, arguments, object):
    report = provoke(function, arguments)
    assert report.rule == "returned-argument"
    assert report.object == object
    assert f"the caller of method_{function}_impl" in report.opened
    assert f"returned by method_{function}_impl" in report.misused
    assert "HPy_Dup(ctx, arg)" in report.parts["rule"]


def test_returned_constant(provoke):
    report = provoke("return_constant")
    assert report.rule == "returned-constant"
    assert report.object == "bool True"
    assert "returned by method_return_constant_impl" in report.misused


def test_returned_closed(provoke):
    report = provoke("return_closed")
    assert report.rule == "returned-closed"
    assert begins("HPyLong_FromInt64_t", "return_closed").match(report.opened)
    assert begins("HPy_Close", "return_closed").match(report.closed)
    assert "returned by method_return_closed_impl" in report.misused


@pytest.mark.parametrize(
    ("function", "opened", "closed", "misused"),
    [
        ("build_list_twice", "HPyListBuilder_New", "HPyListBuilder_Build", "HPyListBuilder_Build"),
        ("set_after_build", "HPyTupleBuilder_New", "HPyTupleBuilder_Build", "HPyTupleBuilder_Set"),
        ("cancel_after_build", "HPyListBuilder_New", "HPyListBuilder_Build", "HPyListBuilder_Cancel"),
        ("build_after_cancel", "HPyTupleBuilder_New", "HPyTupleBuilder_Cancel", "HPyTupleBuilder_Build"),
    ],
)
def test_builder_used_after_its_end(provoke, function, opened, closed, misused):
    report = provoke(function)
    assert (report.rule, report.fatal) == ("builder-closed", "Invalid usage of already closed builder")
    assert report.builder.startswith("of a list" if "List" in opened else "of a tuple")
    assert begins(opened, function).match(report.opened)
    assert begins(closed, function).match(report.closed)
    assert line(misused, function).match(report.misused)


@pytest.mark.parametrize("index", [-1, 3])
def test_builder_index(provoke, index):
    report = provoke("set_at", str(index))
    assert report.rule == "builder-index"
    assert report.index == str(index)
    assert report.builder == "of a list of length 3"
    assert begins("HPyListBuilder_New", "set_at").match(report.opened)
    assert line("HPyListBuilder_Set", "set_at").match(report.misused)


@pytest.mark.parametrize(
    ("function", "misused"),
    [("add_to_closed_tracker", "HPyTracker_Add"), ("close_tracker_twice", "HPyTracker_Close")],
)
def test_tracker_used_after_close(provoke, function, misused):
    report = provoke(function)
    assert report.rule == "tracker-closed"
    assert begins("HPyTracker_New", function).match(report.opened)
    assert begins("HPyTracker_Close", function).match(report.closed)
    assert line(misused, function).match(report.misused)


@pytest.mark.parametrize(
    ("function", "api", "data"),
    [
        ("read_str", "HPyUnicode_AsUTF8AndSize", "some text"),
        ("read_bytes", "HPyBytes_AsString", "some bytes"),
        ("read_bytes_unchecked", "HPyBytes_AS_STRING", "some bytes"),
        ("read_type_name", "HPyType_GetName", "int"),
    ],
)
def test_raw_data_read_after_close(provoke, function, api, data):
    report = provoke(function)
    assert report.rule == "raw-data"
    assert f"from {api}, after the handle was closed" in report.access
    assert report.data == f'"{data}"'
    assert f"in method_{function}_impl" in report.opened
    assert begins("HPy_Close", function).match(report.closed)
    assert re.fullmatch(rf"method_{function}_impl \(mod\.c:\d+\)", report.misused)
    assert report.Python == 'File "<test>", line 6, in caller'


def test_raw_data_passed_to_the_api_after_close(provoke):
    """It is the engine that reads it, whose frames say nothing to an author."""
    report = provoke("pass_str")
    assert report.rule == "raw-data"
    assert line("HPyUnicode_FromString", "pass_str").match(report.misused)
    assert report.Python == 'File "<test>", line 6, in caller'


def test_raw_data_written_to(provoke):
    report = provoke("write_str", "'text'")
    assert report.rule == "raw-data"
    assert report.access.startswith("write to byte 1 of the 5 bytes from HPyUnicode_AsUTF8AndSize")
    assert report.object == "str 'text'"
    assert report.closed == ""
    assert "method_write_str_impl" in report.misused


def test_signal_that_somebody_sent(compile_module):
    """It ends the process as it would without the handler that explains accesses to raw data."""
    code = (
        "import faulthandler, os, signal\nfaulthandler.disable()\nmod.write_str('text')\n"
        "os.kill(os.getpid(), signal.SIGSEGV)\nprint('goes on')"
    )
    ended = debugging.run(compile_module(SOURCE), code, environment={"HPY_DEBUG": "warn"})
    assert [report.rule for report in ended.reports] == ["raw-data"]
    assert (ended.returncode, ended.stdout) == (-11, "")


@pytest.mark.parametrize(
    ("function", "api"),
    [
        ("use_kept_context", "HPy_Dup"),
        ("build_with_kept_context", "HPyListBuilder_New"),
        ("check_with_kept_context", "HPy_TypeCheck"),
        ("get_with_kept_context", "HPyContextVar_Get"),
    ],
)
def test_context_of_another_call(compile_module, function, api):
    """HPy 0.9 did not look at the context in functions of builders, HPy_TypeCheck and HPyContextVar_Get."""
    ended = debugging.run(compile_module(SOURCE), f"mod.keep_context()\nmod.{function}()")
    assert ended.aborted
    assert (ended.report.rule, ended.report.fatal) == ("wrong-context", "Wrong HPy Context!")
    last = r"of a call that has ended; the last one was of method_keep_context_impl \(begins at mod\.c:\d+\)"
    assert re.fullmatch(last, ended.report.context)
    assert line(api, function).match(ended.report.misused)


@pytest.mark.parametrize("number", ["0x10", "id([])", "-1"])
def test_handle_of_no_context(provoke, number):
    report = provoke("use_number", number)
    assert report.rule == "foreign-handle"
    assert line("HPy_Repr", "use_number").match(report.misused)


@pytest.mark.parametrize(
    ("function", "api", "arguments", "constant"),
    [
        ("compare_by", "HPy_RichCompare", "77", "HPy_GE"),
        ("test_by", "HPy_RichCompareBool", "-1", "HPy_GE"),
        ("get_key", "HPyCapsule_Get", "None", "HPyCapsule_key_Destructor"),
        ("set_key", "HPyCapsule_Set", "None", "HPyCapsule_key_Destructor"),
        ("compile_as", "HPy_Compile_s", "3", "HPy_SourceKind_Single"),
    ],
)
def test_number_that_is_no_constant(provoke, function, api, arguments, constant):
    report = provoke(function, arguments)
    assert report.rule == "wrong-constant"
    assert report.number.endswith(constant)
    assert line(api, function).match(report.misused)


def test_handle_of_another_context(provoke):
    """Such as a PyObject *, or a handle of a module that is not in debug mode."""
    report = provoke("use_number", "id(None)")
    assert report.rule == "foreign-handle"
    assert "PyObject *" in report.handle
    assert line("HPy_Repr", "use_number").match(report.misused)


def test_api_on_another_thread(provoke):
    report = provoke("call_on_thread")
    assert report.rule == "other-thread"
    assert "method_call_on_thread_impl" in report.context
    assert report.misused.startswith("HPyLong_FromLong in body (mod.c:")
    assert report.Python == ""


def test_api_between_leave_and_reenter(provoke):
    report = provoke("call_outside")
    assert report.rule == "outside-python"
    assert report.Python == 'File "<test>", line 6, in caller'
    assert line("HPyLong_FromLong", "call_outside").match(report.misused)


def test_reenter_without_leave(provoke):
    report = provoke("reenter_twice")
    assert report.rule == "not-outside-python"
    assert line("HPy_ReenterPythonExecution", "reenter_twice").match(report.misused)


@pytest.mark.parametrize("state", ["0", "16"])
def test_reenter_with_another_state(provoke, state):
    report = provoke("reenter_with", state)
    assert report.rule == "thread-state"
    assert re.fullmatch(rf"{int(state):#x}, but HPy_LeavePythonExecution returned 0x[0-9a-f]+", report.state)
    assert line("HPy_ReenterPythonExecution", "reenter_with").match(report.misused)
    assert report.Python == ""


def test_mistakes_about_leaving_that_go_on(compile_module):
    """The engine gets what belongs together."""
    code = "mod.reenter_twice()\nprint(mod.reenter_with(0))"
    ended = debugging.run(compile_module(SOURCE), code, environment={"HPY_DEBUG": "warn"})
    assert [report.rule for report in ended.reports] == ["not-outside-python", "thread-state"]
    assert (ended.returncode, ended.stdout) == (0, "0\n"), ended.stderr


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 20])
def test_handle_behind_the_arguments(provoke, count):
    arguments = ", ".join(map(str, range(count)))
    report = provoke("use_behind", arguments)
    assert report.rule == "argument-index"
    assert line("HPy_Repr", "use_behind").match(report.misused)
    assert provoke("close_behind", arguments).rule == "argument-index"
    report = provoke("return_behind", arguments)
    assert report.rule == "argument-index"
    assert "returned by method_return_behind_impl" in report.misused


def test_handle_behind_the_values_for_names(provoke):
    assert provoke("with_names", "1, a=2, b=3").rule == "argument-index"
    assert provoke("with_names", "a=2").rule == "argument-index"
    assert provoke("with_names").rule == "argument-index"


def test_handle_behind_the_arguments_that_is_not_used(compile_module):
    """A function may read all that it might get, and look at the number then."""
    ended = debugging.run(compile_module(SOURCE), "print(mod.read_behind(), mod.read_behind(1))")
    assert (ended.returncode, ended.stdout) == (0, "False False\n")


@pytest.mark.parametrize("code", ["mod.free_capsule()", "mod.set_destructor()"])
def test_api_in_the_destructor_of_a_capsule(compile_module, code):
    """Also with the context of a call that has not ended."""
    ended = debugging.run(compile_module(SOURCE), code)
    assert ended.aborted
    assert ended.report.rule == "api-without-context"
    assert re.fullmatch(r"HPyLong_FromLong in use_context_impl \(mod\.c:\d+\)", ended.report.misused)


def test_return_without_reenter(provoke):
    report = provoke("return_outside")
    assert report.rule == "returned-outside-python"
    assert "returned by method_return_outside_impl" in report.misused


def test_api_with_an_exception_set(provoke):
    report = provoke("call_with_exception", "5")
    assert report.rule == "exception-set"
    assert report.raised == "ValueError: unseen"
    assert line("HPy_Repr", "call_with_exception").match(report.misused)


def test_null_without_exception(provoke):
    report = provoke("fail_without_exception")
    assert report.rule == "no-exception"
    assert "returned by method_fail_without_exception_impl" in report.misused
    assert report.Python == 'File "<test>", line 6, in caller'


def test_value_with_exception(provoke):
    report = provoke("succeed_with_exception")
    assert report.rule == "result-with-exception"
    assert report.raised == "ValueError: unseen"
    assert "returned by method_succeed_with_exception_impl" in report.misused


def test_more_detail_on_request(provoke):
    """The frames of opening and closing, with the Python lines."""
    report = provoke("use_after_close", "None", environment={"HPY_DEBUG": "trace"})
    for text, api in (report.opened, "HPyLong_FromLong"), (report.closed, "HPy_Close"):
        place, _, python = text.partition(" from ")
        assert line(api, "use_after_close").match(place)
        assert python == 'File "<test>", line 6, in caller'
    assert report.object == "int 4321, whose handles are all closed"
    assert "HPY_DEBUG=trace" not in report.more


def test_frames_end_with_the_extension(compile_module):
    """Also where the last call of a function has become a jump."""
    source = """
#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize("O2")
#endif
""" + unary("jump", "HPy h = HPy_Dup(ctx, arg); HPy_Close(ctx, h); return HPy_Dup(ctx, h);")
    ended = debugging.run(compile_module(source), "mod.jump(1)", environment={"HPY_DEBUG": "trace=1"})
    assert begins("HPy_Dup", "jump").match(ended.report.misused)
    assert "hpy_layers" not in ended.stderr
    assert ended.report.closed.startswith("HPy_Close in method_jump_impl (mod.c:")


def test_the_fatal_error_names_the_mistake(compile_module):
    ended = debugging.run(compile_module(SOURCE), "mod.close_twice()")
    assert "Fatal Python error: ctx_FatalError: Invalid usage of already closed handle" in ended.stderr


def test_warn_goes_on(compile_module):
    code = "mod.close_argument([1])\nprint(mod.use_closed_copy([2]))"
    ended = debugging.run(compile_module(SOURCE), code, environment={"HPY_DEBUG": "warn"})
    assert ended.returncode == 0, ended.stderr
    assert [report.rule for report in ended.reports] == ["closed-argument", "used-after-close"]
    assert ended.stdout == "[2]\n"


def test_what_a_terminal_would_obey_is_shown(compile_module):
    """In names and texts of others, which may come from anywhere."""
    code = (
        "repr_of = lambda self: '\\x1b[2Jrepr\\n\\u202e'\n"
        "Odd = type('Odd\\x1b]0;\\x07', (), {'__repr__': repr_of})\n"
        "def caller(): mod.close_argument(Odd())\n"
        "name = 'caller\\x1b[31m'\n"
        "caller.__code__ = caller.__code__.replace(co_name=name, co_filename='file\\x9b')\n"
        "caller()\n"
        "try: mod.call_with_exception(ValueError('text\\x07'))\n"
        "except ValueError: pass\n"
    )
    ended = debugging.run(compile_module(SOURCE), code, environment={"HPY_DEBUG": "warn"})
    first, second, _ = ended.reports
    assert first.object == "Odd\\x1b]0;\\x07 \\x1b[2Jrepr\\n\\u202e"
    assert first.Python.startswith('File "file\\x9b", line ') and first.Python.endswith("caller\\x1b[31m")
    assert second.rule == "exception-set"
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ended.stderr)
