/* list.h in the CPython ABI. */
#ifndef HPY_CPYTHON_LIST_H
#define HPY_CPYTHON_LIST_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyList_Check, PyList_Check)
HPy_CALLS(HPyList_Append, PyList_Append)
HPy_CALLS(HPyList_Insert, PyList_Insert)
HPy_CALLS(HPyList_Sort, PyList_Sort)
HPy_CALLS(HPyList_Reverse, PyList_Reverse)

#include "hpy/generated/cpython/list.h"

/* The items are None; CPython's would be NULL, for which functions that read the list crash. */
HPyAPI_FUNC HPy HPyList_New(HPyContext *ctx, HPy_ssize_t len)
{
    (void)ctx;
    PyObject *list = PyList_New(len);
    if (list != NULL) {
        for (HPy_ssize_t i = 0; i < len; i++) {
            Py_INCREF(Py_None);
            PyList_SET_ITEM(list, i, Py_None);
        }
    }
    return _HPy_handle(list);
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/* PyList_Extend of CPython 3.13 */
HPyAPI_FUNC int HPyList_Extend(HPyContext *ctx, HPy h_list, HPy iterable)
{
    (void)ctx;
    _HPy_REQUIRE(h_list._i, HPyList_Extend);
    _HPy_REQUIRE(iterable._i, HPyList_Extend);
    return PyList_SetSlice(_HPy_object(h_list), PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, _HPy_object(iterable));
}

HPyAPI_FUNC HPy HPyList_FromArray(HPyContext *ctx, const HPy items[], HPy_ssize_t n)
{
    (void)ctx;
    _HPy_REQUIRE(items != NULL || n <= 0, HPyList_FromArray);
    PyObject *list = PyList_New(n);
    for (HPy_ssize_t i = 0; list != NULL && i < n; i++) {
        PyObject *item = _HPy_object(items[i]);
        if (_HPy_UNLIKELY(item == NULL)) {
            Py_DECREF(list);
            _HPy_null_argument("HPyList_FromArray");
            return HPy_NULL;
        }
        Py_INCREF(item);
        PyList_SET_ITEM(list, i, item);
    }
    return _HPy_handle(list);
}

/* Returns a list of what `make` makes of each value. */
#define _HPy_FILL_LIST(n, make) \
    PyObject *list = PyList_New(n); \
    for (HPy_ssize_t i = 0; list != NULL && i < n; i++) { \
        PyObject *item = make(values[i]); \
        if (_HPy_UNLIKELY(item == NULL)) \
            Py_CLEAR(list); \
        else \
            PyList_SET_ITEM(list, i, item); \
    } \
    return _HPy_handle(list)

HPyAPI_FUNC HPy HPyList_FromInt64s(HPyContext *ctx, const int64_t *values, HPy_ssize_t n)
{
    (void)ctx;
    _HPy_REQUIRE(values != NULL || n <= 0, HPyList_FromInt64s);
    _HPy_FILL_LIST(n, PyLong_FromLongLong);
}

HPyAPI_FUNC HPy HPyList_FromDoubles(HPyContext *ctx, const double *values, HPy_ssize_t n)
{
    (void)ctx;
    _HPy_REQUIRE(values != NULL || n <= 0, HPyList_FromDoubles);
    _HPy_FILL_LIST(n, PyFloat_FromDouble);
}

#undef _HPy_FILL_LIST

#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_LIST_H */
