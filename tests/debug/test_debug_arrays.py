"""Debug mode: handles that come and go in arrays."""

import pytest
from support import debugging
from support.debugging import begins, line
from support.source import unary

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0]

SOURCE = (
    unary(
        "leak_item",
        """
    HPy items[3];
    HPy_ssize_t n = HPySequence_GetItems(ctx, arg, 0, 3, items);
    if (n < 0)
        return HPy_NULL;
    items[1] = HPy_NULL;
    HPy_CloseArray(ctx, items, n);
    return HPy_Dup(ctx, ctx->h_None);
""",
    )
    + unary(
        "leak_value",
        """
    HPyDictIter iter = HPyDictIter_INIT;
    HPy keys[2], values[2];
    HPy_ssize_t n = HPyDict_Next(ctx, arg, &iter, keys, values, 2);
    if (n < 0)
        return HPy_NULL;
    HPy_CloseArray(ctx, keys, n);
    return HPy_Dup(ctx, ctx->h_None);
""",
    )
    + unary(
        "close_item_twice",
        """
    HPy items[2];
    HPy_ssize_t n = HPySequence_GetItems(ctx, arg, 0, 2, items);
    HPy_Close(ctx, items[1]);
    HPy_CloseArray(ctx, items, n);
    return HPy_Dup(ctx, ctx->h_None);
""",
    )
    + unary(
        "close_argument_in_array",
        """
    HPy items[1] = {arg};
    HPy_CloseArray(ctx, items, 1);
    return HPy_Dup(ctx, ctx->h_None);
""",
    )
    + unary(
        "use_closed_item",
        """
    HPy items[1];
    HPy_ssize_t n = HPySequence_GetItems(ctx, arg, 0, 1, items);
    HPy copy = items[0];
    HPy_CloseArray(ctx, items, n);
    return HPy_Repr(ctx, copy);
""",
    )
    + unary(
        "list_of_closed",
        """
    HPy item = HPy_Dup(ctx, arg);
    HPy_Close(ctx, item);
    return HPyList_FromArray(ctx, &item, 1);
""",
    )
    + unary(
        "use_released_time_zone",
        """
    HPyDateTime_Fields fields;
    HPy tzinfo;
    if (HPyDateTime_GetFields(ctx, arg, &fields, &tzinfo) < 0)
        return HPy_NULL;
    HPy_Close(ctx, tzinfo);
    return HPy_Repr(ctx, tzinfo);
""",
    )
)


@pytest.fixture
def run(compile_module):
    path = compile_module(SOURCE, macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")])
    return lambda code: debugging.run(path, code)


@pytest.mark.parametrize(
    ("function", "argument", "opened"),
    [
        ("leak_item", "['a', 'b', 'c']", "HPySequence_GetItems"),
        ("leak_value", "{'a': 'b'}", "HPyDict_Next"),
    ],
)
def test_what_is_left_open_is_a_leak(run, function, argument, opened):
    ended = run(f"from hpy.debug import LeakDetector\nwith LeakDetector():\n    mod.{function}({argument})")
    assert "1 handle not closed" in ended.stderr
    assert f"opened by {opened} in method_{function}_impl" in ended.stderr
    assert "str 'b'" in ended.stderr


def test_an_item_that_was_closed_is_not_closed_again(run):
    report = run("mod.close_item_twice([1.5, 2.5])").report
    assert report.rule == "closed-twice"
    assert begins("HPySequence_GetItems", "close_item_twice").match(report.opened)
    assert begins("HPy_Close", "close_item_twice").match(report.closed)
    assert line("HPy_CloseArray", "close_item_twice").match(report.misused)


def test_an_argument_is_not_closed_in_an_array(run):
    report = run("mod.close_argument_in_array([1])").report
    assert report.rule == "closed-argument"
    assert line("HPy_CloseArray", "close_argument_in_array").match(report.misused)


def test_a_closed_item_is_not_used(run):
    report = run("mod.use_closed_item([1.5])").report
    assert report.rule == "used-after-close"
    assert begins("HPySequence_GetItems", "use_closed_item").match(report.opened)
    assert begins("HPy_CloseArray", "use_closed_item").match(report.closed)


def test_a_closed_handle_does_not_go_into_a_list(run):
    report = run("mod.list_of_closed([1])").report
    assert report.rule == "used-after-close"
    assert line("HPyList_FromArray", "list_of_closed").match(report.misused)


def test_a_time_zone_is_a_handle_like_others(run):
    report = run(
        "import datetime\nmod.use_released_time_zone(datetime.time(tzinfo=datetime.timezone.utc))"
    ).report
    assert report.rule == "used-after-close"
    assert begins("HPyDateTime_GetFields", "use_released_time_zone").match(report.opened)
