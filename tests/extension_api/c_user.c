/* An extension of CPython's C API that uses the functions of `pairs`: what `user` is, without HPy. */
#include <Python.h>
#include <stddef.h>

#include "pairs_api.h"

static const PairsAPI *api;

static PyObject *import_api(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    const PairsAPI *imported = PairsAPI_Import(self);
    if (imported == NULL)
        return NULL;
    api = imported;
    Py_RETURN_NONE;
}

static PyObject *new_pair(PyObject *self, PyObject *ignored)
{
    (void)self, (void)ignored;
    return api->Pairs_New(1.5, 2.5);
}

static PyObject *add(PyObject *self, PyObject *arg)
{
    (void)self;
    double sum = api->Pairs_Add(0.5, (int)PyLong_AsLong(arg), 2.0);
    return PyErr_Occurred() ? NULL : PyFloat_FromDouble(sum);
}

static PyObject *tuple(PyObject *self, PyObject *args)
{
    (void)self;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    /* Copied, since not every engine has an array in its lists and tuples. */
    PyObject **items = PyMem_Malloc((size_t)count * sizeof(*items));
    if (items == NULL)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < count; i++)
        items[i] = PyTuple_GET_ITEM(args, i);
    PyObject *result = api->Pairs_Tuple(items, (size_t)count);
    PyMem_Free(items);
    return result;
}

/* `(status, quotient, remainder, exception type)`, with None for NULL. */
static PyObject *divide(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *quotient = NULL, *remainder = NULL;
    int status = api->Pairs_Divide(PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1), &quotient,
                                   PyTuple_GET_SIZE(args) > 2 ? NULL : &remainder);
    int raised = PyErr_Occurred() != NULL && PyErr_ExceptionMatches(PyExc_ZeroDivisionError);
    if (raised)
        PyErr_Clear();
    PyObject *result = PyErr_Occurred() ? NULL
                                        : Py_BuildValue("(iOOi)", status, quotient == NULL ? Py_None : quotient,
                                                        remainder == NULL ? Py_None : remainder, raised);
    Py_XDECREF(quotient);
    Py_XDECREF(remainder);
    return result;
}

static PyObject *count(PyObject *self, PyObject *ignored)
{
    (void)self, (void)ignored;
    api->Pairs_Count();
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *names(PyObject *self, PyObject *ignored)
{
    (void)self, (void)ignored;
    const char *name = api->Pairs_Context();
    return name == NULL ? NULL : Py_BuildValue("(ss)", "C API", name);
}

static PyObject *ten(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *items[] = {PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1)};
    PyObject *out = NULL;
    PyObject *h = api->Pairs_Ten(items[0], -2, items[1], 1L << 30, items, 2, 0.25f, &out, 255, NULL);
    if (h == NULL) {
        Py_XDECREF(out);
        return NULL;
    }
    return Py_BuildValue("(NN)", h, out);
}

static PyObject *swap(PyObject *self, PyObject *arg)
{
    (void)self;
    Pair *pair = api->Pair_AsStruct(arg);
    if (pair == NULL)
        return NULL;
    double first = pair->first;
    pair->first = pair->second;
    pair->second = first;
    Py_RETURN_NONE;
}

/* What a header of the provider could declare for the C API. The alignment matters where the head is no multiple of it:
   PyPy's has three words. */
typedef struct {
    PyObject_HEAD
    _Alignas(max_align_t) Pair pair;
} PyPairObject;
#define PyPair_FIRST(object) (((PyPairObject *)(object))->pair.first)

static PyObject *is_behind_head(PyObject *self, PyObject *arg)
{
    (void)self;
    Pair *pair = api->Pair_AsStruct(arg);
    return pair == NULL ? NULL : PyBool_FromLong(pair == &((PyPairObject *)arg)->pair);
}

static PyObject *first_of(PyObject *self, PyObject *arg)
{
    (void)self;
    return PyFloat_FromDouble(PyPair_FIRST(arg));
}

static PyMethodDef methods[] = {
    {"import_api", import_api, METH_NOARGS, NULL}, {"new_pair", new_pair, METH_NOARGS, NULL},
    {"add", add, METH_O, NULL},                    {"tuple", tuple, METH_VARARGS, NULL},
    {"divide", divide, METH_VARARGS, NULL},        {"count", count, METH_NOARGS, NULL},
    {"names", names, METH_NOARGS, NULL},           {"ten", ten, METH_VARARGS, NULL},
    {"swap", swap, METH_O, NULL},                  {"is_behind_head", is_behind_head, METH_O, NULL},
    {"first_of", first_of, METH_O, NULL},          {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot slots[] = {
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "user", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_user(void)
{
    return PyModuleDef_Init(&module);
}
