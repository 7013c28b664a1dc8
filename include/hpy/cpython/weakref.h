/* weakref.h in the CPython ABI. */
#ifndef HPY_CPYTHON_WEAKREF_H
#define HPY_CPYTHON_WEAKREF_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyWeakref_Check, PyWeakref_Check)
HPy_CALLS(HPyWeakref_NewRef, PyWeakref_NewRef)
HPy_CALLS(HPyWeakref_NewProxy, PyWeakref_NewProxy)

#include "hpy/generated/cpython/weakref.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC int HPyWeakref_GetRef(HPyContext *ctx, HPy ref, HPy *result)
{
    PyObject *object = NULL;
    int found;
    (void)ctx;
    _HPy_REQUIRE(result, HPyWeakref_GetRef);
    *result = HPy_NULL;
    _HPy_REQUIRE(ref._i, HPyWeakref_GetRef);
    if (_HPy_UNLIKELY(!PyWeakref_Check(_HPy_object(ref)))) {
        _HPy_wrong_type("a weak reference", _HPy_object(ref));
        return -1;
    }
#if PY_VERSION_HEX >= 0x030d0000
    found = PyWeakref_GetRef(_HPy_object(ref), &object);
#else
    object = PyWeakref_GetObject(_HPy_object(ref));
    found = object == Py_None ? 0 : 1;
    if (found)
        Py_INCREF(object);
    else
        object = NULL;
#endif
    *result = _HPy_handle(object);
    return found;
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_WEAKREF_H */
