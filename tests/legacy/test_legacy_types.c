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
