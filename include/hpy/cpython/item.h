/* item.h in the CPython ABI.
 *
 * Access by index to exact lists and tuples does not go through the slots of their type. On a free-threaded CPython
 * another thread may change a list meanwhile, so there only tuples have this fast path.
 */
#ifndef HPY_CPYTHON_ITEM_H
#define HPY_CPYTHON_ITEM_H

#include "hpy/cpython/lookup.h"

HPy_CALLS(HPySequence_Check, PySequence_Check)
HPy_CALLS(HPyMapping_Check, PyMapping_Check)
HPy_CALLS(HPy_Length, PyObject_Size, checks_null)
HPy_CALLS(HPy_GetItem_s, PyMapping_GetItemString, checks_null)
HPy_CALLS(HPy_Contains, PySequence_Contains)
HPy_CALLS(HPy_SetItem, PyObject_SetItem, checks_null)
HPy_CALLS(HPy_SetItem_s, PyMapping_SetItemString, checks_null)
HPy_CALLS(HPy_DelItem, PyObject_DelItem, checks_null)
HPy_CALLS(HPy_DelItem_s, PyObject_DelItemString, checks_null)
HPy_CALLS(HPyMapping_Keys, PyMapping_Keys, checks_null)
HPy_CALLS(HPyMapping_Values, PyMapping_Values, checks_null)
HPy_CALLS(HPyMapping_Items, PyMapping_Items, checks_null)
HPy_CALLS(HPy_GetSlice, PySequence_GetSlice)
HPy_CALLS(HPy_SetSlice, PySequence_SetSlice)
HPy_CALLS(HPy_DelSlice, PySequence_DelSlice)

#include "hpy/generated/cpython/item.h"

HPyAPI_FUNC HPy HPy_GetItem(HPyContext *ctx, HPy obj, HPy key)
{
    (void)ctx;
    return _HPy_handle(PyObject_GetItem(_HPy_object(obj), _HPy_object(key)));
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC int HPy_GetOptionalItem(HPyContext *ctx, HPy obj, HPy key, HPy *result)
{
    (void)ctx;
    _HPy_REQUIRE_LOOK_UP(obj, key._i, result, HPy_GetOptionalItem);
    return _HPy_look_up(_HPy_optional_item, obj, key, result);
}

HPyAPI_FUNC int HPy_GetOptionalItem_s(HPyContext *ctx, HPy obj, const char *utf8_key, HPy *result)
{
    (void)ctx;
    _HPy_REQUIRE_LOOK_UP(obj, utf8_key, result, HPy_GetOptionalItem_s);
    return _HPy_look_up_s(_HPy_optional_item, obj, utf8_key, result);
}
#endif

/* The slow path of HPy_GetItem_i. */
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
    _HPy_REQUIRE(object, HPy_GetItem_i);
    if (PyTuple_CheckExact(object))
        items = ((PyTupleObject *)object)->ob_item;
#ifndef Py_GIL_DISABLED
    else if (PyList_CheckExact(object))
        items = ((PyListObject *)object)->ob_item;
#endif
    else
        return _HPy_item_by_number(object, idx);
    /* As unsigned, a negative index is larger than any length; the slow path counts it from the end. */
    if ((size_t)idx >= (size_t)Py_SIZE(object))
        return _HPy_item_by_number(object, idx);
    Py_INCREF(items[idx]);
    return _HPy_handle(items[idx]);
}

/* The slow path of HPy_SetItem_i and of HPy_DelItem_i, which passes NULL as value. */
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
    _HPy_REQUIRE(object, HPy_SetItem_i);
    _HPy_REQUIRE(value._i, HPy_SetItem_i);
#ifndef Py_GIL_DISABLED
    if (PyList_CheckExact(object)) {
        HPy_ssize_t index = idx < 0 ? idx + Py_SIZE(object) : idx;
        if ((size_t)index < (size_t)Py_SIZE(object)) {
            /* Stored before the old item is released, which may run code that reads the list. */
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

HPyAPI_FUNC int HPy_DelItem_i(HPyContext *ctx, HPy obj, HPy_ssize_t idx)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, HPy_DelItem_i);
    return _HPy_set_item_by_number(_HPy_object(obj), idx, NULL);
}

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_ITEM_H */
