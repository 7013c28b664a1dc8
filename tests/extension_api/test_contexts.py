"""Which context the functions of another extension get: always their own, also where one binary is loaded in
several modes or interpreters."""

import json
import os
import sys

import pytest
from extension_api import parties
from support import loading
from support.subinterpreters import Interpreters

pytestmark = pytest.mark.after_0_9_0


@pytest.mark.smoke
@pytest.mark.parametrize("provider", parties.PARTIES)
@pytest.mark.parametrize("user", parties.USERS)
def test_each_side_has_its_own_context(provider, user):
    with parties.published(provider):
        names = parties.user(user).names()
    assert names == tuple(map(context_name, (user, provider)))


def context_name(party):
    abi, _, mode = party.partition(":")
    names = {"cpython": "HPy CPython ABI", "c": "C API"}
    return names.get(abi) or loading.name_of_context(mode or "universal")


@pytest.mark.parametrize("provider", parties.PARTIES)
@pytest.mark.parametrize("user", parties.PARTIES)
def test_functions_are_called_directly_where_both_have_the_same_context(provider, user, tmp_path):
    with parties.published(provider):
        shares = parties.user(user, folder=tmp_path).shares_context()
    assert shares == (context_of(provider) == context_of(user))


def context_of(party):
    """Modules have a context of their own in each mode; without one they share it."""
    abi, _, mode = party.partition(":")
    return object() if mode else abi == "cpython"


@pytest.mark.parametrize("user", parties.USERS)
def test_a_binary_publishes_in_several_modes_at_once(user, tmp_path):
    modes = ["universal", "universal:debug", "universal:trace", "universal:debug+trace"]
    modules = {}
    for mode in modes:
        (tmp_path / mode).mkdir()
        with parties.published(mode):
            modules[mode] = parties.user(user, folder=tmp_path / mode)
    for mode, module in [*modules.items()] * 2:
        assert module.names() == (context_name(user), context_name(mode))
        assert module.add(3) == 6.5


@pytest.mark.parametrize("provider", ["universal", "universal:debug", "cpython"])
@pytest.mark.parametrize("first", ["universal", "universal:debug", "universal:trace"])
def test_a_static_variable_serves_an_importer_in_several_modes(provider, first, tmp_path):
    modes = [first, "universal", "universal:debug", "universal:trace", first]
    with parties.published(provider):
        users = [parties.user(mode, folder=tmp_path) for mode in modes]
    for mode, user in zip(modes, users):
        assert user.names() == (context_name(mode), context_name(provider))


WITHOUT_A_RUNTIME = """
import sys
sys.modules["hpy"] = sys.modules["hpy.universal"] = None
from support.loading import load_extension
sys.modules["pairs"] = load_extension("pairs", sys.argv[1])
user = load_extension("user", sys.argv[2])
user.import_api()
h = user.new_pair()
user.swap(h)
print(h.first, user.tuple(1, 2), user.divide(7, 2))
"""


@pytest.mark.parametrize("user", ["cpython", "c"])
def test_two_of_the_cpython_abi_need_no_runtime(user):
    paths = [str(parties.compile_party(name, abi)) for name, abi in [("pairs", "cpython"), ("user", user)]]
    done = loading.run_in_subprocess(WITHOUT_A_RUNTIME, arguments=paths)
    assert (done.stdout, done.stderr) == ("2.5 (1, 2) (0, 3, 1, 0)\n", "")


IN_AN_INTERPRETER = """
import json, os, sys
sys.path[:] = search
from extension_api import parties
with parties.published(provider) as pairs:
    module = parties.user(user)
h = module.new_pair()
module.swap(h)
result = [type(h) is pairs.Pair, h.first, module.tuple(1, 2), module.names()]
for _ in range(rounds):
    module.count()
os.write(descriptor, (json.dumps(result) + "\\n").encode())
"""


@pytest.mark.smoke
@pytest.mark.parametrize("provider", ["universal", "universal:debug", "cpython"])
@pytest.mark.parametrize("user", ["universal", "universal:trace", "cpython", "c"])
def test_two_interpreters_have_their_own_providers(provider, user):
    interpreters = Interpreters()
    read, write = os.pipe()
    names = {"search": sys.path, "provider": provider, "user": user, "descriptor": write, "rounds": 100}
    code = "".join(f"{name} = {value!r}\n" for name, value in names.items()) + IN_AN_INTERPRETER
    with parties.published(provider) as pairs, open(read) as results:
        here = parties.user(user)
        for _ in range(2):
            interpreter = interpreters.create(threads=True)
            interpreters.run(interpreter, code)
            expected = [True, 2.5, [1, 2], [context_name(user), context_name(provider)]]
            assert json.loads(results.readline()) == expected
            assert type(here.new_pair()) is pairs.Pair
            interpreters.destroy(interpreter)
            assert type(here.new_pair()) is pairs.Pair
    os.close(write)


WITHOUT_IMPORTING = """
import json, os, sys
sys.path[:] = search
from extension_api import parties
try:
    result = parties.load_user(user).add(1)
except RuntimeError as error:
    result = str(error)
os.write(descriptor, (json.dumps(result) + "\\n").encode())
"""


@pytest.mark.parametrize("user", ["universal", "cpython", "c"])
def test_a_provider_that_is_not_loaded_in_this_interpreter(user):
    interpreters = Interpreters()
    read, write = os.pipe()
    names = {"search": sys.path, "user": user, "descriptor": write}
    code = "".join(f"{name} = {value!r}\n" for name, value in names.items()) + WITHOUT_IMPORTING
    with parties.published("universal:debug"), open(read) as results:
        parties.user(user)  # leaves the functions in its static variable
        interpreter = interpreters.create(threads=True)
        interpreters.run(interpreter, code)
        assert json.loads(results.readline()) == (
            "Pairs_Add cannot be called: the extension that has it has not published it in this interpreter "
            "in the mode that it was imported from; import its table again in this interpreter"
        )
        interpreters.destroy(interpreter)
    os.close(write)
