/* Step 3 of 4: half ported.
 *
 * Methods, some slots and the module's function are HPy's. What depends on the object's layout is still legacy: how a
 * ring is made and freed, `on_drop`, the buffer, the iterator. One struct serves both halves.
 */
#include <hpy.h>
#include <structmember.h>
#include <stddef.h>
#include <stdlib.h>

/* ---- the ring: plain C ---- */

typedef struct {
    PyObject_HEAD
    double *items;
    Py_ssize_t capacity;
    Py_ssize_t first;   /* index of the oldest item */
    Py_ssize_t length;  /* how many items there are */
    Py_ssize_t exports; /* buffers handed out; while there are any, the items must stay where they are */
    size_t changes;     /* tells an iterator whether the ring is still what it was */
    PyObject *on_drop;  /* called with each item that is pushed out, or NULL */
} Ring;

/* [helpers] */
HPyType_LEGACY_HELPERS(Ring) /* defines Ring_AsStruct */
/* [end] */

static double Ring_at(const Ring *ring, Py_ssize_t index)
{
    return ring->items[(ring->first + index) % ring->capacity];
}

/* Adds an item. Returns whether one was pushed out, and stores that in `*dropped`. */
static int Ring_add(Ring *ring, double item, double *dropped)
{
    int is_full = ring->length == ring->capacity;
    if (is_full) {
        *dropped = ring->items[ring->first];
        ring->items[ring->first] = item;
        ring->first = (ring->first + 1) % ring->capacity;
    } else {
        ring->items[(ring->first + ring->length) % ring->capacity] = item;
        ring->length++;
    }
    ring->changes++;
    return is_full;
}

/* Moves the items so that the oldest is at index 0 and they are contiguous. */
static int Ring_straighten(Ring *ring)
{
    if (ring->first == 0)
        return 0;
    double *items = malloc((size_t)ring->capacity * sizeof(double));
    if (items == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < ring->length; i++)
        items[i] = Ring_at(ring, i);
    free(ring->items);
    ring->items = items;
    ring->first = 0;
    return 0;
}

/* ---- creation and destruction ---- */

static PyObject *Ring_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"capacity", "on_drop", NULL};
    Py_ssize_t capacity;
    PyObject *on_drop = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "n|O:Ring", keywords, &capacity, &on_drop))
        return NULL;
    if (capacity < 1 || capacity > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(double)) {
        PyErr_SetString(PyExc_ValueError, "capacity out of range");
        return NULL;
    }

    Ring *self = (Ring *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->capacity = capacity;
    self->items = malloc((size_t)capacity * sizeof(double));
    if (self->items == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    if (on_drop != NULL && on_drop != Py_None) {
        Py_INCREF(on_drop);
        self->on_drop = on_drop;
    }
    return (PyObject *)self;
}

static int Ring_traverse(Ring *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->on_drop);
    return 0;
}

static int Ring_clear(Ring *self)
{
    Py_CLEAR(self->on_drop);
    return 0;
}

static void Ring_dealloc(Ring *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Ring_clear(self);
    free(self->items);
    type->tp_free(self);
    Py_DECREF(type);
}

/* ---- methods ---- */

static int Ring_check_exports(HPyContext *ctx, const Ring *ring)
{
    if (ring->exports == 0)
        return 0;
    HPyErr_SetString(ctx, ctx->h_BufferError, "a ring cannot change while a buffer of it exists");
    return -1;
}

/* [push_number] */
static int Ring_push_number(HPyContext *ctx, HPy h_self, HPy h_value)
{
    Ring *self = Ring_AsStruct(ctx, h_self);
    double item = HPyFloat_AsDouble(ctx, h_value);
    if (item == -1.0 && HPyErr_Occurred(ctx))
        return -1;
    double dropped;
    if (Ring_check_exports(ctx, self) < 0)
        return -1;
    if (!Ring_add(self, item, &dropped) || self->on_drop == NULL)
        return 0;

    HPy callback = HPy_FromPyObject(ctx, self->on_drop); /* a handle of its own: the call may change on_drop */
    HPy h_dropped = HPyFloat_FromDouble(ctx, dropped);
    HPy result = HPy_NULL;
    if (!HPy_IsNull(callback) && !HPy_IsNull(h_dropped))
        result = HPy_Call(ctx, callback, &h_dropped, 1, HPy_NULL);
    int status = HPy_IsNull(result) ? -1 : 0;
    HPy_Close(ctx, callback);
    HPy_Close(ctx, h_dropped);
    HPy_Close(ctx, result);
    return status;
}
/* [end] */

/* [push] */
HPyDef_METH(Ring_push, "push", HPyFunc_O, .doc = "push($self, value, /)\n--\n\nAdd a number.")
static HPy Ring_push_impl(HPyContext *ctx, HPy self, HPy value)
{
    if (Ring_push_number(ctx, self, value) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}
/* [end] */

HPyDef_METH(Ring_extend, "extend", HPyFunc_O,
            .doc = "extend($self, values, /)\n--\n\nAdd all numbers of a sequence.")
static HPy Ring_extend_impl(HPyContext *ctx, HPy self, HPy values)
{
    HPy_ssize_t count = HPy_Length(ctx, values);
    if (count < 0)
        return HPy_NULL;
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy value = HPy_GetItem_i(ctx, values, i);
        if (HPy_IsNull(value))
            return HPy_NULL;
        int status = Ring_push_number(ctx, self, value);
        HPy_Close(ctx, value);
        if (status < 0)
            return HPy_NULL;
    }
    return HPy_Dup(ctx, ctx->h_None);
}

/* [take] */
HPyDef_METH(Ring_take, "take", HPyFunc_VARARGS,
            .doc = "take($self, count=1, /)\n--\n\nRemove the oldest items.")
static HPy Ring_take_impl(HPyContext *ctx, HPy h_self, const HPy *args, size_t nargs)
{
    Ring *self = Ring_AsStruct(ctx, h_self);
    HPy_ssize_t count = 1;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "|n:take", &count))
        return HPy_NULL;
    if (count < 0 || count > self->length)
        return HPyErr_Format(ctx, ctx->h_IndexError, "cannot take %zd of %zd items", count, self->length);
    if (Ring_check_exports(ctx, self) < 0)
        return HPy_NULL;

    HPyListBuilder builder = HPyListBuilder_New(ctx, count);
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy item = HPyFloat_FromDouble(ctx, Ring_at(self, i));
        if (HPy_IsNull(item)) {
            HPyListBuilder_Cancel(ctx, builder);
            return HPy_NULL;
        }
        HPyListBuilder_Set(ctx, builder, i, item);
        HPy_Close(ctx, item);
    }
    HPy list = HPyListBuilder_Build(ctx, builder);
    if (HPy_IsNull(list))
        return HPy_NULL;
    self->first = (self->first + count) % self->capacity;
    self->length -= count;
    self->changes++;
    return list;
}
/* [end] */

/* ---- slots ---- */

/* [length] */
HPyDef_SLOT(Ring_length, HPy_sq_length)
static HPy_ssize_t Ring_length_impl(HPyContext *ctx, HPy self)
{
    return Ring_AsStruct(ctx, self)->length;
}
/* [end] */

HPyDef_SLOT(Ring_item, HPy_sq_item)
static HPy Ring_item_impl(HPyContext *ctx, HPy h_self, HPy_ssize_t index)
{
    Ring *self = Ring_AsStruct(ctx, h_self);
    if (index < 0 || index >= self->length)
        return HPyErr_SetString(ctx, ctx->h_IndexError, "ring index out of range");
    return HPyFloat_FromDouble(ctx, Ring_at(self, index));
}

HPyDef_SLOT(Ring_repr, HPy_tp_repr)
static HPy Ring_repr_impl(HPyContext *ctx, HPy h_self)
{
    Ring *self = Ring_AsStruct(ctx, h_self);
    return HPyUnicode_FromFormat(ctx, "<ringbuf.Ring of %zd, with %zd items>", self->capacity, self->length);
}

/* ---- attributes ---- */

static PyObject *Ring_get_on_drop(Ring *self, void *closure)
{
    PyObject *value = self->on_drop != NULL ? self->on_drop : Py_None;
    (void)closure;
    Py_INCREF(value);
    return value;
}

static int Ring_set_on_drop(Ring *self, PyObject *value, void *closure)
{
    (void)closure;
    PyObject *old = self->on_drop;
    if (value == Py_None)
        value = NULL;
    Py_XINCREF(value);
    self->on_drop = value;
    Py_XDECREF(old);
    return 0;
}

/* ---- the buffer protocol ---- */

static int Ring_getbuffer(Ring *self, Py_buffer *view, int flags)
{
    static Py_ssize_t strides[] = {sizeof(double)};
    (void)flags; /* writable and contiguous memory satisfies every request */
    if (Ring_straighten(self) < 0) {
        PyErr_NoMemory();
        view->obj = NULL;
        return -1;
    }
    Py_INCREF(self);
    view->obj = (PyObject *)self;
    view->buf = self->items;
    view->len = self->length * (Py_ssize_t)sizeof(double);
    view->itemsize = sizeof(double);
    view->readonly = 0;
    view->ndim = 1;
    view->format = "d";
    view->shape = &self->length;
    view->strides = strides;
    view->suboffsets = NULL;
    view->internal = NULL;
    self->exports++;
    return 0;
}

static void Ring_releasebuffer(Ring *self, Py_buffer *view)
{
    (void)view;
    self->exports--;
}

/* ---- the iterator ---- */

typedef struct {
    PyObject_HEAD
    PyObject *ring; /* NULL when all has been seen */
    Py_ssize_t next;
    size_t changes; /* of the ring when the iteration began */
} RingIterator;

static PyTypeObject *RingIterator_type;

static PyObject *Ring_iter(Ring *self)
{
    RingIterator *iterator = (RingIterator *)RingIterator_type->tp_alloc(RingIterator_type, 0);
    if (iterator == NULL)
        return NULL;
    Py_INCREF(self);
    iterator->ring = (PyObject *)self;
    iterator->changes = self->changes;
    return (PyObject *)iterator;
}

static PyObject *RingIterator_next(RingIterator *self)
{
    if (self->ring == NULL)
        return NULL;
    Ring *ring = (Ring *)self->ring;
    if (ring->changes != self->changes) {
        PyErr_SetString(PyExc_RuntimeError, "ring changed during iteration");
        return NULL;
    }
    if (self->next == ring->length) {
        Py_CLEAR(self->ring);
        return NULL;
    }
    return PyFloat_FromDouble(Ring_at(ring, self->next++));
}

static int RingIterator_traverse(RingIterator *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->ring);
    return 0;
}

static int RingIterator_clear(RingIterator *self)
{
    Py_CLEAR(self->ring);
    return 0;
}

static void RingIterator_dealloc(RingIterator *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    RingIterator_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* ---- types ---- */

static PyMemberDef Ring_members[] = {
    {"capacity", T_PYSSIZET, offsetof(Ring, capacity), READONLY, "how many items fit"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef Ring_getsets[] = {
    {"on_drop", (getter)Ring_get_on_drop, (setter)Ring_set_on_drop, "called with what is pushed out", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* [type] */
static PyType_Slot Ring_slots[] = { /* what is left to do */
    {Py_tp_new, Ring_new},
    {Py_tp_dealloc, Ring_dealloc},
    {Py_tp_traverse, Ring_traverse},
    {Py_tp_clear, Ring_clear},
    {Py_tp_iter, Ring_iter},
    {Py_bf_getbuffer, Ring_getbuffer},
    {Py_bf_releasebuffer, Ring_releasebuffer},
    {Py_tp_members, Ring_members},
    {Py_tp_getset, Ring_getsets},
    {0, NULL},
};

static HPyDef *Ring_defines[] = {&Ring_push, &Ring_extend, &Ring_take, &Ring_length, &Ring_item, &Ring_repr, NULL};

static HPyType_Spec Ring_spec = {
    .name = "ringbuf.Ring",
    .doc = "Ring(capacity, on_drop=None)\n--\n\nThe last numbers of a stream.",
    .basicsize = sizeof(Ring),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(Ring),
    .legacy_slots = Ring_slots,
    .defines = Ring_defines,
};
/* [end] */

static PyType_Slot RingIterator_slots[] = {
    {Py_tp_dealloc, RingIterator_dealloc},
    {Py_tp_traverse, RingIterator_traverse},
    {Py_tp_clear, RingIterator_clear},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, RingIterator_next},
    {0, NULL},
};

static HPyType_Spec RingIterator_spec = {
    .name = "ringbuf.RingIterator",
    .basicsize = sizeof(RingIterator),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = HPyType_BuiltinShape_Legacy,
    .legacy_slots = RingIterator_slots,
};

/* ---- the module ---- */

/* [smooth] */
HPyDef_METH(smooth, "smooth", HPyFunc_KEYWORDS,
            .doc = "smooth(values, /, factor=0.5)\n--\n\nThe exponential moving average of a sequence.")
static HPy smooth_impl(HPyContext *ctx, HPy module, const HPy *args, size_t nargs, HPy kwnames)
{
    static const char *keywords[] = {"", "factor", NULL};
    HPyTracker tracker; /* owns the handles that the parser makes: here `values` */
    HPy values;
    double factor = 0.5;
    (void)module;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "O|d:smooth", keywords, &values, &factor))
        return HPy_NULL;

    HPy_ssize_t count = HPy_Length(ctx, values);
    HPy list = count < 0 ? HPy_NULL : HPyList_New(ctx, 0);
    double mean = 0;
    for (HPy_ssize_t i = 0; !HPy_IsNull(list) && i < count; i++) {
        int status = -1;
        HPy value = HPy_GetItem_i(ctx, values, i);
        double number = HPy_IsNull(value) ? -1.0 : HPyFloat_AsDouble(ctx, value);
        if (number != -1.0 || !HPyErr_Occurred(ctx)) {
            mean = i == 0 ? number : mean + factor * (number - mean);
            HPy item = HPyFloat_FromDouble(ctx, mean);
            status = HPy_IsNull(item) ? -1 : HPyList_Append(ctx, list, item);
            HPy_Close(ctx, item);
        }
        HPy_Close(ctx, value);
        if (status < 0) {
            HPy_Close(ctx, list);
            list = HPy_NULL;
        }
    }
    HPyTracker_Close(ctx, tracker);
    return list;
}
/* [end] */

HPyDef_SLOT(module_exec, HPy_mod_exec)
static int module_exec_impl(HPyContext *ctx, HPy module)
{
    HPy type = HPyType_FromSpec(ctx, &RingIterator_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    Py_XSETREF(RingIterator_type, (PyTypeObject *)HPy_AsPyObject(ctx, type));
    HPy_Close(ctx, type);
    return HPyHelpers_AddType(ctx, module, "Ring", &Ring_spec, NULL) ? 0 : -1;
}

static HPyDef *module_defines[] = {&smooth, &module_exec, NULL};

static HPyModuleDef module_def = {
    .doc = "The last numbers of a stream.",
    .defines = module_defines,
};

HPy_MODINIT(ringbuf, module_def)
