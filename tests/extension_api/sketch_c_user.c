/* The "third party" of the sketch, with the C API. */
#include <Python.h>

#include "sketch_api.h"

static const numpy_api *numpy_api_capsule;

static PyObject *call(PyObject *self, PyObject *my_object)
{
    (void)self;
    return numpy_api_capsule->my_api_function_pointer(my_object);
}

static int execute(PyObject *module)
{
    numpy_api_capsule = numpy_api_Import(module);
    return numpy_api_capsule == NULL ? -1 : 0;
}

static PyMethodDef methods[] = {{"call", call, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)(uintptr_t)execute}, {0, NULL}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "sketch_user", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_sketch_user(void)
{
    return PyModuleDef_Init(&module);
}
