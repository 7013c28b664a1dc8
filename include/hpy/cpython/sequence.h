/* sequence.h in the CPython ABI. */
#ifndef HPY_CPYTHON_SEQUENCE_H
#define HPY_CPYTHON_SEQUENCE_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPySequence_List, PySequence_List, checks_null)
HPy_CALLS(HPySequence_Tuple, PySequence_Tuple, checks_null)
HPy_CALLS(HPySequence_Count, PySequence_Count)
HPy_CALLS(HPySequence_Index, PySequence_Index)

#include "hpy/generated/cpython/sequence.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/* Stores an item, of which it gets a reference only for the time of the call, at an index of an array. Gives 0 for one that
 * does not go there. Never raises. */
typedef int (*_HPy_StoreItem)(PyObject *item, void *array, HPy_ssize_t index);

HPyAPI_FUNC int _HPy_store_handle(PyObject *item, void *array, HPy_ssize_t index)
{
    Py_INCREF(item);
    ((HPy *)array)[index] = _HPy_handle(item);
    return 1;
}

/* Stores the value of an int that is small; 0 for others. */
HPyAPI_FUNC int _HPy_small_int(PyObject *item, int64_t *value)
{
#if PY_VERSION_HEX >= 0x030c0000
    if (!PyUnstable_Long_IsCompact((PyLongObject *)item))
        return 0;
    *value = PyUnstable_Long_CompactValue((PyLongObject *)item);
    return 1;
#elif PY_VERSION_HEX >= 0x030b0000
    /* The number of digits with the sign. */
    Py_ssize_t size = Py_SIZE(item);
    if (size < -1 || size > 1)
        return 0;
    *value = size * (int64_t)((PyLongObject *)item)->ob_digit[0];
    return 1;
#else
    (void)item;
    (void)value;
    return 0;
#endif
}

HPyAPI_FUNC int _HPy_store_int64(PyObject *item, void *array, HPy_ssize_t index)
{
    int overflow;
    if (!PyLong_CheckExact(item))
        return 0;
    if (_HPy_small_int(item, (int64_t *)array + index))
        return 1;
    int64_t value = PyLong_AsLongLongAndOverflow(item, &overflow);
    if (!overflow)
        ((int64_t *)array)[index] = value;
    return !overflow;
}

HPyAPI_FUNC int _HPy_store_double(PyObject *item, void *array, HPy_ssize_t index)
{
    if (PyFloat_CheckExact(item)) {
        ((double *)array)[index] = PyFloat_AS_DOUBLE(item);
        return 1;
    }
    if (!PyLong_CheckExact(item))
        return 0;
    double value = PyLong_AsDouble(item);
    if (value == -1.0 && PyErr_Occurred() != NULL) {
        PyErr_Clear();
        return 0;
    }
    ((double *)array)[index] = value;
    return 1;
}

/* Items of any other sequence than list and tuple. */
_HPy_NOINLINE HPy_ssize_t _HPy_items_of_any(PyObject *seq, HPy_ssize_t start, HPy_ssize_t count, void *array,
                                            _HPy_StoreItem store)
{
    if (!PySequence_Check(seq)) {
        _HPy_wrong_type("a sequence", seq);
        return -1;
    }
    HPy_ssize_t length = PySequence_Size(seq);
    if (length < 0)
        return -1;
    HPy_ssize_t left = length > start ? length - start : 0;
    if (left < count)
        count = left;
    for (HPy_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_GetItem(seq, start + i);
        if (item == NULL) {
            if (PyErr_ExceptionMatches(PyExc_IndexError)) {
                PyErr_Clear();
                return i;
            }
            while (store == _HPy_store_handle && i > 0)
                Py_DECREF(_HPy_object(((HPy *)array)[--i]));
            return -1;
        }
        int is_stored = store(item, array, i);
        Py_DECREF(item);
        if (!is_stored)
            return i;
    }
    return count;
}

/* What the functions have in common, which are constants of the inlined call: the kind of items. */
HPyAPI_FUNC HPy_ssize_t _HPy_items(HPy h, HPy_ssize_t start, HPy_ssize_t count, void *array, _HPy_StoreItem store)
{
    PyObject *seq = _HPy_object(h);
    HPy_ssize_t stored = 0;
    if (_HPy_UNLIKELY(start < 0 || count < 0)) {
        _HPy_raise(PyExc_ValueError, "start and count must not be negative");
        return -1;
    }
    if (!PyList_Check(seq) && !PyTuple_Check(seq))
        return _HPy_items_of_any(seq, start, count, array, store);
#ifdef Py_GIL_DISABLED
    PyCriticalSection section;
    PyCriticalSection_Begin(&section, seq);
#endif
    HPy_ssize_t length = Py_SIZE(seq);
    HPy_ssize_t left = length > start ? length - start : 0;
    PyObject *const *items = PyList_Check(seq) ? ((PyListObject *)seq)->ob_item : ((PyTupleObject *)seq)->ob_item;
    if (left < count)
        count = left;
    while (stored < count && store(items[start + stored], array, stored))
        stored++;
#ifdef Py_GIL_DISABLED
    PyCriticalSection_End(&section);
#endif
    return stored;
}

HPyAPI_FUNC HPy_ssize_t HPySequence_GetItems(HPyContext *ctx, HPy seq, HPy_ssize_t start, HPy_ssize_t count,
                                             HPy *items)
{
    (void)ctx;
    _HPy_REQUIRE(seq._i, HPySequence_GetItems);
    _HPy_REQUIRE(items, HPySequence_GetItems);
    return _HPy_items(seq, start, count, items, _HPy_store_handle);
}

HPyAPI_FUNC HPy_ssize_t HPySequence_AsInt64s(HPyContext *ctx, HPy seq, HPy_ssize_t start, HPy_ssize_t count,
                                             int64_t *values)
{
    (void)ctx;
    _HPy_REQUIRE(seq._i, HPySequence_AsInt64s);
    _HPy_REQUIRE(values, HPySequence_AsInt64s);
    return _HPy_items(seq, start, count, values, _HPy_store_int64);
}

HPyAPI_FUNC HPy_ssize_t HPySequence_AsDoubles(HPyContext *ctx, HPy seq, HPy_ssize_t start, HPy_ssize_t count,
                                              double *values)
{
    (void)ctx;
    _HPy_REQUIRE(seq._i, HPySequence_AsDoubles);
    _HPy_REQUIRE(values, HPySequence_AsDoubles);
    return _HPy_items(seq, start, count, values, _HPy_store_double);
}

#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_SEQUENCE_H */
