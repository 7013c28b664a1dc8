/* list.h in the CPython ABI. */
#ifndef HPY_CPYTHON_LIST_H
#define HPY_CPYTHON_LIST_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyList_Check, PyList_Check)
HPy_CALLS(HPyList_Append, PyList_Append)
HPy_CALLS(HPyList_Insert, PyList_Insert)

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

#endif /* HPY_CPYTHON_LIST_H */
