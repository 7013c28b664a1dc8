/* capsule.h in the CPython ABI. Keys are usually constants, so compilers reduce these functions to one call. */
#ifndef HPY_CPYTHON_CAPSULE_H
#define HPY_CPYTHON_CAPSULE_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyCapsule_IsValid, PyCapsule_IsValid, checks_null)

#include "hpy/generated/cpython/capsule.h"

/* Stores what CPython calls for a destructor: its trampoline. Returns 0, or -1 with an exception if a member is
 * missing. */
HPyAPI_FUNC int _HPy_capsule_destructor(const HPyCapsule_Destructor *dtor, PyCapsule_Destructor *native)
{
    *native = NULL;
    if (dtor == NULL)
        return 0;
    if (_HPy_UNLIKELY(dtor->cpy_trampoline == NULL || dtor->impl == NULL)) {
        _HPy_raise(PyExc_ValueError, "Invalid HPyCapsule destructor");
        return -1;
    }
    *native = dtor->cpy_trampoline;
    return 0;
}

HPyAPI_FUNC HPy HPyCapsule_New(HPyContext *ctx, void *pointer, const char *utf8_name,
                               HPyCapsule_Destructor *dtor)
{
    PyCapsule_Destructor native;
    (void)ctx;
    if (_HPy_capsule_destructor(dtor, &native) < 0)
        return HPy_NULL;
    return _HPy_handle(PyCapsule_New(pointer, utf8_name, native));
}

HPyAPI_FUNC void *HPyCapsule_Get(HPyContext *ctx, HPy capsule, _HPyCapsule_key key, const char *utf8_name)
{
    (void)ctx;
    switch (key) {
    case HPyCapsule_key_Pointer:
        return PyCapsule_GetPointer(_HPy_object(capsule), utf8_name);
    case HPyCapsule_key_Name:
        return (void *)(intptr_t)PyCapsule_GetName(_HPy_object(capsule));
    case HPyCapsule_key_Context:
        return PyCapsule_GetContext(_HPy_object(capsule));
    case HPyCapsule_key_Destructor:
        _HPy_raise(PyExc_ValueError, "Invalid operation: get HPyCapsule_key_Destructor");
        return NULL;
    }
    _HPy_raise(PyExc_ValueError, "invalid capsule key: use one of HPyCapsule_key_...");
    return NULL;
}

HPyAPI_FUNC int HPyCapsule_Set(HPyContext *ctx, HPy capsule, _HPyCapsule_key key, void *value)
{
    PyCapsule_Destructor native;
    (void)ctx;
    switch (key) {
    case HPyCapsule_key_Pointer:
        return PyCapsule_SetPointer(_HPy_object(capsule), value);
    case HPyCapsule_key_Name:
        return PyCapsule_SetName(_HPy_object(capsule), (const char *)value);
    case HPyCapsule_key_Context:
        return PyCapsule_SetContext(_HPy_object(capsule), value);
    case HPyCapsule_key_Destructor:
        if (_HPy_capsule_destructor((HPyCapsule_Destructor *)value, &native) < 0)
            return -1;
        return PyCapsule_SetDestructor(_HPy_object(capsule), native);
    }
    _HPy_raise(PyExc_ValueError, "invalid capsule key: use one of HPyCapsule_key_...");
    return -1;
}

#endif /* HPY_CPYTHON_CAPSULE_H */
