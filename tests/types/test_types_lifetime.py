"""Traverse, destroy, finalize and deallocation of objects with HPy structs."""

import gc
import sys
import weakref

import pytest
from support import c_text, module_fixture

SOURCE = c_text(__file__)

SHAPED = ["ListNode", "TupleNode", "UnicodeNode"]

OPTIONS = {
    "methods": ["counts", "take_saved", "set_let_go", "node_over", "plain_over"],
    "types": ["Node", "Final", "Raising", "Saving", "Plain", "Open"],
    "globals": ["saved"],
}
EXEC = "".join(
    f'    if (add(ctx, mod, "{name}", &{name}_spec, ctx->h_{base}Type) < 0) return -1;\n'
    for name, base in [
        ("ListNode", "List"),
        ("TupleNode", "Tuple"),
        ("UnicodeNode", "Unicode"),
        ("Bare", "List"),
    ]
)

mod = module_fixture(SOURCE, exec_code=EXEC, **OPTIONS)

# The Dict shape came after 0.9.0.
dict_mod = module_fixture(
    SOURCE + "NODE_TYPE(DictNode, Dict)\n",
    exec_code=EXEC + '    if (add(ctx, mod, "DictNode", &DictNode_spec, ctx->h_DictType) < 0) return -1;',
    **OPTIONS,
)


class Marker:
    pass


def dies(make):
    """Whether the marker that `make` ties to an object is gone after a collection."""
    marker = Marker()
    reference = weakref.ref(marker)
    make(marker)
    del marker
    gc.collect()
    return reference() is None


@pytest.fixture(autouse=True)
def reset(mod):
    gc.collect()
    mod.counts()


@pytest.mark.smoke
def test_fields_are_dropped_and_then_the_struct_destroyed(mod):
    node = mod.Node()
    value = Marker()
    reference = weakref.ref(value)
    node.a = value
    del value
    assert reference() is not None
    del node
    assert reference() is None
    assert mod.counts() == (1, 0)


@pytest.mark.smoke
def test_cycle_through_fields_is_collected(mod):
    def make(marker):
        node = mod.Node()
        node.a, node.b = node, marker

    assert dies(make)
    assert mod.counts() == (1, 0)


@pytest.mark.fixed_defect
def test_cycle_through_a_python_subclass_is_collected(mod):
    class Sub(mod.Node):
        pass

    def make(marker):
        node = Sub()
        node.a, node.attribute = node, marker

    assert dies(make)
    assert mod.counts() == (1, 0)


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", SHAPED)
def test_destroy_chains_to_the_built_in_base(mod, name):
    cls = getattr(mod, name)

    def make(marker):
        if name == "ListNode":
            cls([marker])
        elif name == "TupleNode":
            cls((marker,))
        else:
            cls("text").a = marker

    assert dies(make)
    assert mod.counts() == (1, 0)


@pytest.mark.fixed_defect
def test_traverse_chains_to_the_built_in_base(mod):
    def make(marker):
        container = mod.ListNode()
        container.extend([container, marker])

    assert dies(make)
    assert mod.counts() == (1, 0)


@pytest.mark.after_0_9_0
def test_dict_shape_chains_to_the_built_in_base(dict_mod):
    def make(marker):
        dict_mod.DictNode(key=marker)

    def make_cycle(marker):
        container = dict_mod.DictNode()
        container["self"], container["marker"], container.a = container, marker, container

    assert dies(make) and dies(make_cycle)
    assert dict_mod.counts() == (2, 0)


@pytest.mark.fixed_defect
def test_items_of_a_type_without_traverse_are_visited(mod):
    def make(marker):
        container = mod.Bare()
        container.extend([container, marker])

    assert dies(make)


@pytest.mark.fixed_defect
def test_type_of_an_object_is_visited(mod):
    """A class that only its own instance holds, in a cycle, is collected with it."""

    def make(marker):
        cls = mod.node_over(object)
        cls_marker = type("Sub", (cls,), {"marker": marker})
        node = cls_marker()
        node.a = node
        other = cls()
        other.a = other
        other.b = cls_marker

    assert dies(make)


@pytest.mark.fixed_defect
def test_type_with_an_instance_in_its_dict_is_collected(mod):
    def make(marker):
        class Sub(mod.Node):
            pass

        Sub.instance = Sub()
        Sub.marker = marker

    assert dies(make)


@pytest.mark.fixed_defect
def test_derived_types_are_destroyed_from_derived_to_base(mod):
    cls = mod.plain_over(mod.plain_over(mod.Plain))
    instance = cls()
    instance.tag = 5
    del instance
    assert mod.counts() == (15, 0)


@pytest.mark.fixed_defect
def test_python_class_between_two_types(mod):
    class Middle(mod.Plain):
        __slots__ = ()

    class Last(mod.plain_over(Middle)):
        pass

    instance = Last()
    instance.tag = 2
    instance.attribute = Marker()
    reference = weakref.ref(instance.attribute)
    del instance
    assert reference() is None
    assert mod.counts() == (4, 0)


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="before 3.12 an instance dict takes room in the object"
)
def test_type_on_a_python_class_with_a_dict(mod):
    class Base:
        def __init__(self):
            self.attribute = 1

    def make(marker):
        node = mod.node_over(Base)()
        node.a, node.marker = node, marker
        node.cycle = node

    assert dies(make)
    assert mod.counts() == (1, 0)


@pytest.mark.fixed_defect
def test_type_on_a_python_class_without_slots(mod):
    class Base:
        __slots__ = ()

        def method(self):
            return self.a

    def make(marker):
        node = mod.node_over(Base)()
        node.a = marker
        assert node.method() is marker

    assert dies(make)
    assert mod.counts() == (1, 0)


def test_finalize_runs_once_before_the_end(mod):
    instance = mod.Final()
    del instance
    assert mod.counts() == (0, 1)


@pytest.mark.fixed_defect
def test_finalize_of_a_python_subclass(mod):
    class Sub(mod.Final):
        pass

    instance = Sub()
    del instance
    assert mod.counts() == (0, 1)


@pytest.mark.fixed_defect
def test_finalize_keeps_the_current_exception(mod):
    def body():
        instance = mod.Final()
        assert instance is not None
        raise KeyError("kept")

    with pytest.raises(KeyError, match="kept"):
        body()
    assert mod.counts() == (0, 1)


@pytest.mark.fixed_defect
def test_exception_of_a_finalizer_is_reported(mod, monkeypatch):
    reports = []
    with monkeypatch.context() as patch:
        patch.setattr(sys, "unraisablehook", lambda report: reports.append(str(report.exc_value)))
        instance = mod.Raising()
        del instance
    assert reports == ["from the finalizer"]


def test_finalizer_may_resurrect(mod):
    instance = mod.Saving()
    mod.counts()
    del instance
    assert mod.counts() == (0, 1)
    instance = mod.take_saved()
    assert type(instance) is mod.Saving
    del instance
    # Not a GC type, so CPython cannot know that it was finalized before.
    assert mod.counts() == (0, 1)
    mod.let_go(True)
    assert type(mod.take_saved()) is mod.Saving
    assert mod.counts() == (1, 1)
    mod.let_go(False)


@pytest.mark.fixed_defect
def test_long_chain_is_destroyed_without_deep_recursion(mod):
    node = None
    for _ in range(200_000):
        outer = mod.Node()
        outer.a = node
        node = outer
    del node, outer
    assert mod.counts()[0] == 200_000


@pytest.mark.fixed_defect
def test_long_chain_of_a_python_subclass(mod):
    class Sub(mod.Node):
        pass

    node = None
    for _ in range(100_000):
        outer = Sub()
        outer.a = node
        node = outer
    del node, outer
    assert mod.counts()[0] == 100_000


@pytest.mark.fixed_defect
def test_own_dict_and_weak_references_are_cleared(mod):
    instance = mod.Open()
    instance.attribute = Marker()
    marker = weakref.ref(instance.attribute)
    reference = weakref.ref(instance)
    assert reference() is instance
    del instance
    assert reference() is None and marker() is None


@pytest.mark.fixed_defect
def test_own_dict_is_traversed(mod):
    def make(marker):
        instance = mod.Open()
        instance.cycle, instance.marker = instance, marker

    assert dies(make)


@pytest.mark.fixed_defect
def test_type_and_its_tables_are_freed(mod):
    reference = weakref.ref(mod.node_over(object))
    gc.collect()
    assert reference() is None
    reference = weakref.ref(mod.node_over(mod.Node))
    gc.collect()
    assert reference() is None


def test_class_of_an_instance_cannot_be_assigned(mod):
    instance = mod.Plain()
    with pytest.raises(TypeError):
        instance.__class__ = mod.Final


@pytest.mark.fixed_defect
def test_weak_references_to_a_python_subclass_are_cleared(mod):
    """CPython's dealloc of the subclass leaves them to the type that has the list."""

    class Sub(mod.Open):
        pass

    cleared = []
    instance = Sub()
    reference = weakref.ref(instance, cleared.append)
    del instance
    assert cleared == [reference] and reference() is None


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="before 3.12 an instance dict takes room in the object"
)
def test_python_subclass_of_a_type_on_a_python_class(mod):
    """What the lower class adds is visited and cleared once, whoever does it."""

    class Base:
        pass

    class Sub(mod.node_over(Base)):
        pass

    def make(marker):
        node = Sub()
        node.cycle, node.marker = [node], marker

    assert dies(make)
    instance = Sub()
    instance.attribute = [instance.__dict__]
    cleared = []
    reference = weakref.ref(instance, cleared.append)
    gc.collect()
    assert instance.attribute == [{"attribute": instance.attribute}] and reference() is instance
    del instance
    gc.collect()
    assert cleared == [reference]
