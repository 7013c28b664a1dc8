"""Types of shape Legacy: slots of the C API beside those of HPy, structs with `PyObject_HEAD`, static types.

The errors that need nothing of Python.h are in `test_types_spec.py` and `test_types_shapes.py`.
"""

import gc
import sys
import weakref

import pytest
from support import module_fixture
from support.specs import BASE, METACLASS, maker, type_spec

pytestmark = pytest.mark.abis("hybrid", "cpython")

GC = "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC"


def legacy(symbol, *defines, struct="Point", **fields):
    """C text of a type of shape Legacy, with the struct and slots of its name."""
    fields = {"basicsize": f"sizeof({struct})", "builtin_shape": "HPyType_BuiltinShape_Legacy", **fields}
    return type_spec(symbol, *defines, **fields)


SOURCE = """
#include <stddef.h>
#include <structmember.h>

typedef struct { PyObject_HEAD long x; long y; } Point;
HPyType_LEGACY_HELPERS(Point)

/* Each kind of definition, once with the C API and once with HPy. */

static PyObject *old_sum(PyObject *self, PyObject *ignored)
{
    return PyLong_FromLong(((Point *)self)->x + ((Point *)self)->y);
}
static PyObject *old_class(PyObject *cls, PyObject *ignored)
{
    Py_INCREF(cls);
    return cls;
}
static PyObject *old_static(PyObject *null, PyObject *arg) { return PyTuple_Pack(1, arg); }
static PyObject *old_twice(PyObject *self, PyObject *ignored) { return PyUnicode_FromString("C API"); }
static PyMethodDef old_methods[] = {
    {"old_sum", old_sum, METH_NOARGS, "The sum."},
    {"old_class", old_class, METH_NOARGS | METH_CLASS, NULL},
    {"old_static", old_static, METH_O | METH_STATIC, NULL},
    {"twice", old_twice, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef old_members[] = {
    {"x", T_LONG, offsetof(Point, x), 0, "The first."},
    {"read_only", T_LONG, offsetof(Point, x), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyObject *get_old(PyObject *self, void *closure)
{
    return PyLong_FromLong(((Point *)self)->x * *(long *)closure);
}
static int set_old(PyObject *self, PyObject *value, void *closure)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "it stays");
        return -1;
    }
    ((Point *)self)->x = PyLong_AsLong(value) / *(long *)closure;
    return PyErr_Occurred() ? -1 : 0;
}
static long ten = 10;
static PyGetSetDef old_getsets[] = {
    {"old_tenfold", get_old, set_old, NULL, &ten},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyObject *old_repr(PyObject *self) { return PyUnicode_FromFormat("<%ld>", ((Point *)self)->x); }
static PyObject *old_add(PyObject *left, PyObject *right) { return PyUnicode_FromString("old add"); }
static Py_ssize_t old_length(PyObject *self) { return 3; }
static PyObject *old_item(PyObject *self, Py_ssize_t index)
{
    if (index >= 3) {
        PyErr_SetNone(PyExc_IndexError);
        return NULL;
    }
    return PyLong_FromSsize_t(index);
}
static PyObject *old_call(PyObject *self, PyObject *args, PyObject *kw)
{
    return PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
}
static int old_init(PyObject *self, PyObject *args, PyObject *kw)
{
    Point *point = (Point *)self;
    return PyArg_ParseTuple(args, "|ll", &point->x, &point->y) ? 0 : -1;
}
static int old_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    return PyBuffer_FillInfo(view, self, &((Point *)self)->x, sizeof(long), 1, flags);
}
static PyType_Slot Both_slots[] = {
    {Py_tp_methods, old_methods},
    {Py_tp_members, old_members},
    {Py_tp_getset, old_getsets},
    {Py_tp_repr, (void *)old_repr},
    {Py_nb_add, (void *)old_add},
    {Py_sq_length, (void *)old_length},
    {Py_sq_item, (void *)old_item},
    {Py_tp_call, (void *)old_call},
    {Py_tp_init, (void *)old_init},
    {Py_bf_getbuffer, (void *)old_getbuffer},
    {Py_tp_doc, (void *)"Old doc."},
    {0, NULL},
};

HPyDef_METH(product, "product", HPyFunc_NOARGS)
static HPy product_impl(HPyContext *ctx, HPy self)
{
    Point *point = Point_AsStruct(ctx, self);
    return HPyLong_FromLong(ctx, point->x * point->y);
}
HPyDef_METH(twice, "twice", HPyFunc_NOARGS)
static HPy twice_impl(HPyContext *ctx, HPy self) { return HPyUnicode_FromString(ctx, "HPy"); }
HPyDef_MEMBER(y, "y", HPyMember_LONG, offsetof(Point, y))
HPyDef_GET(y_tenfold, "y_tenfold")
static HPy y_tenfold_get(HPyContext *ctx, HPy self, void *closure)
{
    return HPyLong_FromLong(ctx, Point_AsStruct(ctx, self)->y * 10);
}
HPyDef_SLOT(subtract, HPy_nb_subtract)
static HPy subtract_impl(HPyContext *ctx, HPy left, HPy right)
{
    return HPyUnicode_FromString(ctx, "new subtract");
}
HPyDef_SLOT(add, HPy_nb_add)
static HPy add_impl(HPyContext *ctx, HPy left, HPy right) { return HPyUnicode_FromString(ctx, "new add"); }
HPyDef_SLOT(new_point, HPy_tp_new)
static HPy new_point_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    void *data; /* its struct, if `type` is of another shape */
    HPy object = HPy_New(ctx, type, &data);
    if (!HPy_IsNull(object))
        Point_AsStruct(ctx, object)->y = 5;
    return object;
}
HPyDef_SLOT(call, HPy_tp_call)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPyLong_FromLong(ctx, Point_AsStruct(ctx, self)->y + (long)nargs);
}

/* The end of objects. */

static long deallocated, destroyed;

static void old_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    deallocated++;
    type->tp_free(self);
    Py_DECREF(type);
}
static PyType_Slot Dealloc_slots[] = {{Py_tp_dealloc, (void *)old_dealloc}, {0, NULL}};
static PyType_Slot No_slots[] = {{0, NULL}};

HPyDef_METH(take_counts, "take_counts", HPyFunc_NOARGS)
static HPy take_counts_impl(HPyContext *ctx, HPy self)
{
    HPy result = HPy_BuildValue(ctx, "(ll)", deallocated, destroyed);
    deallocated = destroyed = 0;
    return result;
}

typedef struct { PyObject_HEAD HPyField field; PyObject *object; } Node;
HPyType_LEGACY_HELPERS(Node)
HPyDef_MEMBER(field, "field", HPyMember_OBJECT, offsetof(Node, field))
static PyMemberDef object_members[] = {
    {"object", T_OBJECT, offsetof(Node, object), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Node *)data)->field);
    return 0;
}
HPyDef_SLOT(destroy, HPy_tp_destroy)
static void destroy_impl(void *data)
{
    Py_CLEAR(((Node *)data)->object);
    destroyed++;
}
static PyType_Slot Node_slots[] = {{Py_tp_members, object_members}, {0, NULL}};

static int old_traverse(PyObject *self, visitproc visit, void *arg)
{
#if PY_VERSION_HEX >= 0x03090000
    Py_VISIT(Py_TYPE(self));
#endif
    Py_VISIT(((Node *)self)->object);
    return 0;
}
static int old_clear(PyObject *self)
{
    Py_CLEAR(((Node *)self)->object);
    return 0;
}
static void old_gc_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    old_clear(self);
    old_dealloc(self);
}
static PyType_Slot OldNode_slots[] = {
    {Py_tp_members, object_members},
    {Py_tp_traverse, (void *)old_traverse},
    {Py_tp_clear, (void *)old_clear},
    {Py_tp_dealloc, (void *)old_gc_dealloc},
    {0, NULL},
};

/* Special members. */

typedef struct { PyObject_HEAD PyObject *dict; PyObject *weak; vectorcallfunc call; } Special;
static PyGetSetDef special_getsets[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyObject *special_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    return PyLong_FromSsize_t(PyVectorcall_NARGS(nargsf));
}
static int special_init(PyObject *self, PyObject *args, PyObject *kw)
{
    ((Special *)self)->call = special_call;
    return 0;
}
static void special_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    PyObject_ClearWeakRefs(self);
    Py_CLEAR(((Special *)self)->dict);
    old_dealloc(self);
}
static int special_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Special *)self)->dict);
    return 0;
}
static PyMemberDef special_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(Special, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Special, weak), READONLY, NULL},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Special, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyType_Slot Special_slots[] = {
    {Py_tp_members, special_members},
    {Py_tp_getset, special_getsets},
    {Py_tp_init, (void *)special_init},
    {Py_tp_call, (void *)PyVectorcall_Call},
    {Py_tp_traverse, (void *)special_traverse},
    {Py_tp_dealloc, (void *)special_dealloc},
    {0, NULL},
};

/* Static types as bases and metaclasses. */

static void static_dealloc(PyObject *self)
{
    deallocated++;
    Py_TYPE(self)->tp_free(self);
}
static PyTypeObject Static_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "mod.Static",
    .tp_basicsize = sizeof(Point),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_new = PyType_GenericNew,
    .tp_dealloc = static_dealloc,
    .tp_methods = old_methods,
    .tp_members = old_members,
};
typedef struct { Point base; long z; } Point3;
HPyType_LEGACY_HELPERS(Point3)
HPyDef_METH(set_z, "set_z", HPyFunc_O)
static HPy set_z_impl(HPyContext *ctx, HPy self, HPy arg)
{
    Point3_AsStruct(ctx, self)->z = HPyLong_AsLong(ctx, arg);
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}
HPyDef_MEMBER(z, "z", HPyMember_LONG, offsetof(Point3, z))
static PyObject *point3_sum(PyObject *self, PyObject *ignored)
{
    Point3 *point = (Point3 *)self;
    return PyLong_FromLong(point->base.x + point->base.y + point->z);
}
static PyMethodDef point3_methods[] = {{"sum3", point3_sum, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyType_Slot Point3_slots[] = {{Py_tp_methods, point3_methods}, {0, NULL}};

static PyObject *meta_repr(PyObject *self) { return PyUnicode_FromString("static metaclass"); }
static PyTypeObject Meta_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "mod.Meta",
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_repr = meta_repr,
};

typedef struct { PyListObject list; long tag; } Tagged;
HPyType_LEGACY_HELPERS(Tagged)
HPyDef_MEMBER(tag, "tag", HPyMember_LONG, offsetof(Tagged, tag))

/* A pure type on a legacy one: its struct begins after the header of the object. */
typedef struct { long x, y, more; } Pure;
HPyType_HELPERS(Pure)
HPyDef_METH(more, "more", HPyFunc_NOARGS)
static HPy more_impl(HPyContext *ctx, HPy self)
{
    Pure *pure = Pure_AsStruct(ctx, self);
    pure->more += pure->x;
    return HPyLong_FromLong(ctx, pure->more);
}

/* An instance, if its struct is the object itself and zeroed. */
HPyDef_METH(new, "new", HPyFunc_O)
static HPy new_impl(HPyContext *ctx, HPy self, HPy type)
{
    Point *point;
    HPy h = HPy_New(ctx, type, &point);
    if (HPy_IsNull(h))
        return HPy_NULL;
    PyObject *object = HPy_AsPyObject(ctx, h);
    int is_right = (PyObject *)point == object && Py_REFCNT(object) == 2;
    Py_DECREF(object);
    if (is_right && !PyList_Check(object))
        is_right = point->x == 0 && point->y == 0;
    if (!is_right) {
        HPyErr_SetString(ctx, ctx->h_AssertionError, "wrong struct");
        HPy_Close(ctx, h);
        return HPy_NULL;
    }
    return h;
}

HPyDef_METH(static_types, "static_types", HPyFunc_NOARGS)
static HPy static_types_impl(HPyContext *ctx, HPy self)
{
    Meta_Type.tp_base = &PyType_Type;
    if (PyType_Ready(&Static_Type) < 0 || PyType_Ready(&Meta_Type) < 0)
        return HPy_NULL;
    HPy point = HPy_FromPyObject(ctx, (PyObject *)&Static_Type);
    HPy meta = HPy_FromPyObject(ctx, (PyObject *)&Meta_Type);
    HPy result = HPyTuple_Pack(ctx, 2, point, meta);
    HPy_Close(ctx, point);
    HPy_Close(ctx, meta);
    return result;
}
"""

TYPES = {
    "Both": legacy(
        "Both",
        *"product twice y y_tenfold subtract add new_point".split(),
        legacy_slots="Both_slots",
        doc='"New doc."',
    ),
    "Callable": legacy("Callable", "call", "y"),
    "Bare": legacy("Bare"),
    "Dealloc": legacy("Dealloc", legacy_slots="Dealloc_slots"),
    "Inherits": legacy("Inherits", basicsize="0", legacy_slots="No_slots"),
    "Refused": legacy("Refused", "traverse", legacy_slots="Dealloc_slots"),
    "RefusedDestroy": legacy("RefusedDestroy", "destroy", legacy_slots="Dealloc_slots"),
    "Node": legacy(
        "Node", "field", "traverse", "destroy", struct="Node", legacy_slots="Node_slots", flags=GC
    ),
    "OldNode": legacy("OldNode", "field", struct="Node", legacy_slots="OldNode_slots", flags=GC),
    "Special": legacy("Special", struct="Special", legacy_slots="Special_slots", flags=GC),
    "Point3": legacy("Point3", "set_z", "z", struct="Point3", legacy_slots="Point3_slots"),
    "Tagged": legacy("Tagged", "tag", struct="Tagged"),
    "Pure": type_spec("Pure", "more", basicsize="sizeof(Pure)"),
    "Plain": type_spec("Plain"),
}

mod = module_fixture(
    SOURCE + "".join(TYPES.values()) + maker(*TYPES),
    methods="make new take_counts static_types".split(),
)


@pytest.fixture(autouse=True)
def counts_start_at_zero(request):
    if "mod" in request.fixturenames:
        request.getfixturevalue("mod").take_counts()


@pytest.fixture
def static_types(mod):
    return mod.static_types()


# Definitions of both APIs


@pytest.mark.smoke
def test_struct(mod):
    cls = mod.make("Both")
    assert cls.__basicsize__ == object.__basicsize__ + 16
    instance = cls(3)
    assert (instance.x, instance.y) == (3, 5)
    assert (cls().x, mod.new(cls).y) == (0, 0)


@pytest.mark.smoke
def test_methods(mod):
    cls = mod.make("Both")
    instance = cls(3)
    assert (instance.old_sum(), instance.product()) == (8, 15)
    assert cls.old_sum.__doc__ == "The sum."
    assert cls.old_class() is instance.old_class() is cls
    assert cls.old_static("argument") == ("argument",)
    with pytest.raises(TypeError):
        cls.old_sum(object())


def test_members(mod):
    instance = mod.make("Both")(3)
    instance.x, instance.y = 1, 2
    assert (instance.x, instance.y, instance.read_only) == (1, 2, 1)
    with pytest.raises(AttributeError, match="readonly attribute"):
        instance.read_only = 1
    assert type(instance).x.__doc__ == "The first."


def test_computed_attributes(mod):
    instance = mod.make("Both")(3)
    assert (instance.old_tenfold, instance.y_tenfold) == (30, 50)
    instance.old_tenfold = 70
    assert instance.x == 7
    with pytest.raises(AttributeError, match="it stays"):
        del instance.old_tenfold


def test_slots(mod):
    instance = mod.make("Both")(3)
    assert repr(instance) == "<3>"
    assert instance - 1 == "new subtract"
    assert list(instance) == [0, 1, 2] and len(instance) == 3
    assert instance(1, 2) == (2,)
    assert int.from_bytes(memoryview(instance), sys.byteorder) == 3


def test_same_name_in_both_apis(mod):
    """HPy's come first. CPython takes the last value of a slot, but the first method of a name."""
    cls = mod.make("Both")
    instance = cls()
    assert instance + 1 == "old add"
    assert cls.__doc__ == "Old doc."
    assert instance.twice() == "HPy"


def test_python_subclass(mod):
    class Sub(mod.make("Both")):
        def __init__(self):
            super().__init__(1, 2)
            self.attribute = "kept"

    instance = Sub()
    assert (instance.old_sum(), instance.product(), instance.attribute) == (3, 2, "kept")


def test_type_without_slots(mod):
    """Neither `legacy_slots` nor `defines` is required."""
    cls = mod.make("Bare")
    assert cls.__basicsize__ == object.__basicsize__ + 16
    assert type(cls()) is type(mod.new(cls)) is cls


def test_call_of_hpy(mod):
    cls = mod.make("Callable")
    for instance in (cls(), mod.new(cls)):
        instance.y = 40
        assert instance(1, 2) == 42 and instance.y == 40


def test_types_are_made_anew_from_one_spec(mod):
    first, second = mod.make("Both"), mod.make("Both")
    assert first is not second
    del first
    gc.collect()
    assert second(1).old_sum() == 6 and second(1).product() == 5


@pytest.mark.fixed_defect
def test_special_members(mod):
    cls = mod.make("Special")
    instance = cls()
    instance.attribute = instance
    assert instance(1, 2, 3) == 3
    assert weakref.ref(instance)() is instance
    assert instance.__dict__ == {"attribute": instance}
    instance.__dict__.clear()
    del instance
    assert mod.take_counts() == (1, 0)


# The end of objects


def test_dealloc_of_the_c_api(mod):
    cls = mod.make("Dealloc")
    before = sys.getrefcount(cls)
    instances = [cls(), mod.new(cls)]
    assert sys.getrefcount(cls) == before + 2
    instances.clear()
    assert sys.getrefcount(cls) == before
    assert mod.take_counts() == (2, 0)


def test_dealloc_is_inherited(mod):
    cls = mod.make("Dealloc")

    class Sub(cls):
        pass

    derived = mod.make("Inherits", BASE, cls)
    assert derived.__basicsize__ == cls.__basicsize__
    before = [sys.getrefcount(c) for c in (Sub, derived)]
    Sub()
    assert mod.take_counts() == (1, 0)
    derived()
    assert mod.take_counts() == (1, 0)
    mod.new(derived)
    assert mod.take_counts() == (1, 0)
    assert [sys.getrefcount(c) for c in (Sub, derived)] == before


@pytest.mark.parametrize("name", ["Refused", "RefusedDestroy"])
def test_dealloc_excludes_traverse_and_destroy(mod, name):
    message = r"^legacy tp_dealloc is incompatible with HPy_tp_traverse or HPy_tp_destroy\.$"
    with pytest.raises(TypeError, match=message):
        mod.make(name)


def test_destroy(mod):
    cls = mod.make("Node")

    class Marker:
        pass

    def fill():
        node = cls()
        node.field, node.object = Marker(), Marker()
        return weakref.ref(node.field), weakref.ref(node.object)

    field, in_object = fill()
    assert field() is None and in_object() is None
    assert mod.take_counts() == (0, 1)


@pytest.mark.fixed_defect
def test_destroy_on_a_type_with_dealloc(mod):
    """The base's own disposal follows that of the derived type."""
    base = mod.make("Dealloc")
    cls = mod.make("Node", BASE, base)
    before = sys.getrefcount(cls), sys.getrefcount(base)
    cls()
    assert mod.take_counts() == (1, 1)
    assert (sys.getrefcount(cls), sys.getrefcount(base)) == before


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name, attribute", [("Node", "field"), ("OldNode", "object")])
def test_cycles_are_collected(mod, name, attribute):
    cls = mod.make(name)

    class Marker:
        pass

    def tie():
        node, marker = cls(), Marker()
        setattr(node, attribute, [node, marker])
        return weakref.ref(marker)

    reference = tie()
    gc.collect()
    assert reference() is None
    assert sum(mod.take_counts()) == 1


@pytest.mark.fixed_defect
def test_type_in_a_cycle_with_its_instance_is_collected(mod):
    for name, attribute in [("Node", "field"), ("OldNode", "object")]:
        cls = mod.make(name)
        reference = weakref.ref(cls)
        cls.instance = cls()
        setattr(cls.instance, attribute, cls)
        del cls
        gc.collect()
        assert reference() is None, name


# Bases and metaclasses


@pytest.mark.smoke
def test_static_base(mod, static_types):
    static, _ = static_types
    cls = mod.make("Point3", BASE, static)
    assert cls.__base__ is static
    instance = cls()
    instance.x = 1
    instance.set_z(30)
    assert (instance.z, instance.old_sum(), instance.sum3()) == (30, 1, 31)
    created = mod.new(cls)
    assert created.z == 0


def test_static_base_whose_struct_is_inherited(mod, static_types):
    static, _ = static_types
    cls = mod.make("Inherits", BASE, static)
    assert cls.__basicsize__ == static.__basicsize__
    instance = cls()
    instance.x = 4
    assert instance.old_sum() == 4


def test_dealloc_of_a_static_base(mod, static_types):
    static, _ = static_types
    types = [mod.make("Inherits", BASE, static), mod.make("Point3", BASE, static)]
    before = [sys.getrefcount(cls) for cls in types]
    for i in range(2):
        types[i]()
        mod.new(types[i])
    assert mod.take_counts() == (4, 0)
    assert [sys.getrefcount(cls) for cls in types] == before


def test_static_metaclass(mod, static_types):
    _, meta = static_types
    for name in ("Both", "Plain"):
        cls = mod.make(name, METACLASS, meta)
        assert type(cls) is meta and repr(cls) == "static metaclass"
        assert type(cls()) is cls


def test_builtin_base(mod):
    cls = mod.make("Tagged", BASE, list)
    instance = cls([1, 2])
    instance.tag = 7
    instance.append(3)
    assert (instance, instance.tag) == ([1, 2, 3], 7)
    created = mod.new(cls)
    created.extend("ab")
    assert (created, created.tag) == (["a", "b"], 0)


@pytest.mark.fixed_defect
def test_type_for_another_base_than_the_struct(mod):
    with pytest.raises(TypeError, match="basicsize .* is smaller than that of its base 'list'"):
        mod.make("Bare", BASE, list)


def test_legacy_type_on_a_legacy_one(mod):
    base = mod.make("Both")
    cls = mod.make("Point3", BASE, base)
    instance = cls(1, 2)
    instance.set_z(3)
    assert (instance.sum3(), instance.old_sum(), instance.product()) == (6, 3, 2)


def test_pure_type_on_a_legacy_one(mod):
    cls = mod.make("Pure", BASE, mod.make("Both"))
    instance = cls(4)
    assert (instance.more(), instance.more(), instance.old_sum(), instance.y) == (4, 8, 9, 5)


@pytest.mark.parametrize("name", ["Bare", "Inherits"])
def test_legacy_type_on_a_pure_one(mod, name):
    base = mod.make("Plain")
    before = sys.getrefcount(base)
    message = "^A legacy type should not inherit its memory layout from a pure type$"
    with pytest.raises(TypeError, match=message):
        mod.make(name, BASE, base)
    gc.collect()
    assert sys.getrefcount(base) == before
