/* Step 1 of 4: the original extension, written with the C API of CPython.
 *
 * `ringbuf.Ring(capacity, on_drop=None)` keeps the last `capacity` numbers of a stream. When a number pushes
 * out the oldest one, `on_drop` is called with the latter. `memoryview(ring)` reads the numbers without a copy, and
 * an iterator walks from the oldest to the newest.
 *
 * Comments such as [struct] ... [end] mark the extracts in docs/porting-guide.md.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <stddef.h>
#include <stdlib.h>

/* ---- the ring: plain C ---- */

/* [struct] */
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

/* [new] */
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
/* [end] */

/* [dealloc] */
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
/* [end] */

/* ---- methods ---- */

static int Ring_check_exports(const Ring *ring)
{
    if (ring->exports == 0)
        return 0;
    PyErr_SetString(PyExc_BufferError, "a ring cannot change while a buffer of it exists");
    return -1;
}

/* [push_number] */
static int Ring_push_number(Ring *self, PyObject *value)
{
    double item = PyFloat_AsDouble(value);
    if (item == -1.0 && PyErr_Occurred())
        return -1;
    double dropped;
    if (Ring_check_exports(self) < 0)
        return -1;
    if (!Ring_add(self, item, &dropped) || self->on_drop == NULL)
        return 0;

    PyObject *callback = self->on_drop; /* ours: the call may change self->on_drop */
    Py_INCREF(callback);
    PyObject *result = PyObject_CallFunction(callback, "d", dropped);
    Py_DECREF(callback);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}
/* [end] */

/* [push] */
static PyObject *Ring_push(Ring *self, PyObject *value)
{
    if (Ring_push_number(self, value) < 0)
        return NULL;
    Py_RETURN_NONE;
}
/* [end] */

static PyObject *Ring_extend(Ring *self, PyObject *values)
{
    Py_ssize_t count = PySequence_Size(values);
    if (count < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *value = PySequence_GetItem(values, i);
        if (value == NULL)
            return NULL;
        int status = Ring_push_number(self, value);
        Py_DECREF(value);
        if (status < 0)
            return NULL;
    }
    Py_RETURN_NONE;
}

/* [take] */
static PyObject *Ring_take(Ring *self, PyObject *args)
{
    Py_ssize_t count = 1;
    if (!PyArg_ParseTuple(args, "|n:take", &count))
        return NULL;
    if (count < 0 || count > self->length) {
        PyErr_Format(PyExc_IndexError, "cannot take %zd of %zd items", count, self->length);
        return NULL;
    }
    if (Ring_check_exports(self) < 0)
        return NULL;

    PyObject *list = PyList_New(count);
    if (list == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyFloat_FromDouble(Ring_at(self, i));
        if (item == NULL) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, i, item);
    }
    self->first = (self->first + count) % self->capacity;
    self->length -= count;
    self->changes++;
    return list;
}
/* [end] */

/* ---- slots ---- */

/* [length] */
static Py_ssize_t Ring_length(Ring *self)
{
    return self->length;
}
/* [end] */

static PyObject *Ring_item(Ring *self, Py_ssize_t index)
{
    if (index < 0 || index >= self->length) {
        PyErr_SetString(PyExc_IndexError, "ring index out of range");
        return NULL;
    }
    return PyFloat_FromDouble(Ring_at(self, index));
}

static PyObject *Ring_repr(Ring *self)
{
    return PyUnicode_FromFormat("<ringbuf.Ring of %zd, with %zd items>", self->capacity, self->length);
}

/* ---- attributes ---- */

/* [on_drop] */
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
/* [end] */

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

/* [iterator] */
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
/* [end] */

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

static PyMethodDef Ring_methods[] = {
    {"push", (PyCFunction)Ring_push, METH_O, "push($self, value, /)\n--\n\nAdd a number."},
    {"extend", (PyCFunction)Ring_extend, METH_O, "extend($self, values, /)\n--\n\nAdd all numbers of a sequence."},
    {"take", (PyCFunction)Ring_take, METH_VARARGS, "take($self, count=1, /)\n--\n\nRemove the oldest items."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef Ring_members[] = {
    {"capacity", T_PYSSIZET, offsetof(Ring, capacity), READONLY, "how many items fit"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef Ring_getsets[] = {
    {"on_drop", (getter)Ring_get_on_drop, (setter)Ring_set_on_drop, "called with what is pushed out", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot Ring_slots[] = {
    {Py_tp_doc, "Ring(capacity, on_drop=None)\n--\n\nThe last numbers of a stream."},
    {Py_tp_new, Ring_new},
    {Py_tp_dealloc, Ring_dealloc},
    {Py_tp_traverse, Ring_traverse},
    {Py_tp_clear, Ring_clear},
    {Py_tp_repr, Ring_repr},
    {Py_tp_iter, Ring_iter},
    {Py_sq_length, Ring_length},
    {Py_sq_item, Ring_item},
    {Py_bf_getbuffer, Ring_getbuffer},
    {Py_bf_releasebuffer, Ring_releasebuffer},
    {Py_tp_methods, Ring_methods},
    {Py_tp_members, Ring_members},
    {Py_tp_getset, Ring_getsets},
    {0, NULL},
};

/* [specs] */
static PyType_Spec Ring_spec = {
    .name = "ringbuf.Ring",
    .basicsize = sizeof(Ring),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = Ring_slots,
};

static PyType_Slot RingIterator_slots[] = {
    {Py_tp_dealloc, RingIterator_dealloc},
    {Py_tp_traverse, RingIterator_traverse},
    {Py_tp_clear, RingIterator_clear},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, RingIterator_next},
    {0, NULL},
};

static PyType_Spec RingIterator_spec = {
    .name = "ringbuf.RingIterator",
    .basicsize = sizeof(RingIterator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = RingIterator_slots,
};
/* [end] */

/* ---- the module ---- */

/* [smooth] */
static PyObject *smooth(PyObject *module, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"", "factor", NULL};
    PyObject *values;
    double factor = 0.5;
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "O|d:smooth", keywords, &values, &factor))
        return NULL;
    Py_ssize_t count = PySequence_Size(values);
    if (count < 0)
        return NULL;

    PyObject *list = PyList_New(0);
    double mean = 0;
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        int status = -1;
        PyObject *value = PySequence_GetItem(values, i);
        double number = value != NULL ? PyFloat_AsDouble(value) : -1.0;
        if (number != -1.0 || !PyErr_Occurred()) {
            mean = i == 0 ? number : mean + factor * (number - mean);
            PyObject *item = PyFloat_FromDouble(mean);
            status = item != NULL ? PyList_Append(list, item) : -1;
            Py_XDECREF(item);
        }
        Py_XDECREF(value);
        if (status < 0)
            Py_CLEAR(list);
    }
    return list;
}
/* [end] */

/* [module] */
static PyMethodDef module_methods[] = {
    {"smooth", (PyCFunction)(void (*)(void))smooth, METH_VARARGS | METH_KEYWORDS,
     "smooth(values, /, factor=0.5)\n--\n\nThe exponential moving average of a sequence."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "ringbuf",
    .m_doc = "The last numbers of a stream.",
    .m_size = -1,
    .m_methods = module_methods,
};

PyMODINIT_FUNC PyInit_ringbuf(void)
{
    PyObject *module = PyModule_Create(&module_def);
    if (module == NULL)
        return NULL;
    RingIterator_type = (PyTypeObject *)PyType_FromSpec(&RingIterator_spec);
    PyObject *ring_type = PyType_FromSpec(&Ring_spec);
    if (RingIterator_type == NULL || ring_type == NULL || PyModule_AddObject(module, "Ring", ring_type) < 0) {
        Py_CLEAR(RingIterator_type);
        Py_XDECREF(ring_type);
        Py_DECREF(module);
        return NULL;
    }
    return module; /* PyModule_AddObject has taken ring_type */
}
/* [end] */
