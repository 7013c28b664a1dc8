"""Data of one extension in two interpreters: what is called belongs to the one that the call is in."""

import sys
import textwrap

import pytest
from data_exchange import tensors, test_arrow
from support import loading
from support.subinterpreters import Interpreters

pytestmark = pytest.mark.after_0_9_0

CASES = {
    "tensors": (tensors, 'make(2, 3, "")', ("look", "borrow")),
    "columns": (test_arrow, 'make(3, "plain")', ("hold", "read")),
}


@pytest.mark.not_repeatable(reason="an interpreter that ends leaves memory behind")
@pytest.mark.parametrize("case", CASES)
def test_in_another_interpreter(make_module, compile_module, case):
    module, make, functions = CASES[case]
    main = make_module(module.SOURCE, **module.OPTIONS)
    path = compile_module(module.SOURCE, **module.OPTIONS)
    code = f"""
        import gc, sys
        sys.path[:] = {sys.path!r}
        from support import loading
        loading.mode = {loading.mode!r}
        mod = loading.load_extension("mod", {str(path)!r})
        before = mod.get_freed()
        data = mod.{make}
        for function in {functions!r}:
            getattr(mod, function)(data)
        mod.release_held(True)
        assert sys.getrefcount(data) == 2
        del data
        assert mod.get_freed() == before + 1
    """
    interpreters = Interpreters()
    interpreter = interpreters.create(threads=True)
    interpreters.run(interpreter, textwrap.dedent(code))
    interpreters.destroy(interpreter)
    # The binary, and with it the table, is the same here.
    data = eval(f"main.{make}", {"main": main})
    before = sys.getrefcount(data)
    for function in functions:
        getattr(main, function)(data)
    main.release_held(True)
    assert sys.getrefcount(data) == before
