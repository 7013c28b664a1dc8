"""Attributes, types, truth, conversion to text, comparison, hashes."""

import sys

import pytest
from support import NULL, function, module_fixture, unraisable_reports

mod = module_fixture(
    function("is_true", 1, "HPy_IsTrue(ctx, a)", "status")
    + function("get", 2, "HPy_GetAttr(ctx, a, b)")
    + function("get_s", 1, 'HPy_GetAttr_s(ctx, a, "été")')
    + function("has", 2, "HPy_HasAttr(ctx, a, b)", "status")
    + function("has_s", 1, 'HPy_HasAttr_s(ctx, a, "été")', "status")
    + function("set", 3, "HPy_SetAttr(ctx, a, b, c)", "status")
    + function("set_s", 2, 'HPy_SetAttr_s(ctx, a, "été", b)', "status")
    + function("delete", 2, "HPy_DelAttr(ctx, a, b)", "status")
    + function("delete_s", 1, 'HPy_DelAttr_s(ctx, a, "été")', "status")
    + function("type", 1, "HPy_Type(ctx, a)")
    + function("type_check", 2, "HPy_TypeCheck(ctx, a, b)", "status")
    + "".join(function(name.lower(), 1, f"HPy_{name}(ctx, a)") for name in ["Repr", "Str", "ASCII", "Bytes"])
    + function("compare", 3, "HPy_RichCompare(ctx, a, b, (int)HPyLong_AsLong(ctx, c))")
    + function("compare_bool", 3, "HPy_RichCompareBool(ctx, a, b, (int)HPyLong_AsLong(ctx, c))", "status")
    + function("hash", 1, "HPy_Hash(ctx, a)", "signed")
    + function("dump", 1, "_HPy_Dump(ctx, a)", "void")
    + """
HPyDef_METH(ordered, "ordered", HPyFunc_VARARGS)
static HPy ordered_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    int64_t v1 = HPyLong_AsInt64_t(ctx, args[0]), v2 = HPyLong_AsInt64_t(ctx, args[1]);
    HPy_RichCmpOp op = (HPy_RichCmpOp)HPyLong_AsInt64_t(ctx, args[2]);
    HPy_RETURN_RICHCOMPARE(ctx, v1, v2, op);
}
"""
)

LT, LE, EQ, NE, GT, GE = range(6)


class Attributes:
    pass


class Failing:
    """Every look at an attribute is an error that is not AttributeError."""

    def __getattr__(self, name):
        raise ZeroDivisionError(name)

    def __setattr__(self, name, value):
        raise ZeroDivisionError(name)

    def __delattr__(self, name):
        raise ZeroDivisionError(name)


class Unusable:
    def _fail(self, *args):
        raise ZeroDivisionError

    __bool__ = __repr__ = __str__ = __bytes__ = __eq__ = __lt__ = __hash__ = _fail


@pytest.mark.smoke
def test_is_true(mod):
    assert [mod.is_true(x) for x in (True, False, 0, 3, [], [0], None, "")] == [1, 0, 0, 1, 0, 1, 0, 0]


def test_is_true_error_propagates(mod):
    with pytest.raises(ZeroDivisionError):
        mod.is_true(Unusable())


@pytest.mark.smoke
def test_get_attribute(mod):
    x = Attributes()
    x.été = x.other = 5
    assert mod.get(x, "other") == 5
    assert mod.get_s(x) == 5


def test_get_missing_attribute(mod):
    with pytest.raises(AttributeError, match="^'Attributes' object has no attribute 'other'$"):
        mod.get(Attributes(), "other")
    with pytest.raises(AttributeError, match="'été'"):
        mod.get_s(Attributes())


def test_get_attribute_error_propagates(mod):
    with pytest.raises(ZeroDivisionError):
        mod.get(Failing(), "x")
    with pytest.raises(ZeroDivisionError, match="été"):
        mod.get_s(Failing())


def test_attribute_name_must_be_str(mod):
    for call in [lambda: mod.get(Attributes(), 3), lambda: mod.set(Attributes(), 3, 3)]:
        with pytest.raises(TypeError, match="attribute name must be string"):
            call()


@pytest.mark.smoke
def test_has_attribute(mod):
    x = Attributes()
    x.été = 5
    assert mod.has(x, "été") == mod.has_s(x) == 1
    assert mod.has(x, "other") == 0
    assert mod.has_s(Attributes()) == 0


def test_has_attribute_never_fails(mod):
    with unraisable_reports():
        assert mod.has(Failing(), "x") == 0
        assert mod.has_s(Failing()) == 0
        assert mod.has(Attributes(), 3) == 0


@pytest.mark.fixed_defect
def test_has_attribute_reports_other_errors_as_unraisable(mod):
    with unraisable_reports() as reported:
        assert mod.has(Failing(), "x") == 0
        assert mod.has_s(Failing()) == 0
        assert mod.has(Attributes(), "missing") == 0
    assert [(kind, text) for kind, text, _ in reported] == [
        (ZeroDivisionError, "x"),
        (ZeroDivisionError, "été"),
    ]


@pytest.mark.smoke
def test_set_attribute(mod):
    x = Attributes()
    assert mod.set(x, "other", 1) == 0
    assert mod.set_s(x, 2) == 0
    assert vars(x) == {"other": 1, "été": 2}


def test_set_attribute_on_a_builtin(mod):
    with pytest.raises(AttributeError):
        mod.set(3, "other", 1)
    with pytest.raises(AttributeError):
        mod.set_s(3, 1)


def test_set_attribute_error_propagates(mod):
    with pytest.raises(ZeroDivisionError):
        mod.set(Failing(), "x", 1)
    with pytest.raises(ZeroDivisionError):
        mod.delete_s(Failing())


def test_set_attribute_to_null_deletes(mod):
    x = Attributes()
    x.été = x.other = 5
    assert mod.set(x, "other", NULL) == mod.set_s(x, NULL) == 0
    assert vars(x) == {}


def test_delete_attribute(mod):
    x = Attributes()
    x.été = x.other = 5
    assert mod.delete(x, "other") == mod.delete_s(x) == 0
    assert vars(x) == {}
    with pytest.raises(AttributeError):
        mod.delete(x, "other")
    with pytest.raises(AttributeError):
        mod.delete_s(x)


@pytest.mark.smoke
def test_type(mod):
    for x in [1, "a", int, Attributes(), None]:
        assert mod.type(x) is type(x)


@pytest.mark.smoke
def test_type_check(mod):
    assert mod.type_check(True, int) == 1
    assert mod.type_check(1, bool) == 0
    assert mod.type_check(Attributes(), object) == 1


def test_type_check_asks_no_metaclass(mod):
    class Meta(type):
        def __instancecheck__(cls, instance):
            return True

    class Claims(metaclass=Meta):
        pass

    assert isinstance(1, Claims)
    assert mod.type_check(1, Claims) == 0


@pytest.mark.smoke
def test_conversion_to_text(mod):
    assert mod.repr("é") == "'é'"
    assert mod.str("é") == "é"
    assert mod.ascii("é") == "'\\xe9'"
    assert mod.bytes([1, 2]) == b"\x01\x02"


def test_bytes_of_str(mod):
    with pytest.raises(TypeError):
        mod.bytes("x")


def test_conversion_error_propagates(mod):
    for name in ["repr", "str", "ascii", "bytes"]:
        with pytest.raises(ZeroDivisionError):
            getattr(mod, name)(Unusable())


def test_conversion_checks_the_result(mod):
    class Wrong:
        def __repr__(self):
            return 3

    with pytest.raises(TypeError, match="returned non-string|must return a str"):
        mod.repr(Wrong())


def test_repr_and_str_of_null(mod):
    assert mod.repr(NULL) == "<NULL>"
    assert mod.str(NULL) == "<NULL>"


@pytest.mark.smoke
def test_rich_compare(mod):
    assert [mod.compare(1, 2, op) for op in range(6)] == [True, True, False, True, False, False]
    assert [mod.compare_bool(2, 2, op) for op in range(6)] == [0, 1, 1, 0, 0, 1]


def test_rich_compare_result_is_not_converted(mod):
    class Odd:
        def __eq__(self, other):
            return "equal"

    assert mod.compare(Odd(), 1, EQ) == "equal"
    assert mod.compare_bool(Odd(), 1, EQ) == 1


def test_rich_compare_bool_trusts_identity(mod):
    nan = float("nan")
    assert mod.compare(nan, nan, EQ) is False
    assert mod.compare_bool(nan, nan, EQ) == 1
    assert mod.compare_bool(nan, nan, NE) == 0


def test_rich_compare_errors(mod):
    with pytest.raises(TypeError, match="'<' not supported between instances of 'int' and 'str'"):
        mod.compare(1, "a", LT)
    with pytest.raises(ZeroDivisionError):
        mod.compare_bool(Unusable(), 1, EQ)


@pytest.mark.fixed_defect
@pytest.mark.breaks_rules("wrong-constant", reason="about such numbers")
@pytest.mark.parametrize("op", [-1, 6, 77, 2**31 - 1, -(2**31)])
def test_rich_compare_with_an_unknown_operation(mod, op):
    """CPython would take it for an index of its tables."""
    for compare in [mod.compare, mod.compare_bool]:
        with pytest.raises(SystemError, match="^invalid comparison operator: use one of HPy_LT"):
            compare(1, 2, op)


def test_return_rich_compare_macro(mod):
    for v1, v2 in [(1, 2), (2, 2), (3, 2)]:
        results = [mod.ordered(v1, v2, op) for op in range(6)]
        assert results == [v1 < v2, v1 <= v2, v1 == v2, v1 != v2, v1 > v2, v1 >= v2]


def test_return_rich_compare_macro_with_unknown_operation_is_fatal(run_in_subprocess):
    source = (
        'HPyDef_METH(f, "f", HPyFunc_NOARGS)\n'
        "static volatile HPy_RichCmpOp unknown = (HPy_RichCmpOp)9;\n"
        "static HPy f_impl(HPyContext *ctx, HPy self) { HPy_RETURN_RICHCOMPARE(ctx, 1, 2, unknown); }"
    )
    result = run_in_subprocess("mod.f()", source)
    assert result.returncode < 0
    assert "Invalid value for HPy_RichCmpOp" in result.stderr


@pytest.mark.smoke
def test_hash(mod):
    for x in [1, -1, "text", (1, 2), 1.5]:
        assert mod.hash(x) == hash(x)


def test_hash_errors(mod):
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        mod.hash([])
    with pytest.raises(ZeroDivisionError):
        mod.hash(Unusable())


def test_dump_writes_to_stderr(run_in_subprocess):
    result = run_in_subprocess(
        "mod.dump(['some', 'object'])", function("dump", 1, "_HPy_Dump(ctx, a)", "void")
    )
    assert result.returncode == 0
    assert "['some', 'object']" in result.stderr
    assert "list" in result.stderr


@pytest.mark.fixed_defect
def test_type_of_null_is_a_system_error(mod):
    with pytest.raises(SystemError):
        mod.type(NULL)


@pytest.mark.fixed_defect
def test_null_is_an_error(mod):
    for call in [
        lambda: mod.is_true(NULL),
        lambda: mod.get(NULL, "x"),
        lambda: mod.get(3, NULL),
        lambda: mod.get_s(NULL),
        lambda: mod.set(NULL, "x", 1),
        lambda: mod.set(Attributes(), NULL, 1),
        lambda: mod.set_s(NULL, 1),
        lambda: mod.delete(NULL, "x"),
        lambda: mod.delete_s(NULL),
        lambda: mod.hash(NULL),
        lambda: mod.compare(NULL, 1, EQ),
        lambda: mod.compare(1, NULL, EQ),
        lambda: mod.compare_bool(NULL, 1, EQ),
        lambda: mod.compare_bool(1, NULL, EQ),
    ]:
        with pytest.raises(SystemError):
            call()


@pytest.mark.fixed_defect
def test_has_attribute_of_null_is_false(mod):
    assert mod.has(NULL, "x") == mod.has(3, NULL) == mod.has_s(NULL) == 0


@pytest.mark.fixed_defect
def test_type_check_of_null_is_false(mod):
    assert mod.type_check(NULL, int) == mod.type_check(1, NULL) == 0


# HPy_SetType

set_type = module_fixture(
    function("set_type", 2, "HPy_SetType(ctx, a, b)", "status"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


class Slots:
    __slots__ = ("x",)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_set_type(set_type):
    x = Attributes()
    x.a = 1
    assert set_type.set_type(x, Unusable) == 0
    assert type(x) is Unusable and vars(x) == {"a": 1}


@pytest.mark.after_0_9_0
def test_set_type_asks_no_setattr(set_type):
    x = Failing()
    assert set_type.set_type(x, Attributes) == 0
    assert type(x) is Attributes


@pytest.mark.after_0_9_0
def test_set_type_takes_its_own_references(set_type):
    one, two = type("One", (), {}), type("Two", (), {})
    before = sys.getrefcount(one), sys.getrefcount(two)
    x = one()
    set_type.set_type(x, two)
    set_type.set_type(x, one)
    del x
    assert (sys.getrefcount(one), sys.getrefcount(two)) == before


@pytest.mark.after_0_9_0
def test_set_type_of_another_layout(set_type):
    for x in [Attributes(), Slots()]:
        for kind in [int, list, Slots if type(x) is Attributes else Attributes]:
            with pytest.raises(TypeError, match="layout differs|only supported for"):
                set_type.set_type(x, kind)
    with pytest.raises(TypeError, match="only supported for"):
        set_type.set_type(3, bool)


@pytest.mark.after_0_9_0
def test_set_type_to_what_is_no_type(set_type):
    for kind in [3, "x", Attributes()]:
        with pytest.raises(TypeError, match="^__class__ must be set to a class, not '.*' object$"):
            set_type.set_type(Attributes(), kind)


@pytest.mark.after_0_9_0
def test_set_type_of_null(set_type):
    for args in [(NULL, Attributes), (Attributes(), NULL)]:
        with pytest.raises(SystemError, match="^null argument to HPy_SetType$"):
            set_type.set_type(*args)
