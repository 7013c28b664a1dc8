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

#endif /* HPY_CPYTHON_HANDLE_H */
