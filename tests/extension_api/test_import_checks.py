"""What an extension finds out when it imports the functions of another: versions, names, signatures,
structs, and forged tables."""

import ctypes
import gc
import re
import sys
import types
import weakref

import pytest
from extension_api import parties

pytestmark = pytest.mark.after_0_9_0

NEWER_FUNCTION = """
static int Pairs_Newer_impl(HPyContext *ctx)
{
    (void)ctx;
    return 3;
}
"""
#: With `Pairs_Newer`, which was added with minor version 3.
NEWER = [("PAIRS_MINOR", "3"), ("PAIRS_NEWER(FUNCTION,TYPE)", "FUNCTION(3, int, Pairs_Newer, void)")]


def add_with(parameters):
    """`Pairs_Add` with these types."""
    return ("PAIRS_ADD(FUNCTION)", f"FUNCTION(0, double, Pairs_Add, {parameters})")


#: Calls between all pairs are in test_calls.py.
AS_UNIVERSAL = pytest.mark.slow("has the code of the universal ABI")
LOADED_AS = ["universal", pytest.param("cpython", marks=AS_UNIVERSAL)]
USERS = ["universal", pytest.param("cpython", marks=AS_UNIVERSAL), "c"]


@pytest.fixture(params=LOADED_AS)
def provider(request):
    return request.param


@pytest.fixture(params=USERS)
def user(request):
    return request.param


def suffix(user):
    """Of the names of what extensions of this ABI import."""
    return "_objects" if user == "c" else ""


def published_newer(party, macros=NEWER):
    return parties.published(party, macros, parties.text_of("pairs") + NEWER_FUNCTION)


def refused(user, text, macros=()):
    """The import fails with this text, all of it."""
    module = parties.load_user(user, macros)
    with pytest.raises(ImportError) as caught:
        module.import_api()
    assert str(caught.value) == text
    assert "__api_imports__" not in vars(module)


@pytest.fixture
def place_of_pairs():
    """A module `pairs` for a test to fill."""
    module = types.ModuleType("pairs")
    sys.modules["pairs"] = module
    yield module
    del sys.modules["pairs"]


def test_a_module_that_is_missing(user):
    module = parties.load_user(user, [("PAIRS_NAME", '"missing_pairs._api"')])
    with pytest.raises(ModuleNotFoundError, match="No module named 'missing_pairs'"):
        module.import_api()


def test_a_module_without_the_table(user, place_of_pairs):
    refused(
        user,
        f"module 'pairs' has no '_api{suffix(user)}', the table of functions that this extension needs in "
        "version 1.2 or newer; install a newer version of the module",
    )


def test_an_attribute_whose_look_up_fails(user, place_of_pairs):
    def fail(name):
        raise LookupError(name)

    vars(place_of_pairs)["__getattr__"] = fail
    module = parties.load_user(user)
    with pytest.raises(LookupError, match=f"_api{suffix(user)}"):
        module.import_api()


def test_a_provider_that_is_too_old(provider, user):
    with parties.published(provider):
        refused(
            user,
            "pairs._api has version 1.2, which is too old: this extension needs 1.3 or newer; install a "
            "newer version of the module that has the table",
            NEWER,
        )


@pytest.mark.parametrize(
    ("major", "age", "what_to_do"),
    [
        (0, "old", "install a newer version of the module that has the table"),
        (2, "new", "rebuild the extension, or install an older version of the module that has the table"),
    ],
    ids=["older", "newer"],
)
def test_a_provider_of_another_major_version(provider, user, major, age, what_to_do):
    with parties.published(provider, [("PAIRS_MAJOR", str(major))]):
        refused(
            user,
            f"pairs._api has version {major}.2, which is too {age}: this extension needs 1.2; {what_to_do}",
        )


def test_a_provider_of_a_newer_minor_version(provider, user):
    with published_newer(provider):
        assert parties.user(user).add(3) == 6.5
        assert parties.load_user(user, NEWER).import_api() is None


def test_a_function_with_another_signature(provider, user):
    with parties.published(provider, [add_with("double, int, const double")]):
        refused(
            user,
            "pairs._api 1.2 has 'Pairs_Add' as double (double, int, const double), and this extension was "
            "compiled for double (double, int, double): it has changed without a new major version; "
            "rebuild the extension",
        )


def test_spaces_in_a_signature_do_not_matter(provider, user):
    with parties.published(provider):
        module = parties.load_user(user, [add_with("double ,int , double")])
        assert module.import_api() is None


def test_another_function_in_the_same_place(provider, user):
    other = [NEWER[0], ("PAIRS_NEWER(FUNCTION,TYPE)", "FUNCTION(3, int, Pairs_Other, void)")]
    with published_newer(provider):
        refused(
            user,
            "pairs._api 1.3 has 'Pairs_Newer' in the place where 'Pairs_Other' was when this extension was "
            "compiled, without a new major version; rebuild the extension",
            other,
        )


def test_a_function_that_was_removed(provider, user):
    with parties.published(provider, [("PAIRS_MINOR", "3")]):
        refused(
            user,
            "pairs._api 1.3 has 9 functions, and this extension was compiled for 10: some were removed "
            "without a new major version; rebuild the extension",
            NEWER,
        )


def test_a_struct_of_another_version(provider, user):
    with parties.published(provider, [("PAIRS_STRUCT_VERSION", "4")]):
        refused(
            user,
            "pairs._api 1.2: the struct of 'Pair_AsStruct' has version 4 and 16 bytes, and this extension "
            "was compiled for version 3 with 16 bytes; rebuild the extension",
        )


def test_a_struct_that_has_become_smaller(provider, user):
    with parties.published(provider):
        refused(
            user,
            "pairs._api 1.2: the struct of 'Pair_AsStruct' has version 3 and 16 bytes, and this extension "
            "was compiled for version 3 with 24 bytes; rebuild the extension",
            [("PAIRS_MORE_FIELDS", "double more;")],
        )


def test_a_struct_that_has_grown_at_its_end(provider, user):
    with parties.published(provider, [("PAIRS_MORE_FIELDS", "double more;")]):
        module = parties.user(user)
        h = module.new_pair()
        module.swap(h)
    assert (h.first, h.second) == (2.5, 1.5)


def new_capsule(pointer, name):
    new = ctypes.pythonapi.PyCapsule_New
    new.restype = ctypes.py_object
    new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return new(pointer, name, None)


def test_an_attribute_that_is_no_capsule(user, place_of_pairs):
    place_of_pairs._api = place_of_pairs._api_objects = 42
    module = parties.load_user(user)
    with pytest.raises(ImportError, match=f"pairs._api{suffix(user)} is no capsule of that name"):
        module.import_api()


def test_a_capsule_of_another_name(user, place_of_pairs):
    name, place = b"pairs._other", ctypes.create_string_buffer(64)
    place_of_pairs._api = place_of_pairs._api_objects = new_capsule(ctypes.addressof(place), name)
    module = parties.load_user(user)
    with pytest.raises(ImportError, match=f"pairs._api{suffix(user)} is no capsule of that name"):
        module.import_api()


def test_a_capsule_that_holds_no_table(user, place_of_pairs):
    name, place = f"pairs._api{suffix(user)}".encode(), ctypes.create_string_buffer(64)
    setattr(place_of_pairs, f"_api{suffix(user)}", new_capsule(ctypes.addressof(place), name))
    module = parties.load_user(user)
    with pytest.raises(ImportError, match=r"its mark is 0x00000000, not 0x.*forged"):
        module.import_api()


@pytest.mark.parametrize("context", [None, 6, 1 << 40])
def test_a_capsule_that_does_not_say_who_published_it(provider, context):
    with parties.published(provider) as pairs:
        table = ctypes.pythonapi.PyCapsule_GetPointer
        table.restype = ctypes.c_void_p
        table.argtypes = [ctypes.py_object, ctypes.c_char_p]
        name = b"pairs._api"
        pairs._api = new_capsule(table(pairs._api, name), name)
        set_context = ctypes.pythonapi.PyCapsule_SetContext
        set_context.argtypes = [ctypes.py_object, ctypes.c_void_p]
        set_context(pairs._api, context)
        module = parties.load_user("universal")
        with pytest.raises(ImportError, match="does not say by which context it was published"):
            module.import_api()


@pytest.mark.parametrize(
    ("since", "problem"),
    [(4, "4, which is not yet reached"), (1, "1, which is less than that of the function before it")],
)
def test_a_table_that_breaks_the_rules_of_growth_is_not_published(provider, since, problem):
    macros = [NEWER[0], (NEWER[1][0], f"FUNCTION({since}, int, Pairs_Newer, void)")]
    with pytest.raises(ImportError) as caught, published_newer(provider, macros):
        pass
    assert str(caught.value) == (
        f"pairs._api 1.3: 'Pairs_Newer' is said to be there since minor version {problem}; functions are "
        "only added at the end, each with the minor version that adds it"
    )


@pytest.mark.parametrize("name", ["pairs", ".pairs", "pairs."])
def test_a_name_that_is_none_is_not_published(provider, name):
    with pytest.raises(ImportError, match=f"'{re.escape(name)}' is no name for a table of functions"):
        parties.load("pairs", provider, [("PAIRS_NAME", f'"{name}"')])


def test_the_provider_lives_as_long_as_who_uses_it(provider, user):
    with parties.published(provider) as pairs:
        module = parties.user(user)
    alive = weakref.ref(pairs)
    del pairs
    gc.collect()
    assert alive() is not None
    assert module.add(3) == 6.5
    del module
    gc.collect()
    assert alive() is None


def test_a_table_is_imported_again(provider, user):
    with parties.published(provider) as pairs:
        module = parties.user(user)
        before = sys.getrefcount(pairs)
        for _ in range(10):
            module.import_api()
        assert sys.getrefcount(pairs) == before
        assert list(module.__api_imports__.values()) == [pairs]
