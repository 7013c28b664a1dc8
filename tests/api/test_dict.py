"""dict objects; items go through the item protocol."""

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    function("check", 1, "HPyDict_Check(ctx, a)", "status")
    + function("new", 0, "HPyDict_New(ctx)")
    + function("keys", 1, "HPyDict_Keys(ctx, a)")
    + function("copy", 1, "HPyDict_Copy(ctx, a)")
)


class Derived(dict):
    def keys(self):
        return ["mine"]


@pytest.mark.smoke
def test_check(mod):
    assert mod.check({}) == mod.check(Derived()) == 1
    assert mod.check([]) == mod.check(None) == 0


@pytest.mark.smoke
def test_new(mod):
    first, second = mod.new(), mod.new()
    assert first == {}
    assert first is not second


@pytest.mark.smoke
def test_keys_is_a_list(mod):
    assert mod.keys({"b": 1, "a": 2}) == ["b", "a"]
    assert mod.keys({}) == []


def test_keys_of_a_subclass_asks_no_method(mod):
    assert mod.keys(Derived(a=1)) == ["a"]


@pytest.mark.smoke
def test_copy(mod):
    original = {"a": [1]}
    copy = mod.copy(original)
    assert copy == original
    assert copy is not original
    assert copy["a"] is original["a"]


def test_copy_of_a_subclass_is_a_dict(mod):
    assert type(mod.copy(Derived(a=1))) is dict


@pytest.mark.parametrize("name", ["keys", "copy"])
def test_what_is_no_dict(mod, name):
    for x in [3, [], NULL]:
        with pytest.raises(SystemError):
            getattr(mod, name)(x)


@pytest.mark.fixed_defect
def test_check_of_null_is_false(mod):
    assert mod.check(NULL) == 0
