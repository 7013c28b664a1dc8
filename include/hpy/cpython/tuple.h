/* tuple.h in the CPython ABI. */
#ifndef HPY_CPYTHON_TUPLE_H
#define HPY_CPYTHON_TUPLE_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyTuple_Check, PyTuple_Check)

#include "hpy/generated/cpython/tuple.h"

HPyAPI_FUNC HPy HPyTuple_FromArray(HPyContext *ctx, const HPy items[], HPy_ssize_t n)
{
    (void)ctx;
    _HPy_REQUIRE(items != NULL || n <= 0, HPyTuple_FromArray);
    /* Raises for a negative size. */
    PyObject *tuple = PyTuple_New(n);
    if (tuple == NULL)
        return HPy_NULL;
    for (HPy_ssize_t i = 0; i < n; i++) {
        PyObject *item = _HPy_object(items[i]);
        if (_HPy_UNLIKELY(item == NULL)) {
            Py_DECREF(tuple);
            _HPy_null_argument("HPyTuple_FromArray");
            return HPy_NULL;
        }
        Py_INCREF(item);
        PyTuple_SET_ITEM(tuple, i, item);
    }
    return _HPy_handle(tuple);
}

#endif /* HPY_CPYTHON_TUPLE_H */
