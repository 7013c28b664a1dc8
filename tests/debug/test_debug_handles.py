"""Debug mode: mistakes with handles, builders, trackers and raw data, and what is said of them.

Each test commits one mistake in a process of its own, which ends with the report. Mistakes about the call are
in `test_debug_calls.py`, leaks in `test_debug_leaks.py`; mistakes with types, fields, globals and definitions
in `test_debug_types.py`.
"""

import re

import pytest
from support import c_text, debugging
from support.debugging import begins, line
from support.source import unary

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0("runtime")]

SOURCE = c_text(__file__, "mistakes.c")


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


@pytest.mark.unsanitized("AddressSanitizer has a handler of its own for the signal")
def test_signal_that_somebody_sent(compile_module):
    """It ends the process as it would without the handler that explains accesses to raw data."""
    code = (
        "import faulthandler, os, signal\nfaulthandler.disable()\nmod.write_str('text')\n"
        "os.kill(os.getpid(), signal.SIGSEGV)\nprint('goes on')"
    )
    ended = debugging.run(compile_module(SOURCE), code, environment={"HPY_DEBUG": "warn"})
    assert [report.rule for report in ended.reports] == ["raw-data"]
    assert (ended.returncode, ended.stdout) == (-11, "")


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
    source = unary("jump", "HPy h = HPy_Dup(ctx, arg); HPy_Close(ctx, h); return HPy_Dup(ctx, h);")
    path = compile_module(source, flags=["-O2"])
    ended = debugging.run(path, "mod.jump(1)", environment={"HPY_DEBUG": "trace=1"})
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
