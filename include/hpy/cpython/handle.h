/* handle.h in the CPython ABI. */
#ifndef HPY_CPYTHON_HANDLE_H
#define HPY_CPYTHON_HANDLE_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h)
{
    (void)ctx;
    Py_XINCREF(_HPy_object(h));
    return h;
}

HPyAPI_FUNC void HPy_Close(HPyContext *ctx, HPy h)
{
    (void)ctx;
    Py_XDECREF(_HPy_object(h));
}

HPyAPI_FUNC int HPy_Is(HPyContext *ctx, HPy obj, HPy other)
{
    (void)ctx;
    return obj._i == other._i;
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC void HPy_CloseArray(HPyContext *ctx, HPy *handles, HPy_ssize_t n)
{
    (void)ctx;
    if (handles == NULL)
        return;
    for (HPy_ssize_t i = 0; i < n; i++) {
        PyObject *object = _HPy_object(handles[i]);
        /* Before a finalizer can run. */
        handles[i] = HPy_NULL;
        Py_XDECREF(object);
    }
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_HANDLE_H */
