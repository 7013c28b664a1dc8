"""Calls of types, which need no tuple of arguments where `HPy_tp_new` makes the instance."""

import gc
import sys
import weakref

import pytest
from support import c_text, module_fixture, unary, varargs
from support.specs import BASE, METACLASS, maker, type_spec

fixed_defect = pytest.mark.fixed_defect

SOURCE = c_text(__file__)

FIELDS = {
    "basicsize": "sizeof(Data)",
    "builtin_shape": "SHAPE(Data)",
    "flags": "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC",
}
SPECS = {
    "New": ["new", "args", "traverse"],
    "Both": ["new", "init", "args", "traverse"],
    "First": ["first", "args", "traverse"],
    "Twice": ["first", "new", "args", "traverse"],
    "Derived": ["args"],
}

mod = module_fixture(
    SOURCE
    + "".join(type_spec(name, *defines, **FIELDS) for name, defines in SPECS.items() if name != "Derived")
    + type_spec("Derived", builtin_shape="SHAPE(Data)")
    + maker(*SPECS)
    + unary("instance", "    void *data;\n    return HPy_New(ctx, arg, &data);")
    + varargs("call", "    return HPy_Call(ctx, args[0], args + 1, nargs - 1, HPy_NULL);")
    + varargs(
        "call_names",
        "    size_t named = (size_t)HPy_Length(ctx, args[1]);\n"
        "    return HPy_Call(ctx, args[0], args + 2, nargs - 2 - named, args[1]);",
    ),
    methods=["make", "method_call", "method_call_names", "method_instance"],
)


@pytest.fixture
def new(mod):
    return mod.make("New")


@pytest.mark.smoke
def test_arguments(new):
    assert new().args == ("new", (), None)
    assert new(1).args == ("new", (1,), None)
    assert new(1, "b", new).args == ("new", (1, "b", new), None)
    assert type(new()) is new


@fixed_defect
def test_there_is_a_dict_only_if_there_are_keywords(new):
    assert new(x=1).args == ("new", (), {"x": 1})
    assert new(1, x=2, y=3).args == ("new", (1,), {"x": 2, "y": 3})
    assert new(**{}).args == ("new", (), None)
    assert new(*[1], **{"x": 2}).args == ("new", (1,), {"x": 2})


def test_each_call_has_a_dict_of_its_own(new):
    given = {"x": 1}
    made = new(**given).args[2]
    assert made == given
    assert made is not given


@pytest.mark.smoke
def test_init_of_the_spec(mod):
    both = mod.make("Both")
    assert both(1, 2).args == ("init", (1, 2), None)
    assert both(1, x=2).args == ("init", (1,), {"x": 2})
    with pytest.raises(ValueError, match="from init"):
        both(...)
    with pytest.raises(ValueError, match="from init"):
        both(...)


def test_calls_through_the_api(mod, new):
    assert mod.call(new, 1, 2).args == ("new", (1, 2), None)
    assert mod.call_names(new, ("x",), 1, 2).args == ("new", (1,), {"x": 2})
    assert mod.call_names(new, (), 1, 2).args == ("new", (1, 2), None)


def test_init_that_is_set_later(new):
    seen = []
    new.__init__ = lambda self, *args, **kw: seen.append((self, args, kw))
    made = new(1, x=2)
    assert made.args == ("new", (1,), {"x": 2})
    assert seen == [(made, (1,), {"x": 2})]
    made = new(3)
    assert seen[1:] == [(made, (3,), {})]
    del new.__init__
    assert new(4).args == ("new", (4,), None)
    assert len(seen) == 2


def test_init_in_the_place_of_that_of_the_spec(mod):
    both = mod.make("Both")
    both.__init__ = lambda self, *args: None
    assert both(1).args == ("new", (1,), None)
    del both.__init__
    # As with any class, that of the spec is gone.
    assert both(1).args == ("new", (1,), None)


def test_init_that_fails(new):
    def init(self):
        raise LookupError("no")

    new.__init__ = init
    with pytest.raises(LookupError, match="no"):
        new()
    with pytest.raises(TypeError, match="positional argument"):
        new(1)
    new.__init__ = lambda self: 1
    with pytest.raises(TypeError, match="should return None"):
        new()


def test_new_that_is_set_later(new):
    new.__new__ = lambda cls, *args, **kw: (cls, args, kw)
    assert new(1, x=2) == (new, (1,), {"x": 2})
    assert new(1) == (new, (1,), {})


def test_init_that_new_sets(mod):
    first = mod.make("First")
    seen = []

    def make():
        first.__init__ = lambda self, *args: seen.append(args)
        return mod.instance(first)

    first(make)
    assert seen == [(make,)]


@fixed_defect
def test_subclasses(mod, new):
    class Sub(new):
        pass

    class WithInit(new):
        def __init__(self, *args):
            self.inits = args

    class WithNew(new):
        def __new__(cls, *args):
            return super().__new__(cls, "more", *args)

    assert Sub(1, x=2).args == ("new", (1,), {"x": 2})
    assert type(Sub()) is Sub
    assert (WithInit(1).args, WithInit(1).inits) == (("new", (1,), None), (1,))
    assert WithNew(1).args == ("new", ("more", 1), None)
    derived = mod.make("Derived", BASE, new)
    assert derived(1).args == ("new", (1,), None)
    assert type(derived()) is derived


@fixed_defect
def test_base_that_changes_later(mod, new):
    class Sub(new):
        pass

    derived = mod.make("Derived", BASE, new)
    seen = []
    new.__init__ = lambda self, *args: seen.append((type(self), args))
    Sub(1)
    derived(2)
    new(3)
    assert seen == [(Sub, (1,)), (derived, (2,)), (new, (3,))]


def test_metaclass_with_call(mod):
    class Meta(type):
        def __call__(cls, *args, **kw):
            return ("called", super().__call__(*args, **kw).args)

    made = mod.make("New", METACLASS, Meta)
    assert made(1, x=2) == ("called", ("new", (1,), {"x": 2}))
    assert mod.call(made, 1) == ("called", ("new", (1,), {}))


def test_metaclass_whose_call_is_set_later(mod):
    class Meta(type):
        pass

    made = mod.make("New", METACLASS, Meta)
    assert made(1).args == ("new", (1,), None)
    Meta.__call__ = lambda cls, *args: ("called", args)
    assert made(1) == ("called", (1,))
    assert mod.call(made, 1) == ("called", (1,))


def test_result_of_another_type(mod):
    first = mod.make("First")
    first.__init__ = lambda self, *args: pytest.fail("not an instance")
    assert first(5) == 5
    assert first("a", x=1) == "a"


@fixed_defect
def test_result_that_is_an_instance_of_a_subclass(mod):
    first = mod.make("First")
    inits = []

    class Sub(first):
        def __init__(self, *args, **kw):
            inits.append((args, kw))

    made = mod.instance(Sub)
    assert first(made, 1, x=2) is made
    assert inits == [((made, 1), {"x": 2})]


def test_an_object_that_was_there_is_initialised_again(mod):
    first = mod.make("First")
    made = mod.instance(first)
    inits = []
    first.__init__ = lambda self, *args: inits.append(args)
    assert first(made) is made
    assert first(made) is made
    assert inits == [(made,), (made,)]


@pytest.mark.breaks_rules("definition", reason="a slot that is there twice")
def test_the_last_of_several_definitions_counts(mod):
    assert mod.make("Twice")(5).args == ("new", (5,), None)


def test_failing_new(mod):
    first = mod.make("First")
    with pytest.raises(TypeError, match="an argument, please"):
        first()
    with pytest.raises(TypeError, match="an argument, please"):
        first(x=1)


@fixed_defect
def test_names_must_be_strings(new):
    with pytest.raises(TypeError, match="keywords must be strings"):
        new(**{1: 2})


def test_recursion_ends_in_an_error(mod):
    first = mod.make("First")

    def nest():
        return first(nest)

    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(200)
        with pytest.raises(RecursionError):
            first(nest)
    finally:
        sys.setrecursionlimit(limit)


@fixed_defect
def test_recursion_in_c_ends_in_an_error(mod):
    first = mod.make("First")
    # Each calls the next; where the stack is large enough for all, the last one gets no argument. Before
    # 3.12, calls in C count as those in Python do, and each call has handles of all that are left.
    count = 30_000 if sys.version_info >= (3, 12) else 2 * sys.getrecursionlimit()
    with pytest.raises((RecursionError, TypeError), match="recursion|an argument|overflow"):
        first(*[first] * count)


def test_class_call_by_name(new):
    assert type.__call__(new, 1, x=2).args == ("new", (1,), {"x": 2})
    assert new.__new__(new, 1).args == ("new", (1,), None)
    assert list(map(new, [1]))[0].args == ("new", (1,), None)


def test_references(new):
    argument, other = object(), object()
    before = sys.getrefcount(argument), sys.getrefcount(other)
    new.__init__ = lambda self, *args, **kw: None
    for _ in range(10):
        new(argument)
        new(argument, x=other)
    del new.__init__
    for _ in range(10):
        new(argument)
        new(argument, x=other)
    gc.collect()
    assert (sys.getrefcount(argument), sys.getrefcount(other)) == before


def test_type_that_goes(mod):
    made = mod.make("New")
    made(1)
    reference = weakref.ref(made)
    del made
    gc.collect()
    assert reference() is None
