/* An extension that knows nothing of HPy but the header of `matrix`, and uses its functions by the C API. */
#include <Python.h>

#include "matrix_api.h"

static const MatrixAPI *api;

static PyObject *identity(PyObject *self, PyObject *arg)
{
    (void)self;
    ptrdiff_t n = (ptrdiff_t)PyLong_AsSsize_t(arg);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    PyObject *result = api->Matrix_New(n, n);
    Matrix *matrix = result == NULL ? NULL : api->Matrix_AsStruct(result);
    for (ptrdiff_t i = 0; matrix != NULL && i < n; i++)
        matrix->items[i * n + i] = 1;
    return result;
}

static PyObject *square(PyObject *self, PyObject *arg)
{
    (void)self;
    return api->Matrix_Product(arg, arg);
}

static PyMethodDef methods[] = {
    {"identity", identity, METH_O, PyDoc_STR("identity($module, n, /)\n--\n\nThe identity matrix of n rows.")},
    {"square", square, METH_O, PyDoc_STR("square($module, matrix, /)\n--\n\nThe product of the matrix with itself.")},
    {NULL, NULL, 0, NULL},
};

static int matrix_capi_exec(PyObject *module)
{
    api = MatrixAPI_Import(module);
    return api == NULL ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)matrix_capi_exec},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "matrix_capi", .m_methods = methods, .m_slots = slots,
};

PyMODINIT_FUNC PyInit_matrix_capi(void)
{
    return PyModuleDef_Init(&definition);
}
