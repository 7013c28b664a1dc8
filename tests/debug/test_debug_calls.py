"""Debug mode: mistakes about the call: its context, thread, arguments, exception, and numbers for names.

Each test commits one mistake in a process of its own, which ends with the report. The others
are in `test_debug_handles.py`.
"""

import re

import pytest
from support import c_text, debugging
from support.debugging import line

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0("runtime")]

SOURCE = c_text(__file__, "mistakes.c")


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


@pytest.mark.parametrize(
    ("function", "mistakes"), [("leave_with_kept_context", 2), ("leave_by_kept_context", 1)]
)
def test_leaving_with_the_context_of_another_call(compile_module, function, mistakes):
    """It is left nevertheless, which matters to what comes next."""
    code = f"mod.keep_context()\nprint([mod.{function}() for i in range(3)])"
    ended = debugging.run(compile_module(SOURCE), code, environment={"HPY_DEBUG": "warn"})
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "[1, 1, 1]\n"
    assert [report.rule for report in ended.reports] == ["wrong-context"] * mistakes


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
