/* The type of vectors.c in CPython's C API, by its conventions: for comparison. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "numbers.h"

typedef struct {
    PyObject_HEAD
    Numbers numbers;
} Vector;

static PyTypeObject *Vector_type;

static int failed(int status)
{
    if (status == NO_MEMORY)
        PyErr_NoMemory();
    else if (status == BAD_INDEX)
        PyErr_SetString(PyExc_IndexError, "index out of range");
    else if (status == BAD_VALUE)
        PyErr_SetString(PyExc_ValueError, "no such number, or sizes differ");
    return status == OK ? 0 : -1;
}

static PyObject *none_or_failed(int status)
{
    if (failed(status))
        return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(Vector_doc,
"Vector(size=0, fill=0.0)\n"
"--\n"
"\n"
"An array of numbers.");

static PyObject *Vector_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"size", "fill", NULL};
    Py_ssize_t size = 0;
    double fill = 0.0;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|nd:Vector", keywords, &size, &fill))
        return NULL;
    Vector *self = (Vector *)type->tp_alloc(type, 0);
    if (self != NULL && failed(numbers_init(&self->numbers, size, fill))) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static void Vector_dealloc(Vector *self)
{
    PyTypeObject *type = Py_TYPE(self);
    numbers_free(&self->numbers);
    type->tp_free(self);
    Py_DECREF(type);
}

PyDoc_STRVAR(append_doc,
"append($self, x, /)\n"
"--\n"
"\n"
"Add a number at the end.");

static PyObject *Vector_append(Vector *self, PyObject *arg)
{
    double x = PyFloat_AsDouble(arg);
    if (x == -1.0 && PyErr_Occurred())
        return NULL;
    return none_or_failed(numbers_append(&self->numbers, x));
}

PyDoc_STRVAR(extend_doc,
"extend($self, other, /)\n"
"--\n"
"\n"
"Add the numbers of another vector at the end.");

static PyObject *Vector_extend(Vector *self, PyObject *arg)
{
    if (!PyObject_TypeCheck(arg, Vector_type)) {
        PyErr_Format(PyExc_TypeError, "extend() argument must be Vector, not %.50s", Py_TYPE(arg)->tp_name);
        return NULL;
    }
    return none_or_failed(numbers_extend(&self->numbers, &((Vector *)arg)->numbers));
}

PyDoc_STRVAR(insert_doc,
"insert($self, index, x, /)\n"
"--\n"
"\n"
"Insert a number before an index.");

static PyObject *Vector_insert(Vector *self, PyObject *args)
{
    Py_ssize_t index;
    double x;
    if (!PyArg_ParseTuple(args, "nd:insert", &index, &x))
        return NULL;
    return none_or_failed(numbers_insert(&self->numbers, index, x));
}

PyDoc_STRVAR(pop_doc,
"pop($self, index=-1, /)\n"
"--\n"
"\n"
"Remove and return the number at an index.");

static PyObject *Vector_pop(Vector *self, PyObject *args)
{
    Py_ssize_t index = -1;
    double x = 0;
    if (!PyArg_ParseTuple(args, "|n:pop", &index))
        return NULL;
    if (failed(numbers_pop(&self->numbers, index, &x)))
        return NULL;
    return PyFloat_FromDouble(x);
}

PyDoc_STRVAR(get_doc,
"get($self, index, /)\n"
"--\n"
"\n"
"Return the number at an index.");

static PyObject *Vector_get(Vector *self, PyObject *arg)
{
    Py_ssize_t index = PyNumber_AsSsize_t(arg, PyExc_OverflowError);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    double *place = numbers_at(&self->numbers, index);
    if (place == NULL) {
        failed(BAD_INDEX);
        return NULL;
    }
    return PyFloat_FromDouble(*place);
}

PyDoc_STRVAR(set_doc,
"set($self, index, x, /)\n"
"--\n"
"\n"
"Change the number at an index.");

static PyObject *Vector_set(Vector *self, PyObject *args)
{
    Py_ssize_t index;
    double x;
    if (!PyArg_ParseTuple(args, "nd:set", &index, &x))
        return NULL;
    return none_or_failed(numbers_set(&self->numbers, index, x));
}

PyDoc_STRVAR(index_doc,
"index($self, /, x, start=0, stop=...)\n"
"--\n"
"\n"
"Return the first index of a number.");

static PyObject *Vector_index(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"x", "start", "stop", NULL};
    double x;
    Py_ssize_t start = 0;
    Py_ssize_t stop = PY_SSIZE_T_MAX;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "d|nn:index", keywords, &x, &start, &stop))
        return NULL;
    Py_ssize_t index = numbers_index(&self->numbers, x, start, stop);
    if (index < 0) {
        failed(BAD_VALUE);
        return NULL;
    }
    return PyLong_FromSsize_t(index);
}

PyDoc_STRVAR(count_doc,
"count($self, /, x)\n"
"--\n"
"\n"
"Return how often a number occurs.");

static PyObject *Vector_count(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"x", NULL};
    double x;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "d:count", keywords, &x))
        return NULL;
    return PyLong_FromSsize_t(numbers_count(&self->numbers, x));
}

PyDoc_STRVAR(fill_doc,
"fill($self, /, x, start=0, stop=...)\n"
"--\n"
"\n"
"Change all numbers between two indices.");

static PyObject *Vector_fill(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"x", "start", "stop", NULL};
    double x;
    Py_ssize_t start = 0;
    Py_ssize_t stop = PY_SSIZE_T_MAX;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "d|nn:fill", keywords, &x, &start, &stop))
        return NULL;
    numbers_fill(&self->numbers, x, start, stop);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(reverse_doc,
"reverse($self, /)\n"
"--\n"
"\n"
"Reverse the order.");

static PyObject *Vector_reverse(Vector *self, PyObject *ignored)
{
    numbers_reverse(&self->numbers);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(sort_doc,
"sort($self, /, *, order='ascending')\n"
"--\n"
"\n"
"Sort the numbers.");

static PyObject *Vector_sort(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"order", NULL};
    const char *name = "ascending";
    Order order;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|$s:sort", keywords, &name))
        return NULL;
    if (strcmp(name, "ascending") == 0)
        order = ASCENDING;
    else if (strcmp(name, "descending") == 0)
        order = DESCENDING;
    else {
        PyErr_Format(PyExc_ValueError,
                     "sort() argument 'order' must be 'ascending' or 'descending', not '%.100s'", name);
        return NULL;
    }
    numbers_sort(&self->numbers, order);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(sum_doc,
"sum($self, /, start=0.0)\n"
"--\n"
"\n"
"Return the sum.");

static PyObject *Vector_sum(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"start", NULL};
    double start = 0.0;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|d:sum", keywords, &start))
        return NULL;
    return PyFloat_FromDouble(numbers_sum(&self->numbers, start));
}

PyDoc_STRVAR(dot_doc,
"dot($self, other, /)\n"
"--\n"
"\n"
"Return the inner product.");

static PyObject *Vector_dot(Vector *self, PyObject *arg)
{
    if (!PyObject_TypeCheck(arg, Vector_type)) {
        PyErr_Format(PyExc_TypeError, "dot() argument must be Vector, not %.50s", Py_TYPE(arg)->tp_name);
        return NULL;
    }
    Numbers *other = &((Vector *)arg)->numbers;
    if (self->numbers.size != other->size) {
        failed(BAD_VALUE);
        return NULL;
    }
    return PyFloat_FromDouble(numbers_dot(&self->numbers, other));
}

PyDoc_STRVAR(norm_doc,
"norm($self, /, kind='two')\n"
"--\n"
"\n"
"Return the length.");

static PyObject *Vector_norm(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"kind", NULL};
    const char *name = "two";
    Norm kind;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|s:norm", keywords, &name))
        return NULL;
    if (strcmp(name, "one") == 0)
        kind = NORM_1;
    else if (strcmp(name, "two") == 0)
        kind = NORM_2;
    else if (strcmp(name, "max") == 0)
        kind = NORM_MAX;
    else {
        PyErr_Format(PyExc_ValueError,
                     "norm() argument 'kind' must be 'one', 'two' or 'max', not '%.100s'", name);
        return NULL;
    }
    return PyFloat_FromDouble(numbers_norm(&self->numbers, kind));
}

PyDoc_STRVAR(scale_doc,
"scale($self, /, factor, offset=0.0)\n"
"--\n"
"\n"
"Multiply all numbers, and add to them.");

static PyObject *Vector_scale(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"factor", "offset", NULL};
    double factor;
    double offset = 0.0;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "d|d:scale", keywords, &factor, &offset))
        return NULL;
    numbers_scale(&self->numbers, factor, offset);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(add_doc,
"add($self, /, other, *, weight=1.0)\n"
"--\n"
"\n"
"Add another vector.");

static PyObject *Vector_add(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"other", "weight", NULL};
    Vector *other;
    double weight = 1.0;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "O!|$d:add", keywords, Vector_type, &other, &weight))
        return NULL;
    return none_or_failed(numbers_add(&self->numbers, &other->numbers, weight));
}

PyDoc_STRVAR(clip_doc,
"clip($self, /, low=..., high=...)\n"
"--\n"
"\n"
"Limit all numbers.");

static PyObject *Vector_clip(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"low", "high", NULL};
    double low = -INFINITY;
    double high = INFINITY;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|dd:clip", keywords, &low, &high))
        return NULL;
    numbers_clip(&self->numbers, low, high);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(slice_doc,
"slice($self, /, start=0, stop=...)\n"
"--\n"
"\n"
"Return a new vector of the numbers between two indices.");

static PyObject *Vector_slice(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"start", "stop", NULL};
    Py_ssize_t start = 0;
    Py_ssize_t stop = PY_SSIZE_T_MAX;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|nn:slice", keywords, &start, &stop))
        return NULL;
    PyTypeObject *type = Py_TYPE(self);
    Vector *part = (Vector *)type->tp_alloc(type, 0);
    if (part != NULL && failed(numbers_slice(&part->numbers, &self->numbers, start, stop))) {
        Py_DECREF(part);
        return NULL;
    }
    return (PyObject *)part;
}

PyDoc_STRVAR(close_to_doc,
"close_to($self, /, other, *, rel_tol=1e-9, abs_tol=0.0)\n"
"--\n"
"\n"
"Tell whether two vectors are nearly equal.");

static PyObject *Vector_close_to(Vector *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"other", "rel_tol", "abs_tol", NULL};
    Vector *other;
    double rel_tol = 1e-9;
    double abs_tol = 0.0;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "O!|$dd:close_to", keywords, Vector_type, &other, &rel_tol, &abs_tol))
        return NULL;
    return PyBool_FromLong(numbers_close(&self->numbers, &other->numbers, rel_tol, abs_tol));
}

PyDoc_STRVAR(to_list_doc,
"to_list($self, /)\n"
"--\n"
"\n"
"Return a list of the numbers.");

static PyObject *Vector_to_list(Vector *self, PyObject *ignored)
{
    PyObject *list = PyList_New(self->numbers.size);
    for (Py_ssize_t i = 0; list != NULL && i < self->numbers.size; i++) {
        PyObject *x = PyFloat_FromDouble(self->numbers.items[i]);
        if (x == NULL) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, i, x);
    }
    return list;
}

static PyObject *Vector_get_unit(Vector *self, void *closure)
{
    return PyUnicode_FromString(numbers_unit(&self->numbers));
}

static int Vector_set_unit(Vector *self, PyObject *value, void *closure)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "cannot delete attribute 'unit'");
        return -1;
    }
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "Vector.unit must be str, not %.50s", Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_ssize_t size;
    const char *unit = PyUnicode_AsUTF8AndSize(value, &size);
    if (unit == NULL)
        return -1;
    if (strlen(unit) != (size_t)size) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return -1;
    }
    return failed(numbers_set_unit(&self->numbers, unit));
}

static PyObject *Vector_get_size(Vector *self, void *closure)
{
    return PyLong_FromSsize_t(numbers_size(&self->numbers));
}

#define METHOD(NAME, FLAGS) {#NAME, (PyCFunction)(void (*)(void))Vector_##NAME, FLAGS, NAME##_doc}

static PyMethodDef Vector_methods[] = {
    METHOD(append, METH_O),
    METHOD(extend, METH_O),
    METHOD(insert, METH_VARARGS),
    METHOD(pop, METH_VARARGS),
    METHOD(get, METH_O),
    METHOD(set, METH_VARARGS),
    METHOD(index, METH_VARARGS | METH_KEYWORDS),
    METHOD(count, METH_VARARGS | METH_KEYWORDS),
    METHOD(fill, METH_VARARGS | METH_KEYWORDS),
    METHOD(reverse, METH_NOARGS),
    METHOD(sort, METH_VARARGS | METH_KEYWORDS),
    METHOD(sum, METH_VARARGS | METH_KEYWORDS),
    METHOD(dot, METH_O),
    METHOD(norm, METH_VARARGS | METH_KEYWORDS),
    METHOD(scale, METH_VARARGS | METH_KEYWORDS),
    METHOD(add, METH_VARARGS | METH_KEYWORDS),
    METHOD(clip, METH_VARARGS | METH_KEYWORDS),
    METHOD(slice, METH_VARARGS | METH_KEYWORDS),
    METHOD(close_to, METH_VARARGS | METH_KEYWORDS),
    METHOD(to_list, METH_NOARGS),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef Vector_getsets[] = {
    {"unit", (getter)Vector_get_unit, (setter)Vector_set_unit, "The unit of the numbers.", NULL},
    {"size", (getter)Vector_get_size, NULL, "How many numbers there are.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot Vector_slots[] = {
    {Py_tp_doc, (void *)Vector_doc},
    {Py_tp_new, Vector_new},
    {Py_tp_dealloc, Vector_dealloc},
    {Py_tp_methods, Vector_methods},
    {Py_tp_getset, Vector_getsets},
    {0, NULL},
};

static PyType_Spec Vector_spec = {
    .name = "vectors_capi.Vector",
    .basicsize = sizeof(Vector),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = Vector_slots,
};

static int execute(PyObject *module)
{
    Vector_type = (PyTypeObject *)PyType_FromSpec(&Vector_spec);
    if (Vector_type == NULL)
        return -1;
    return PyObject_SetAttrString(module, "Vector", (PyObject *)Vector_type);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "vectors_capi",
    .m_doc = "Arrays of numbers.",
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_vectors_capi(void)
{
    return PyModuleDef_Init(&definition);
}
