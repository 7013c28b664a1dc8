/* item.h in the CPython ABI.
 *
 * Access by number to exact lists and tuples does not go through their type's slots. On a free-threaded CPython
 * a list may change under us, so there only tuples have the short way.
 */
#ifndef HPY_CPYTHON_ITEM_H
#define HPY_CPYTHON_ITEM_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy_ssize_t HPy_Length(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return PyObject_Size(_HPy_object(h));
}

HPyAPI_FUNC HPy HPy_GetItem(HPyContext *ctx, HPy obj, HPy key)
{
    (void)ctx;
    return _HPy_handle(PyObject_GetItem(_HPy_object(obj), _HPy_object(key)));
}

/* The long way of HPy_GetItem_i. */
_HPy_NOINLINE HPy _HPy_item_by_number(PyObject *object, HPy_ssize_t index)
{
    if (PySequence_Check(object))
        return _HPy_handle(PySequence_GetItem(object, index));
    PyObject *key = PyLong_FromSsize_t(index);
    if (key == NULL)
        return HPy_NULL;
    PyObject *item = PyObject_GetItem(object, key);
    Py_DECREF(key);
    return _HPy_handle(item);
}

HPyAPI_FUNC HPy HPy_GetItem_i(HPyContext *ctx, HPy obj, HPy_ssize_t idx)
{
    PyObject *object = _HPy_object(obj);
    PyObject *const *items = NULL;
    (void)ctx;
    _HPy_REQUIRE(object, "ctx_GetItem_i", HPy_NULL);
    if (PyTuple_CheckExact(object))
        items = ((PyTupleObject *)object)->ob_item;
#ifndef Py_GIL_DISABLED
    else if (PyList_CheckExact(object))
        items = ((PyListObject *)object)->ob_item;
#endif
    else
        return _HPy_item_by_number(object, idx);
    /* As unsigned, a negative index is larger than any length; the long way counts it from the end. */
    if ((size_t)idx >= (size_t)Py_SIZE(object))
        return _HPy_item_by_number(object, idx);
    Py_INCREF(items[idx]);
    return _HPy_handle(items[idx]);
}

HPyAPI_FUNC HPy HPy_GetItem_s(HPyContext *ctx, HPy obj, const char *utf8_key)
{
    (void)ctx;
    return _HPy_handle(PyMapping_GetItemString(_HPy_object(obj), utf8_key));
}

HPyAPI_FUNC int HPy_Contains(HPyContext *ctx, HPy container, HPy key)
{
    (void)ctx;
    _HPy_REQUIRE(container._i, "ctx_Contains", -1);
    _HPy_REQUIRE(key._i, "ctx_Contains", -1);
    return PySequence_Contains(_HPy_object(container), _HPy_object(key));
}

HPyAPI_FUNC int HPy_SetItem(HPyContext *ctx, HPy obj, HPy key, HPy value)
{
    (void)ctx;
    return PyObject_SetItem(_HPy_object(obj), _HPy_object(key), _HPy_object(value));
}

/* The long way of HPy_SetItem_i and HPy_DelItem_i, which passes NULL as value. */
_HPy_NOINLINE int _HPy_set_item_by_number(PyObject *object, HPy_ssize_t index, PyObject *value)
{
    PyObject *key = PyLong_FromSsize_t(index);
    if (key == NULL)
        return -1;
    int status = value != NULL ? PyObject_SetItem(object, key, value) : PyObject_DelItem(object, key);
    Py_DECREF(key);
    return status;
}

HPyAPI_FUNC int HPy_SetItem_i(HPyContext *ctx, HPy obj, HPy_ssize_t idx, HPy value)
{
    PyObject *object = _HPy_object(obj);
    (void)ctx;
    _HPy_REQUIRE(object, "ctx_SetItem_i", -1);
    _HPy_REQUIRE(value._i, "ctx_SetItem_i", -1);
#ifndef Py_GIL_DISABLED
    if (PyList_CheckExact(object)) {
        HPy_ssize_t index = idx < 0 ? idx + Py_SIZE(object) : idx;
        if ((size_t)index < (size_t)Py_SIZE(object)) {
            /* Stored before the old item goes, which may run code that sees the list. */
            PyObject *old = ((PyListObject *)object)->ob_item[index];
            Py_INCREF(_HPy_object(value));
            ((PyListObject *)object)->ob_item[index] = _HPy_object(value);
            Py_XDECREF(old);
            return 0;
        }
    }
#endif
    return _HPy_set_item_by_number(object, idx, _HPy_object(value));
}

HPyAPI_FUNC int HPy_SetItem_s(HPyContext *ctx, HPy obj, const char *utf8_key, HPy value)
{
    (void)ctx;
    return PyMapping_SetItemString(_HPy_object(obj), utf8_key, _HPy_object(value));
}

HPyAPI_FUNC int HPy_DelItem(HPyContext *ctx, HPy obj, HPy key)
{
    (void)ctx;
    return PyObject_DelItem(_HPy_object(obj), _HPy_object(key));
}

HPyAPI_FUNC int HPy_DelItem_i(HPyContext *ctx, HPy obj, HPy_ssize_t idx)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_DelItem_i", -1);
    return _HPy_set_item_by_number(_HPy_object(obj), idx, NULL);
}

HPyAPI_FUNC int HPy_DelItem_s(HPyContext *ctx, HPy obj, const char *utf8_key)
{
    (void)ctx;
    return PyObject_DelItemString(_HPy_object(obj), utf8_key);
}

HPyAPI_FUNC HPy HPy_GetSlice(HPyContext *ctx, HPy obj, HPy_ssize_t start, HPy_ssize_t end)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_GetSlice", HPy_NULL);
    return _HPy_handle(PySequence_GetSlice(_HPy_object(obj), start, end));
}

HPyAPI_FUNC int HPy_SetSlice(HPyContext *ctx, HPy obj, HPy_ssize_t start, HPy_ssize_t end, HPy value)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_SetSlice", -1);
    _HPy_REQUIRE(value._i, "ctx_SetSlice", -1);
    return PySequence_SetSlice(_HPy_object(obj), start, end, _HPy_object(value));
}

HPyAPI_FUNC int HPy_DelSlice(HPyContext *ctx, HPy obj, HPy_ssize_t start, HPy_ssize_t end)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_DelSlice", -1);
    return PySequence_DelSlice(_HPy_object(obj), start, end);
}

#endif /* HPY_CPYTHON_ITEM_H */
