/* Fields: references from the struct of an object to other objects.
 *
 * A field may only be a member of the struct of an instance, and the `HPy_tp_traverse` of its type must visit it. A
 * field that is all zero refers to nothing.
 *
 * Without a GIL, a field that other threads may store is loaded in a critical section of its object (lock.h), which
 * storing is in anyway: its value is read before `HPyField_Load` is called.
 */
#ifndef HPY_FIELD_H
#define HPY_FIELD_H

#include "hpy/context.h"

/**
 * Makes a field of `target_object` refer to the object of `h`, or to nothing for `HPy_NULL`. The handle remains the
 * caller's. The reference that the field held before is released.
 */
HPy_ID(221, since=0.0, python=finalizers, error=none)
HPyAPI_FUNC void HPyField_Store(HPyContext *ctx, HPy target_object, HPy_INOUT HPyField *target_field,
                                HPy_NULLABLE HPy h);

/**
 * The object that a field of `source_object` refers to.
 *
 * Returns a new handle; `HPy_NULL` without an exception if the field refers to nothing.
 */
HPy_ID(222, since=0.0, python=no, error=none)
HPyAPI_FUNC HPy HPyField_Load(HPyContext *ctx, HPy source_object, HPyField source_field);

/**
 * Visits a field in an implementation of `HPy_tp_traverse`, whose parameters must be named `visit` and `arg`. If the
 * result is not 0, the macro returns it from that function.
 */
#define HPy_VISIT(field) \
    do { \
        HPyField *_hpy_field = (field); \
        if (!HPyField_IsNull(*_hpy_field)) { \
            int _hpy_result = visit(_hpy_field, arg); \
            if (_hpy_result != 0) \
                return _hpy_result; \
        } \
    } while (0)

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/field.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_FIELD_H */
