/* builder.h in the CPython ABI.
 *
 * A builder is the list or tuple itself, which nothing else can see until it is built; null if it could not be created.
 * `Set` cannot return an error. A null item leaves its place empty, for which `Build` raises. An index that is out of
 * range sets an exception at once, and then `Build` fails.
 */
#ifndef HPY_CPYTHON_BUILDER_H
#define HPY_CPYTHON_BUILDER_H

#include "hpy/cpython/base.h"

/* Whether an index has ever been out of range: only then an exception may be that of a builder. */
HPyAPI_DATA volatile unsigned char _HPyC_builder_has_failed;

_HPy_COLD void _HPy_builder_out_of_range(HPy_ssize_t index, HPy_ssize_t size)
{
    PyErr_Format(PyExc_IndexError, "builder index %zd is out of range for size %zd", index, size);
}

HPyAPI_FUNC void _HPy_set_built_item(PyObject **items, HPy_ssize_t size, HPy_ssize_t index, PyObject *item)
{
    /* As unsigned, a negative index is larger than any size. */
    if (_HPy_UNLIKELY((size_t)index >= (size_t)size)) {
        _HPyC_builder_has_failed = 1;
        _HPy_builder_out_of_range(index, size);
        return;
    }
    /* Each item should be set once; if it is set again, the former item is released. */
    PyObject *old = items[index];
    Py_XINCREF(item);
    items[index] = item;
    Py_XDECREF(old);
}

/* An item is missing, or has been out of range in some builder. */
_HPy_COLD HPy _HPy_build_slowly(PyObject *container, HPy_ssize_t index, const char *name)
{
    if (PyErr_Occurred() == NULL) {
        if (index == Py_SIZE(container))
            return _HPy_handle(container);
        PyErr_Format(PyExc_SystemError, "%s_Build: no item was set at index %zd", name, index);
    }
    Py_DECREF(container);
    return HPy_NULL;
}

HPyAPI_FUNC HPy _HPy_build(PyObject *container, PyObject *const *items, const char *name)
{
    HPy_ssize_t index = 0, size = Py_SIZE(container);
    while (index < size && items[index] != NULL)
        index++;
    if (_HPy_UNLIKELY(index < size || _HPyC_builder_has_failed))
        return _HPy_build_slowly(container, index, name);
    return _HPy_handle(container);
}

HPyAPI_FUNC HPyListBuilder HPyListBuilder_New(HPyContext *ctx, HPy_ssize_t size)
{
    HPyListBuilder builder = {0};
    (void)ctx;
    if (size >= 0) {
        builder._lst = (intptr_t)PyList_New(size);
        /* Build raises. */
        if (_HPy_UNLIKELY(builder._lst == 0))
            PyErr_Clear();
    }
    return builder;
}

HPyAPI_FUNC void HPyListBuilder_Set(HPyContext *ctx, HPyListBuilder builder, HPy_ssize_t index,
                                    HPy h_item)
{
    PyListObject *container = (PyListObject *)builder._lst;
    (void)ctx;
    if (_HPy_UNLIKELY(container == NULL))
        return;
    _HPy_set_built_item(container->ob_item, Py_SIZE(container), index, _HPy_object(h_item));
}

HPyAPI_FUNC HPy HPyListBuilder_Build(HPyContext *ctx, HPyListBuilder builder)
{
    PyListObject *container = (PyListObject *)builder._lst;
    (void)ctx;
    if (_HPy_UNLIKELY(container == NULL))
        return _HPy_handle(PyErr_NoMemory());
    return _HPy_build((PyObject *)container, container->ob_item, "HPyListBuilder");
}

HPyAPI_FUNC void HPyListBuilder_Cancel(HPyContext *ctx, HPyListBuilder builder)
{
    (void)ctx;
    Py_XDECREF((PyObject *)builder._lst);
}

HPyAPI_FUNC HPyTupleBuilder HPyTupleBuilder_New(HPyContext *ctx, HPy_ssize_t size)
{
    HPyTupleBuilder builder = {0};
    (void)ctx;
    if (size >= 0) {
        builder._tup = (intptr_t)PyTuple_New(size);
        /* Build raises. */
        if (_HPy_UNLIKELY(builder._tup == 0))
            PyErr_Clear();
    }
    return builder;
}

HPyAPI_FUNC void HPyTupleBuilder_Set(HPyContext *ctx, HPyTupleBuilder builder, HPy_ssize_t index,
                                     HPy h_item)
{
    PyTupleObject *container = (PyTupleObject *)builder._tup;
    (void)ctx;
    if (_HPy_UNLIKELY(container == NULL))
        return;
    _HPy_set_built_item(container->ob_item, Py_SIZE(container), index, _HPy_object(h_item));
}

HPyAPI_FUNC HPy HPyTupleBuilder_Build(HPyContext *ctx, HPyTupleBuilder builder)
{
    PyTupleObject *container = (PyTupleObject *)builder._tup;
    (void)ctx;
    if (_HPy_UNLIKELY(container == NULL))
        return _HPy_handle(PyErr_NoMemory());
    return _HPy_build((PyObject *)container, container->ob_item, "HPyTupleBuilder");
}

HPyAPI_FUNC void HPyTupleBuilder_Cancel(HPyContext *ctx, HPyTupleBuilder builder)
{
    (void)ctx;
    Py_XDECREF((PyObject *)builder._tup);
}

#endif /* HPY_CPYTHON_BUILDER_H */
