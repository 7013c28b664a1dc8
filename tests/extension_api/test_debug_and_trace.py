"""What debug mode and trace mode see of calls from one extension to another."""

import sys

import hpy.debug
import hpy.trace
import pytest
from extension_api import parties
from hpy.universal import _debug
from support.source import c_text

pytestmark = pytest.mark.after_0_9_0


def calls(kind):
    rows = [row for row in hpy.trace.get_profile() if row.kind == kind and row.calls]
    return {(row.module, row.name): row.calls for row in rows}


@pytest.mark.parametrize("provider", ["universal", "universal:debug", "cpython"])
def test_trace_mode_counts_calls_of_another_extension(provider):
    with parties.published(provider):
        user = parties.user("universal:trace")
    hpy.trace.reset()
    user.add(1)
    user.add(2)
    user.new_pair()
    assert calls("import") == {("user", "pairs._api.Pairs_Add"): 2, ("user", "pairs._api.Pairs_New"): 1}


@pytest.mark.parametrize("user", ["universal", "cpython", "c"])
def test_trace_mode_counts_the_functions_that_others_call(user):
    with parties.published("universal:trace"):
        user = parties.user(user)
    hpy.trace.reset()
    user.add(1)
    user.add(2)
    assert calls("function") == {("pairs", "Pairs_Add"): 2}
    assert calls("import") == {}


@pytest.fixture
def careless():
    """Loads both sides of `careless.c` in modes."""

    def load(provider, user):
        text = c_text(__file__, "careless.c")
        sys.modules["careless"] = parties.load("careless", provider, (), text)
        return parties.load("careless_user", user, [("CARELESS_USER", "1")], text)

    _debug.collect_reports()
    yield load
    _debug.take_reports()
    sys.modules.pop("careless", None)


def rules():
    return [rule for rule, _ in _debug.take_reports()]


def leaked(function, *args):
    with pytest.raises(hpy.debug.HPyLeakError) as caught, hpy.debug.LeakDetector():
        function(*args)
    return str(caught.value)


IMPORTERS = ["universal", "universal:debug", "cpython"]


@pytest.mark.parametrize("user", IMPORTERS)
def test_debug_mode_sees_an_argument_that_is_closed(careless, user):
    user = careless("universal:debug", user)
    value = object()
    before = sys.getrefcount(value)
    user.close_argument(value)
    assert rules() == ["closed-argument"]
    assert sys.getrefcount(value) == before


@pytest.mark.parametrize("user", IMPORTERS)
def test_debug_mode_sees_a_leak_of_a_function_that_others_call(careless, user):
    user = careless("universal:debug", user)
    assert "HPy_Dup in Careless_Leak_" in leaked(user.leak, object())


@pytest.mark.parametrize("user", IMPORTERS)
def test_debug_mode_sees_an_argument_that_is_used_after_the_call(careless, user):
    user = careless("universal:debug", user)
    user.keep_open(object())
    user.keep_open()
    assert rules() == ["used-after-close"]


@pytest.mark.parametrize("provider", IMPORTERS)
def test_debug_mode_sees_that_a_closed_handle_is_passed(careless, provider):
    user = careless(provider, "universal:debug")
    user.pass_closed(object())
    assert rules()[0] == "used-after-close"


@pytest.mark.parametrize("provider", IMPORTERS)
def test_debug_mode_sees_that_a_result_is_forgotten(careless, provider):
    user = careless(provider, "universal:debug")
    assert "forget_result_impl" in leaked(user.forget_result, object())
