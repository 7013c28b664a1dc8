"""Debug mode: a mistake that is made again at the same place is told in full once, and then counted."""

import re

import pytest
from support import debugging
from support.source import noargs, unary

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0("runtime")]

SOURCE = (
    "static HPyContext *kept;\n"
    + noargs("keep", "kept = ctx; return HPy_Dup(ctx, ctx->h_None);")
    + noargs("use_kept", "return HPy_Dup(kept, ctx->h_None);")
    + unary("close_argument", "HPy_Close(ctx, arg);\nreturn HPy_Dup(ctx, ctx->h_None);")
    + unary("return_argument", "return arg;")
    + unary(
        "close_in_two_lines", "HPy_Close(ctx, arg);\nHPy_Close(ctx, arg);\nreturn HPy_Dup(ctx, ctx->h_None);"
    )
    + noargs(
        "read_closed",
        'HPy h = HPyUnicode_FromString(ctx, "some text");\n'
        "const char *s = HPyUnicode_AsUTF8AndSize(ctx, h, NULL);\n"
        "HPy_Close(ctx, h);\nreturn HPyLong_FromLong(ctx, s[0]);",
    )
)

WARN = {"HPY_DEBUG": "warn"}


@pytest.fixture
def run(compile_module):
    """`run(code)`: the `Run` of Python code in which `mod` goes on after mistakes."""
    path = compile_module(SOURCE)
    return lambda code, environment=WARN: debugging.run(path, code, environment=environment)


def summary(ended):
    """The lines of the summary at the end: the counts and what was counted."""
    return re.findall(r"^  (\d+) × (.*) \[([\w-]+)\]$", ended.stderr, re.MULTILINE)


def test_the_first_report_of_a_place_is_the_only_one(run):
    ended = run("mod.keep()\nfor i in range(20_000): mod.use_kept()")
    assert ended.returncode == 0, ended.stderr
    assert [report.rule for report in ended.reports] == ["wrong-context"]
    assert len(ended.stderr) < 2000


@pytest.mark.unsanitized(debugging.DETOUR)
def test_summary_at_the_end_has_the_most_frequent_first(run):
    ended = run(
        "for i in range(3): mod.close_argument(1)\n"
        "for i in range(5): mod.return_argument(1)\nmod.read_closed()"
    )
    assert [report.rule for report in ended.reports] == ["closed-argument", "returned-argument", "raw-data"]
    assert "HPy debug mode: 9 mistakes, of which 3 were reported in full:" in ended.stderr
    first, second, third = summary(ended)
    assert first[::2] == ("5", "returned-argument")
    assert second[::2] == ("3", "closed-argument")
    assert re.fullmatch(r"HPy_Close in method_close_argument_impl \(mod\.c:\d+\)", second[1])
    assert third[::2] == ("1", "raw-data")


def test_no_summary_if_all_was_told(run):
    ended = run("mod.close_argument(1)\nmod.return_argument(1)")
    assert len(ended.reports) == 2
    assert "mistakes" not in ended.stderr


@pytest.mark.parametrize(
    "optimization", [pytest.param("-O0", marks=pytest.mark.fixed_defect("headers")), "-Og", "-O2", "-Os"]
)
def test_other_lines_of_a_function_are_other_places(compile_module, optimization):
    path = compile_module(SOURCE, flags=[optimization])
    code = "for i in range(2): mod.close_in_two_lines(1)"
    ended = debugging.run(path, code, environment=WARN)
    assert [report.rule for report in ended.reports] == ["closed-argument"] * 2
    assert {count for count, _, _ in summary(ended)} == {"2"}


@pytest.mark.unsanitized(debugging.DETOUR)
def test_access_to_raw_data_is_counted(run):
    ended = run("for i in range(50): mod.read_closed()")
    assert [report.rule for report in ended.reports] == ["raw-data"]
    assert [line[::2] for line in summary(ended)] == [("50", "raw-data")]


def test_reports_that_are_collected_have_the_count(run):
    ended = run(
        "_debug.collect_reports()\nfor i in range(4): mod.close_argument(1)\n"
        "(rule, text), = _debug.take_reports()\nprint(rule, '3 more times' in text)\n"
        "mod.close_argument(1)\n(rule, text), = _debug.take_reports()\nprint(rule, 'more times' in text)"
    )
    assert ended.stdout.splitlines() == ["closed-argument True", "closed-argument False"], ended.stderr
    assert ended.stderr == ""


def test_collected_reports_with_their_places(run):
    ended = run(
        "_debug.collect_reports()\nfor i in range(4): mod.close_argument(1)\n"
        "(rule, text, mistake, place, count), = _debug.take_counted_reports()\nprint(rule, place, count)\n"
        "mod.close_argument(1)\n(again,) = _debug.take_counted_reports()\nprint(again[2] == mistake)"
    )
    first, second = ended.stdout.splitlines()
    assert re.fullmatch(r"closed-argument HPy_Close in method_close_argument_impl \(mod\.c:\d+\) 4", first)
    assert second == "True"
