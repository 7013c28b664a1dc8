"""bytes objects."""

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    "#include <string.h>\n"
    + function("check", 1, "HPyBytes_Check(ctx, a)", "status")
    + function("size", 1, "HPyBytes_Size(ctx, a)", "status")
    + function("unchecked_size", 1, "HPyBytes_GET_SIZE(ctx, a)", "status")
    + function("as_string", 1, "HPyBytes_AsString(ctx, a)", "string")
    + function("unchecked_as_string", 1, "HPyBytes_AS_STRING(ctx, a)", "string")
    + function("from_string", 0, 'HPyBytes_FromString(ctx, "some\\xff bytes")')
    + function(
        "from_string_and_size", 1, 'HPyBytes_FromStringAndSize(ctx, "a\\0bcd", HPyLong_AsSsize_t(ctx, a))'
    )
    + function("from_null", 1, "HPyBytes_FromStringAndSize(ctx, NULL, HPyLong_AsSsize_t(ctx, a))")
    + function("ends_with_nul", 1, "HPyBytes_AsString(ctx, a)[HPyBytes_Size(ctx, a)] == 0", "status")
)


class Derived(bytes):
    pass


@pytest.mark.smoke
def test_check(mod):
    assert mod.check(b"") == mod.check(Derived()) == 1
    assert mod.check("") == mod.check(bytearray()) == 0


@pytest.mark.smoke
def test_size(mod):
    assert mod.size(b"a\0b") == mod.unchecked_size(b"a\0b") == 3
    assert mod.size(Derived(b"ab")) == 2


@pytest.mark.smoke
def test_as_string(mod):
    assert mod.as_string(b"abc") == mod.unchecked_as_string(b"abc") == b"abc"
    assert mod.ends_with_nul(b"abc") == 1


def test_str_instead_of_bytes_text(mod):
    for call in [lambda: mod.size("x"), lambda: mod.as_string("x")]:
        with pytest.raises(TypeError, match="^expected bytes, str found$"):
            call()


@pytest.mark.smoke
def test_from_string(mod):
    assert mod.from_string() == b"some\xff bytes"


def test_from_string_and_size(mod):
    assert mod.from_string_and_size(5) == b"a\0bcd"
    assert mod.from_string_and_size(0) == b""


def test_from_null_pointer_text(mod):
    for size in (0, 5):
        with pytest.raises(ValueError, match=r"^NULL char \* passed to HPyBytes_FromStringAndSize$"):
            mod.from_null(size)


def test_from_negative_size_text(mod):
    with pytest.raises(SystemError, match="^Negative size passed to PyBytes_FromStringAndSize$"):
        mod.from_string_and_size(-1)


@pytest.mark.fixed_defect
def test_null_is_an_error(mod):
    for name in ["size", "as_string"]:
        with pytest.raises((SystemError, TypeError)):
            getattr(mod, name)(NULL)


@pytest.mark.fixed_defect
def test_check_of_null_is_false(mod):
    assert mod.check(NULL) == 0


newer = module_fixture(
    function("join", 2, "HPyBytes_Join(ctx, a, b)"), macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")]
)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_join(newer):
    assert newer.join(b", ", [b"a", bytearray(b"b"), memoryview(b"c")]) == b"a, b, c"
    assert newer.join(b"", (b"%d" % i for i in range(3))) == b"012"
    assert newer.join(b"-", ()) == b""


@pytest.mark.after_0_9_0
def test_join_errors(newer):
    for separator in ["-", bytearray(b"-"), 3, None]:
        with pytest.raises(TypeError, match="^expected bytes, .* found$"):
            newer.join(separator, [b"a", b"b"])
    for items in [["a"], [b"a", 3], 3]:
        with pytest.raises(TypeError):
            newer.join(b"-", items)
    for arguments in [(NULL, []), (b"-", NULL)]:
        with pytest.raises(SystemError, match="^null argument to HPyBytes_Join$"):
            newer.join(*arguments)
