"""Traverse, destroy, finalize and deallocation of objects with HPy structs."""

import gc
import sys
import weakref

import pytest
from support import module_fixture

SOURCE = """
static long destroyed, finalized;

typedef struct { HPyField a; HPyField b; long tag; } NodeStruct;

static int visit_node(void *object, HPyFunc_visitproc visit, void *arg)
{
    NodeStruct *node = (NodeStruct *)object;
    HPy_VISIT(&node->a);
    HPy_VISIT(&node->b);
    return 0;
}

#define NODE_TYPE(NAME, SHAPE_NAME)                                                                   \\
    HPyDef_MEMBER(NAME##_a, "a", HPyMember_OBJECT, offsetof(NodeStruct, a))                            \\
    HPyDef_MEMBER(NAME##_b, "b", HPyMember_OBJECT, offsetof(NodeStruct, b))                            \\
    HPyDef_SLOT(NAME##_traverse, HPy_tp_traverse)                                                      \\
    static int NAME##_traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)                  \\
    { return visit_node(object, visit, arg); }                                                         \\
    HPyDef_SLOT(NAME##_destroy, HPy_tp_destroy)                                                        \\
    static void NAME##_destroy_impl(void *object)                                                      \\
    { if (HPyField_IsNull(((NodeStruct *)object)->a)) destroyed++; else destroyed += 1000000; }        \\
    static HPyDef *NAME##_defines[] = {&NAME##_a, &NAME##_b, &NAME##_traverse, &NAME##_destroy, NULL}; \\
    static HPyType_Spec NAME##_spec = {                                                                \\
        .name = "mod." #NAME, .basicsize = sizeof(NodeStruct),                                         \\
        .builtin_shape = HPyType_BuiltinShape_##SHAPE_NAME,                                            \\
        .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,                     \\
        .defines = NAME##_defines};

NODE_TYPE(Node, Object)
NODE_TYPE(ListNode, List)
NODE_TYPE(TupleNode, Tuple)
NODE_TYPE(UnicodeNode, Unicode)

HPyDef_SLOT(Final_finalize, HPy_tp_finalize)
static void Final_finalize_impl(HPyContext *ctx, HPy self)
{
    finalized++;
    HPyErr_Clear(ctx);
}
static HPyDef *Final_defines[] = {&Final_finalize, NULL};
static HPyType_Spec Final_spec = {.name = "mod.Final", .basicsize = sizeof(NodeStruct),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE, .defines = Final_defines};

HPyDef_SLOT(Raising_finalize, HPy_tp_finalize)
static void Raising_finalize_impl(HPyContext *ctx, HPy self)
{
    HPyErr_SetString(ctx, ctx->h_ValueError, "from the finalizer");
}
static HPyDef *Raising_defines[] = {&Raising_finalize, NULL};
static HPyType_Spec Raising_spec = {.name = "mod.Raising", .basicsize = sizeof(NodeStruct),
    .defines = Raising_defines, .flags = HPy_TPFLAGS_DEFAULT};

HPyDef_SLOT(Saving_finalize, HPy_tp_finalize)
static HPyGlobal saved;
static int let_go;
static void Saving_finalize_impl(HPyContext *ctx, HPy self)
{
    finalized++;
    if (!let_go)
        HPyGlobal_Store(ctx, &saved, self);
}
HPyDef_METH(set_let_go, "let_go", HPyFunc_O)
static HPy set_let_go_impl(HPyContext *ctx, HPy self, HPy arg)
{
    let_go = HPy_IsTrue(ctx, arg);
    return HPy_Dup(ctx, ctx->h_None);
}
HPyDef_SLOT(Saving_destroy, HPy_tp_destroy)
static void Saving_destroy_impl(void *object) { (void)object; destroyed++; }
static HPyDef *Saving_defines[] = {&Saving_finalize, &Saving_destroy, NULL};
static HPyType_Spec Saving_spec = {.name = "mod.Saving", .basicsize = sizeof(NodeStruct),
    .defines = Saving_defines, .flags = HPy_TPFLAGS_DEFAULT};

HPyDef_SLOT(Plain_destroy, HPy_tp_destroy)
static void Plain_destroy_impl(void *object) { destroyed += ((NodeStruct *)object)->tag; }
HPyDef_MEMBER(Plain_tag, "tag", HPyMember_LONG, offsetof(NodeStruct, tag))
static HPyDef *Plain_defines[] = {&Plain_destroy, &Plain_tag, NULL};
static HPyType_Spec Plain_spec = {.name = "mod.Plain", .basicsize = sizeof(NodeStruct),
    .defines = Plain_defines, .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE};

typedef struct { HPyField field; HPy_ssize_t dict; HPy_ssize_t weaklist; } OpenStruct;
HPyDef_MEMBER(Open_dict, "__dictoffset__", HPyMember_HPYSSIZET, offsetof(OpenStruct, dict), .readonly = 1)
HPyDef_MEMBER(Open_weak, "__weaklistoffset__", HPyMember_HPYSSIZET, offsetof(OpenStruct, weaklist),
    .readonly = 1)
HPyDef_SLOT(Open_traverse, HPy_tp_traverse)
static int Open_traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)
{ HPy_VISIT(&((OpenStruct *)object)->field); return 0; }
static HPyDef *Open_defines[] = {&Open_dict, &Open_weak, &Open_traverse, NULL};
static HPyType_Spec Open_spec = {.name = "mod.Open", .basicsize = sizeof(OpenStruct), .defines = Open_defines,
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC};

static HPyType_Spec Bare_spec = {.name = "mod.Bare", .builtin_shape = HPyType_BuiltinShape_List,
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE};

HPyDef_METH(counts, "counts", HPyFunc_NOARGS)
static HPy counts_impl(HPyContext *ctx, HPy self)
{
    long d = destroyed, f = finalized;
    destroyed = finalized = 0;
    return HPy_BuildValue(ctx, "ll", d, f);
}

HPyDef_METH(take_saved, "take_saved", HPyFunc_NOARGS)
static HPy take_saved_impl(HPyContext *ctx, HPy self)
{
    HPy result = HPyGlobal_Load(ctx, saved);
    HPyGlobal_Store(ctx, &saved, HPy_NULL);
    return result;
}

static int same_result(HPyContext *ctx, HPy base, HPyType_Spec *spec, HPy *result)
{
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, base}, {(HPyType_SpecParam_Kind)0, base}};
    *result = HPyType_FromSpec(ctx, spec, params);
    return HPy_IsNull(*result) ? -1 : 0;
}

HPyDef_METH(node_over, "node_over", HPyFunc_O)
static HPy node_over_impl(HPyContext *ctx, HPy self, HPy base)
{
    HPy result;
    return same_result(ctx, base, &Node_spec, &result) < 0 ? HPy_NULL : result;
}

HPyDef_METH(plain_over, "plain_over", HPyFunc_O)
static HPy plain_over_impl(HPyContext *ctx, HPy self, HPy base)
{
    HPy result;
    return same_result(ctx, base, &Plain_spec, &result) < 0 ? HPy_NULL : result;
}

static int add(HPyContext *ctx, HPy mod, const char *name, HPyType_Spec *spec, HPy base)
{
    HPy type;
    if (same_result(ctx, base, spec, &type) < 0)
        return -1;
    int status = HPy_SetAttr_s(ctx, mod, name, type);
    HPy_Close(ctx, type);
    return status;
}
"""

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
