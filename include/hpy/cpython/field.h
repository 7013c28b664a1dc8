/* field.h in the CPython ABI. */
#ifndef HPY_CPYTHON_FIELD_H
#define HPY_CPYTHON_FIELD_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC void HPyField_Store(HPyContext *ctx, HPy target_object, HPyField *target_field, HPy h)
{
    PyObject *old;
    (void)ctx, (void)target_object;
    _HPy_REQUIRE(target_field, HPyField_Store);
    Py_XINCREF(_HPy_object(h));
    /* Stored before the old object is released, which may run code that reads the field. In a critical section, as other
     * threads load the field in one. */
#ifdef Py_GIL_DISABLED
    PyCriticalSection section;
    if (!HPy_IsNull(target_object))
        PyCriticalSection_Begin(&section, _HPy_object(target_object));
#endif
    old = (PyObject *)target_field->_i;
    target_field->_i = h._i;
#ifdef Py_GIL_DISABLED
    if (!HPy_IsNull(target_object))
        PyCriticalSection_End(&section);
#endif
    Py_XDECREF(old);
}

HPyAPI_FUNC HPy HPyField_Load(HPyContext *ctx, HPy source_object, HPyField source_field)
{
    (void)ctx, (void)source_object;
    Py_XINCREF((PyObject *)source_field._i);
    return _HPy_handle((PyObject *)source_field._i);
}

#endif /* HPY_CPYTHON_FIELD_H */
