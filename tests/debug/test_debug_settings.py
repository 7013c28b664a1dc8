"""Debug mode: the variable `HPY_DEBUG`."""

import pytest
from support import debugging, loading
from support.source import noargs

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0("runtime")]

SOURCE = noargs("fine", "return HPy_Dup(ctx, ctx->h_None);")


@pytest.mark.parametrize("word", ["wran", "trace=abc", "trace=-1", "trace=", "warn=1", "WARN", "warn trace"])
@pytest.mark.parametrize("value", ["{}", "warn,{}", "{},trace"])
def test_a_word_that_means_nothing_is_named(compile_module, value, word):
    path = compile_module(SOURCE)
    ended = debugging.run(path, "print('goes on')", environment={"HPY_DEBUG": value.format(word)})
    assert ended.returncode == 1
    assert ended.stdout == ""
    expected = f"ValueError: invalid HPY_DEBUG: '{word}' is none of 'warn', 'trace' and 'trace=N'"
    assert expected in ended.stderr


@pytest.mark.parametrize("value", ["", "warn", "trace", "trace=3", "warn, trace=0", "warn,"])
def test_what_means_something_is_taken(compile_module, value):
    ended = debugging.run(compile_module(SOURCE), "print(mod.fine())", environment={"HPY_DEBUG": value})
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "None\n", "")


def test_other_modes_do_not_look_at_it(compile_module):
    result = loading.run_in_subprocess(
        "print(mod.fine())", name="mod", path=compile_module(SOURCE), environment={"HPY_DEBUG": "wran"}
    )
    assert (result.returncode, result.stdout) == (0, "None\n"), result.stderr
