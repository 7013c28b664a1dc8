"""Debug mode without memory: a call of the API fails with a MemoryError, and the process goes on."""

import pytest
from support import debugging
from support.source import noargs, unary, varargs

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0]

SOURCE = (
    "#include <stdlib.h>\n"
    + unary(
        "open_many",
        "for (long n = HPyLong_AsLong(ctx, arg); n > 0; n--)\n"
        "    if (HPy_IsNull(HPy_Dup(ctx, arg)))\n        return HPy_NULL;\n"
        "return HPy_Dup(ctx, arg);",
    )
    + noargs(
        "make_list", "HPyListBuilder b = HPyListBuilder_New(ctx, 0);\nreturn HPyListBuilder_Build(ctx, b);"
    )
    + unary(
        "add_many",
        "HPyTracker t = HPyTracker_New(ctx, 0);\n"
        "for (long n = HPyLong_AsLong(ctx, arg); n > 0; n--)\n"
        "    if (HPyTracker_Add(ctx, t, arg) < 0)\n        return HPy_NULL;\n"
        "return HPy_Dup(ctx, arg);",
    )
    + unary(
        "make_tuple",
        "size_t n = (size_t)HPyLong_AsLong(ctx, arg);\n"
        "HPy *items = (HPy *)malloc(n * sizeof(HPy));\n"
        "for (size_t i = 0; i < n; i++)\n    items[i] = arg;\n"
        "HPy tuple = HPyTuple_FromArray(ctx, items, (HPy_ssize_t)n);\nfree(items);\nreturn tuple;",
    )
    + unary(
        "get_items",
        "size_t n = (size_t)HPy_Length(ctx, arg);\n"
        "HPy *items = (HPy *)malloc(n * sizeof(HPy));\n"
        "HPy_ssize_t stored = HPySequence_GetItems(ctx, arg, 0, (HPy_ssize_t)n, items);\n"
        "HPy_CloseArray(ctx, items, stored);\nfree(items);\n"
        "return stored < 0 ? HPy_NULL : HPyLong_FromSsize_t(ctx, stored);",
    )
    + unary("read_text", "return HPyUnicode_AsUTF8AndSize(ctx, arg, NULL) ? HPy_Dup(ctx, arg) : HPy_NULL;")
    + varargs("count", "return HPyLong_FromSize_t(ctx, nargs);")
)

LIMIT = """
import resource, sys
def limit(more):
    \"\"\"So many MiB more than the process has now.\"\"\"
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + (more << 20), resource.RLIM_INFINITY))
def fails(function, *arguments):
    try:
        function(*arguments)
    except MemoryError:
        return True
    return False
"""


@pytest.fixture
def run(compile_module):
    """`run(code)`: the `Run` of Python code in which `mod` is in debug mode, with `limit` and `fails`."""
    path = compile_module(SOURCE, macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")])

    def run_limited(code):
        ended = debugging.run(path, LIMIT + code)
        assert ended.returncode == 0, ended.stderr
        assert ended.reports == []
        return ended.stdout.split()

    return run_limited


def test_handles(run):
    """What gives none raises, also where only the result needs one, until there is memory again."""
    code = (
        "limit(100)\nprint(fails(mod.open_many, 10_000_000), fails(mod.make_list))\n"
        "print({fails(mod.count, *range(i)) for i in range(9)})\n"
        "limit(1000)\nprint(mod.count(*range(20)), mod.make_list())"
    )
    assert run(code) == ["True", "True", "{True}", "20", "[]"]


def test_tracker(run):
    assert run("limit(100)\nprint(fails(mod.add_many, 100_000_000), mod.count(1))") == ["True", "1"]


def test_arrays_of_handles(run):
    """There is memory for the extension's array, but not for the second."""
    assert run("limit(120)\nprint(fails(mod.make_tuple, 10_000_000), mod.make_tuple(10))")[0] == "True"


def test_items_that_are_stored(run):
    """Where there is memory for some of the handles, these are closed again."""
    code = (
        "item = ''.join('ab')\nitems = [item] * 5_000_000\nbefore = sys.getrefcount(item)\n"
        "limit(160)\nprint(fails(mod.get_items, items))\n"
        "print(sys.getrefcount(item) - before, mod.get_items([1, 2]))"
    )
    assert run(code) == ["True", "0", "2"]


def test_data_of_objects(run):
    code = "text = 'x' * (50 << 20)\nlimit(30)\nprint(fails(mod.read_text, text), mod.read_text('text'))"
    assert run(code) == ["True", "text"]
