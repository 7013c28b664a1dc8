"""Every slot of a type, called by Python code.

Each slot function of the extension keeps a report of its call, `(slot, argument, ...)` with `...` for
HPy_NULL, and returns that report where the slot returns an object. `tp_call` is in `test_types_call`, the
buffer slots in `test_types_buffer`, `tp_traverse`, `tp_destroy` and `tp_finalize` in `test_types_lifetime`.
"""

import operator
import re
from pathlib import Path

import pytest
from support import function, module_fixture
from support.specs import BASE, METACLASS, maker, type_spec

# signature: (result type, error value, parameters, their format and values in the report)
SIGNATURES = {
    "UNARYFUNC": ("HPy", "HPy_NULL", "HPy a", "O", "a"),
    "BINARYFUNC": ("HPy", "HPy_NULL", "HPy a, HPy b", "OO", "a, b"),
    "TERNARYFUNC": ("HPy", "HPy_NULL", "HPy a, HPy b, HPy c", "OOO", "a, ANY(b), ANY(c)"),
    "SSIZEARGFUNC": ("HPy", "HPy_NULL", "HPy a, HPy_ssize_t i", "Ol", "a, (long)i"),
    "REPRFUNC": ("HPy", "HPy_NULL", "HPy a", "O", "a"),
    "RICHCMPFUNC": ("HPy", "HPy_NULL", "HPy a, HPy b, HPy_RichCmpOp op", "OOi", "a, b, (int)op"),
    "INQUIRY": ("int", "-1", "HPy a", "O", "a"),
    "LENFUNC": ("HPy_ssize_t", "-1", "HPy a", "O", "a"),
    "HASHFUNC": ("HPy_hash_t", "-1", "HPy a", "O", "a"),
    "OBJOBJPROC": ("int", "-1", "HPy a, HPy b", "OO", "a, b"),
    "OBJOBJARGPROC": ("int", "-1", "HPy a, HPy b, HPy c", "OOO", "a, b, ANY(c)"),
    "SSIZEOBJARGPROC": ("int", "-1", "HPy a, HPy_ssize_t i, HPy c", "OlO", "a, (long)i, ANY(c)"),
    "NEWFUNC": (
        "HPy",
        "HPy_NULL",
        "HPy a, const HPy *args, HPy_ssize_t n, HPy kw",
        "OOO",
        "a, tuple, ANY(kw)",
    ),
    "INITPROC": ("int", "-1", "HPy a, const HPy *args, HPy_ssize_t n, HPy kw", "OOO", "a, tuple, ANY(kw)"),
}

BINARY = "add subtract multiply matrix_multiply floor_divide true_divide remainder".split()
BINARY += "lshift rshift and xor or".split()
UNARY = "negative positive absolute invert int float index".split()

# type: {slot: (signature, the result where it is not the report)}
TYPES = {
    "Number": {
        **{f"nb_{name}": ("BINARYFUNC", None) for name in [*BINARY, "divmod"]},
        **{f"nb_inplace_{name}": ("BINARYFUNC", None) for name in BINARY},
        **{f"nb_{name}": ("UNARYFUNC", None) for name in UNARY},
        "nb_int": ("UNARYFUNC", "HPyLong_FromLong(ctx, 42)"),
        "nb_index": ("UNARYFUNC", "HPyLong_FromLong(ctx, 43)"),
        "nb_float": ("UNARYFUNC", "HPyFloat_FromDouble(ctx, 1.5)"),
        "nb_bool": ("INQUIRY", "0"),
        "nb_power": ("TERNARYFUNC", None),
        "nb_inplace_power": ("TERNARYFUNC", None),
    },
    "Sequence": {
        "sq_length": ("LENFUNC", "5"),
        "sq_item": ("SSIZEARGFUNC", None),
        "sq_ass_item": ("SSIZEOBJARGPROC", "0"),
        "sq_concat": ("BINARYFUNC", None),
        "sq_repeat": ("SSIZEARGFUNC", None),
        "sq_inplace_concat": ("BINARYFUNC", None),
        "sq_inplace_repeat": ("SSIZEARGFUNC", None),
        "sq_contains": ("OBJOBJPROC", "HPy_IsTrue(ctx, b)"),
    },
    "Mapping": {
        "mp_length": ("LENFUNC", "7"),
        "mp_subscript": ("BINARYFUNC", None),
        "mp_ass_subscript": ("OBJOBJARGPROC", "0"),
    },
    "General": {
        "tp_repr": ("REPRFUNC", 'HPyUnicode_FromString(ctx, "repr")'),
        "tp_str": ("REPRFUNC", 'HPyUnicode_FromString(ctx, "str")'),
        "tp_hash": ("HASHFUNC", "1234"),
        "tp_richcompare": ("RICHCMPFUNC", None),
        "tp_init": ("INITPROC", "0"),
    },
    "Made": {"tp_new": ("NEWFUNC", "HPy_New(ctx, a, &data)")},
}
AFTER_0_9_0 = {"Descriptor": {"tp_descr_get": ("TERNARYFUNC", None)}}
ELSEWHERE = {"tp_call", "tp_traverse", "tp_destroy", "tp_finalize", "bf_getbuffer", "bf_releasebuffer"}
ELSEWHERE |= {"tp_iter", "tp_iternext"}  # in test_types_iteration
ELSEWHERE |= {"tp_getattro", "tp_setattro", "tp_descr_set"}  # in test_types_attributes
ELSEWHERE |= {"am_await", "am_aiter", "am_anext", "am_send"}  # in test_types_async


def slot_text(slot, signature, result):
    """C text of a slot function that reports its call."""
    kind, error, parameters, codes, values = SIGNATURES[signature]
    tuple_of_arguments = "HPyTuple_FromArray(ctx, (HPy *)args, n)" if "*args" in parameters else "HPy_NULL"
    return f"""
HPyDef_SLOT({slot}, HPy_{slot})
static {kind} {slot}_impl(HPyContext *ctx, {parameters})
{{
    void *data;
    (void)data;
    HPy tuple = {tuple_of_arguments};
    int status = report(ctx, "{slot}", HPy_BuildValue(ctx, "(s{codes})", "{slot}", {values}));
    HPy_Close(ctx, tuple);
    if (status < 0)
        return {error};
    return {result or "HPyGlobal_Load(ctx, last_report)"};
}}
"""


def types_text(types):
    """C text of types with slots that report."""
    slots = "".join(slot_text(slot, *entry) for slots in types.values() for slot, entry in slots.items())
    return REPORT + slots + "".join(type_spec(name, *slots) for name, slots in types.items())


REPORT = (
    """
#define ANY(h) (HPy_IsNull(h) ? ctx->h_Ellipsis : (h))
static HPyGlobal last_report;
static int failing;

/* Keeps a report, which it closes; -1 with an exception if slots are to fail. */
static int report(HPyContext *ctx, const char *slot, HPy report)
{
    if (HPy_IsNull(report))
        return -1;
    HPyGlobal_Store(ctx, &last_report, report);
    HPy_Close(ctx, report);
    if (failing)
        HPyErr_SetString(ctx, ctx->h_ValueError, slot);
    return failing ? -1 : 0;
}
"""
    + function("last", 0, "HPyGlobal_Load(ctx, last_report)")
    + function("set_failing", 1, "failing = HPy_IsTrue(ctx, a)", "status")
)
OPTIONS = {"methods": ["make", "method_last", "method_set_failing"], "globals": ["last_report"]}

mod = module_fixture(
    types_text(TYPES)
    + """
HPyDef_SLOT(undecided_add, HPy_nb_add)
static HPy undecided_add_impl(HPyContext *ctx, HPy a, HPy b) { return HPy_Dup(ctx, ctx->h_NotImplemented); }
HPyDef_SLOT(undecided_richcompare, HPy_tp_richcompare)
static HPy undecided_richcompare_impl(HPyContext *ctx, HPy a, HPy b, HPy_RichCmpOp op)
{
    return HPy_Dup(ctx, ctx->h_NotImplemented);
}
HPyDef_SLOT(generic_new, HPy_tp_new)
static HPy generic_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    return HPyType_GenericNew(ctx, type, args, nargs, kw);
}
"""
    + type_spec("OnlyAdd", "nb_add")
    + type_spec("OnlyCompare", "tp_richcompare")
    + type_spec("OnlyNegative", "nb_negative")
    + type_spec("Undecided", "undecided_add", "undecided_richcompare")
    + type_spec("GenericMade", "generic_new", "tp_init")
    + maker(*TYPES, "OnlyAdd", "OnlyCompare", "OnlyNegative", "Undecided", "GenericMade"),
    **OPTIONS,
)
mod_after_0_9_0 = module_fixture(types_text(AFTER_0_9_0) + maker(*AFTER_0_9_0), **OPTIONS)


class Meta(type):
    pass


@pytest.fixture(params=[(), (METACLASS, Meta)], ids=["type", "metaclass"])
def metaclass(request):
    """Parameters for types, also with a metaclass: before CPython 3.12 that is another way to fill slots."""
    return request.param


@pytest.fixture
def make(mod, metaclass):
    """`make(name, *params)` with and without a metaclass."""
    return lambda name, *params: mod.make(name, *params, *metaclass)


@pytest.fixture
def number(make):
    return make("Number")()


@pytest.fixture
def sequence(make):
    return make("Sequence")()


@pytest.fixture
def mapping(make):
    return make("Mapping")()


@pytest.fixture
def general(make):
    return make("General")()


@pytest.fixture
def descriptor(mod_after_0_9_0, metaclass):
    return mod_after_0_9_0.make("Descriptor", *metaclass)()


def test_every_slot_is_here_or_elsewhere():
    header = (Path(__file__).parents[2] / "include" / "hpy" / "slots.h").read_text(encoding="utf-8")
    slots = set(re.findall(r"\bHPy_((?:nb|sq|mp|tp|bf|am)_\w+) (?:HPy_SINCE\(0, 1\) )?= HPy_SLOT", header))
    here = {slot for slots in [*TYPES.values(), *AFTER_0_9_0.values()] for slot in slots}
    assert here | ELSEWHERE == slots and not here & ELSEWHERE


# Numbers

OPERATORS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "matrix_multiply": operator.matmul,
    "floor_divide": operator.floordiv,
    "true_divide": operator.truediv,
    "remainder": operator.mod,
    "divmod": divmod,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
    "and": operator.and_,
    "xor": operator.xor,
    "or": operator.or_,
}
INPLACE = {
    "add": operator.iadd,
    "subtract": operator.isub,
    "multiply": operator.imul,
    "matrix_multiply": operator.imatmul,
    "floor_divide": operator.ifloordiv,
    "true_divide": operator.itruediv,
    "remainder": operator.imod,
    "lshift": operator.ilshift,
    "rshift": operator.irshift,
    "and": operator.iand,
    "xor": operator.ixor,
    "or": operator.ior,
}


@pytest.mark.parametrize("name", OPERATORS)
def test_binary_operator(number, name):
    operation, other = OPERATORS[name], object()
    assert operation(number, other) == (f"nb_{name}", number, other)
    assert operation(other, number) == (f"nb_{name}", other, number)
    assert operation(number, number) == (f"nb_{name}", number, number)


@pytest.mark.parametrize("name", INPLACE)
def test_inplace_operator(number, name):
    other = object()
    assert INPLACE[name](number, other) == (f"nb_inplace_{name}", number, other)


@pytest.mark.smoke
def test_power_has_none_for_a_missing_operand(number):
    assert number**2 == ("nb_power", number, 2, None)
    assert 2**number == ("nb_power", 2, number, None)
    assert pow(number, 2, 3) == ("nb_power", number, 2, 3)
    assert pow(2, 3, number) == ("nb_power", 2, 3, number)
    assert operator.ipow(number, 2) == ("nb_inplace_power", number, 2, None)


@pytest.mark.parametrize(
    "name, operation",
    [("negative", operator.neg), ("positive", operator.pos), ("absolute", abs), ("invert", operator.invert)],
)
def test_unary_operator(number, name, operation):
    assert operation(number) == (f"nb_{name}", number)


def test_conversion_to_numbers(mod, number):
    for convert, slot, result in [
        (int, "nb_int", 42),
        (float, "nb_float", 1.5),
        (operator.index, "nb_index", 43),
        (bool, "nb_bool", False),
        (hex, "nb_index", "0x2b"),
    ]:
        assert convert(number) == result
        assert mod.last() == (slot, number)


def test_inplace_operator_without_a_slot(make):
    number = make("OnlyAdd")()
    assert operator.iadd(number, 1) == ("nb_add", number, 1)


def test_missing_operators(make):
    number = make("OnlyAdd")()
    with pytest.raises(TypeError, match="unsupported operand"):
        operator.sub(number, 1)
    with pytest.raises(TypeError, match="bad operand type for unary -: 'mod.OnlyAdd'"):
        operator.neg(number)
    assert bool(number) is True


def test_not_implemented(make):
    undecided, number = make("Undecided")(), make("Number")()
    with pytest.raises(TypeError, match="unsupported operand"):
        undecided + 1
    assert undecided + number == ("nb_add", undecided, number)
    assert (undecided == undecided, undecided != undecided, undecided == 1) == (True, False, False)
    with pytest.raises(TypeError, match="'<' not supported"):
        undecided < undecided  # noqa: B015


# Sequences and mappings


def test_sequence_length_and_items(sequence):
    assert len(sequence) == 5
    assert sequence[2] == ("sq_item", sequence, 2)
    # CPython adds the length to a negative index.
    assert sequence[-2] == ("sq_item", sequence, 3)
    assert sequence[-7] == ("sq_item", sequence, -2)


def test_sequence_assignment_and_deletion(mod, sequence):
    value = object()
    sequence[2] = value
    assert mod.last() == ("sq_ass_item", sequence, 2, value)
    sequence[-1] = value
    assert mod.last() == ("sq_ass_item", sequence, 4, value)
    del sequence[3]
    assert mod.last() == ("sq_ass_item", sequence, 3, ...)


def test_sequence_concatenation_and_repetition(sequence):
    other = object()
    assert sequence + other == ("sq_concat", sequence, other)
    assert operator.iadd(sequence, other) == ("sq_inplace_concat", sequence, other)
    assert sequence * 3 == 3 * sequence == ("sq_repeat", sequence, 3)
    assert operator.imul(sequence, -3) == ("sq_inplace_repeat", sequence, -3)


def test_sequence_contains(mod, sequence):
    assert 1 in sequence
    assert mod.last() == ("sq_contains", sequence, 1)
    assert 0 not in sequence
    assert mod.last() == ("sq_contains", sequence, 0)


def test_mapping(mod, mapping):
    assert len(mapping) == 7
    assert mapping["key"] == ("mp_subscript", mapping, "key")
    assert mapping[-1] == ("mp_subscript", mapping, -1)
    assert mapping[1:2] == ("mp_subscript", mapping, slice(1, 2))
    mapping["key"] = "value"
    assert mod.last() == ("mp_ass_subscript", mapping, "key", "value")
    del mapping["key"]
    assert mod.last() == ("mp_ass_subscript", mapping, "key", ...)


# Other slots


@pytest.mark.smoke
def test_repr_and_str(mod, general):
    assert (repr(general), str(general), f"{general}") == ("repr", "str", "str")
    assert mod.last() == ("tp_str", general)


def test_hash(mod, general):
    assert hash(general) == 1234
    assert mod.last() == ("tp_hash", general)


COMPARISONS = [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]


@pytest.mark.parametrize("number", range(6), ids=[compare.__name__ for compare in COMPARISONS])
def test_comparison(general, number):
    reflected = {0: 4, 1: 5, 2: 2, 3: 3, 4: 0, 5: 1}[number]
    other = object()
    assert COMPARISONS[number](general, other) == ("tp_richcompare", general, other, number)
    assert COMPARISONS[number](other, general) == ("tp_richcompare", general, other, reflected)


def test_comparison_without_hash(make):
    cls = make("OnlyCompare")
    assert cls.__hash__ is None
    with pytest.raises(TypeError, match="unhashable type: 'mod.OnlyCompare'"):
        hash(cls())


@pytest.mark.after_0_9_0("headers")
def test_descriptor(descriptor):
    class Owner:
        attribute = descriptor

    owner = Owner()
    assert owner.attribute == ("tp_descr_get", descriptor, owner, Owner)
    assert Owner.attribute == ("tp_descr_get", descriptor, ..., Owner)
    assert descriptor.__get__(owner) == ("tp_descr_get", descriptor, owner, ...)


@pytest.mark.after_0_9_0("headers")
def test_exception_of_a_descriptor(mod_after_0_9_0, descriptor):
    mod_after_0_9_0.set_failing(True)
    try:
        with pytest.raises(ValueError, match="^tp_descr_get$"):
            descriptor.__get__(1)
    finally:
        mod_after_0_9_0.set_failing(False)


@pytest.mark.smoke
def test_new(mod, make):
    cls = make("Made")
    instance = cls()
    assert type(instance) is cls
    assert mod.last() == ("tp_new", cls, (), ...)
    cls(1, "b")
    assert mod.last() == ("tp_new", cls, (1, "b"), ...)
    cls(1, x=2, y=3)
    assert mod.last() == ("tp_new", cls, (1,), {"x": 2, "y": 3})
    cls(*[1], **{})
    # How an empty dict arrives is up to CPython.
    assert mod.last() in [("tp_new", cls, (1,), {}), ("tp_new", cls, (1,), ...)]
    cls.__new__(cls, 5)
    assert mod.last() == ("tp_new", cls, (5,), ...)


def test_new_for_a_python_subclass(mod, make):
    class Sub(make("Made")):
        def __init__(self, *args, **kwargs):
            self.arguments = args, kwargs

    instance = Sub(1, x=2)
    assert mod.last() == ("tp_new", Sub, (1,), {"x": 2})
    assert type(instance) is Sub and instance.arguments == ((1,), {"x": 2})


def test_init(mod, make):
    cls = make("General")
    instance = cls()
    assert mod.last() == ("tp_init", instance, (), ...)
    instance = cls(1, x=2)
    assert mod.last() == ("tp_init", instance, (1,), {"x": 2})
    instance.__init__(7)
    assert mod.last() == ("tp_init", instance, (7,), ...)


def test_generic_new_leaves_the_arguments_to_init(mod, make):
    cls = make("GenericMade")
    instance = cls(1, x=2)
    assert type(instance) is cls
    assert mod.last() == ("tp_init", instance, (1,), {"x": 2})


def test_many_arguments(mod, make):
    make("Made")(*range(1000))
    assert mod.last()[2] == tuple(range(1000))


# What holds for all slots

ACTIONS = {
    **{f"nb_{name}": lambda x, f=f: f(x, 1) for name, f in OPERATORS.items()},
    **{f"nb_inplace_{name}": lambda x, f=f: f(x, 1) for name, f in INPLACE.items()},
    "nb_power": lambda x: x**2,
    "nb_inplace_power": lambda x: operator.ipow(x, 2),
    "nb_negative": operator.neg,
    "nb_positive": operator.pos,
    "nb_absolute": abs,
    "nb_invert": operator.invert,
    "nb_int": int,
    "nb_float": float,
    "nb_index": operator.index,
    "nb_bool": bool,
    "sq_length": len,
    "sq_item": lambda x: x[0],
    "sq_ass_item": lambda x: operator.setitem(x, 0, 1),
    "sq_concat": lambda x: x + x,
    "sq_repeat": lambda x: x * 2,
    "sq_inplace_concat": lambda x: operator.iadd(x, x),
    "sq_inplace_repeat": lambda x: operator.imul(x, 2),
    "sq_contains": lambda x: 1 in x,
    "mp_length": len,
    "mp_subscript": lambda x: x["key"],
    "mp_ass_subscript": lambda x: operator.delitem(x, "key"),
    "tp_repr": repr,
    "tp_str": str,
    "tp_hash": hash,
    "tp_richcompare": lambda x: x < 1,
    "tp_init": lambda x: type(x)(),
    "tp_new": lambda x: type(x)(),
}


@pytest.mark.parametrize("slot", ACTIONS)
def test_exception_of_a_slot_is_raised(mod, make, slot):
    name = next(name for name, slots in TYPES.items() if slot in slots)
    instance = make(name)()
    if slot in ("sq_item", "sq_ass_item"):
        sequence_length = len(instance)  # not asked for an index that is not negative
        assert sequence_length == 5
    mod.set_failing(True)
    try:
        with pytest.raises(ValueError, match=f"^{slot}$"):
            ACTIONS[slot](instance)
    finally:
        mod.set_failing(False)


def test_python_subclass_inherits_and_overrides_slots(make):
    class Sub(make("Number")):
        def __add__(self, other):
            return ("overridden", super().__add__(other))

    instance = Sub()
    assert instance + 1 == ("overridden", ("nb_add", instance, 1))
    assert instance - 1 == ("nb_subtract", instance, 1)
    assert 1 + instance == ("nb_add", 1, instance)


def test_derived_type_inherits_and_overrides_slots(make):
    base = make("OnlyNegative")
    derived = make("OnlyAdd", BASE, base)
    instance = derived()
    assert -instance == ("nb_negative", instance)
    assert instance + 1 == ("nb_add", instance, 1)
    with pytest.raises(TypeError):
        base() + 1


def test_slots_are_methods_too(number, sequence):
    assert number.__radd__(1) == ("nb_add", 1, number)
    assert number.__pow__(2) == ("nb_power", number, 2, None)
    assert sequence.__getitem__(1) == ("sq_item", sequence, 1)
    assert sequence.__len__() == 5
