/* list.h in the CPython ABI. */
#ifndef HPY_CPYTHON_LIST_H
#define HPY_CPYTHON_LIST_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC int HPyList_Check(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return !HPy_IsNull(h) && PyList_Check(_HPy_object(h));
}

/* The items are None, where CPython's are NULL, which none of the functions that read a list can bear. */
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

HPyAPI_FUNC int HPyList_Append(HPyContext *ctx, HPy h_list, HPy h_item)
{
    (void)ctx;
    _HPy_REQUIRE(h_list._i, "ctx_List_Append", -1);
    _HPy_REQUIRE(h_item._i, "ctx_List_Append", -1);
    return PyList_Append(_HPy_object(h_list), _HPy_object(h_item));
}

HPyAPI_FUNC int HPyList_Insert(HPyContext *ctx, HPy h_list, HPy_ssize_t index, HPy h_item)
{
    (void)ctx;
    _HPy_REQUIRE(h_list._i, "ctx_List_Insert", -1);
    _HPy_REQUIRE(h_item._i, "ctx_List_Insert", -1);
    return PyList_Insert(_HPy_object(h_list), index, _HPy_object(h_item));
}

#endif /* HPY_CPYTHON_LIST_H */
