/* buffer.h in the CPython ABI. */
#ifndef HPY_CPYTHON_BUFFER_H
#define HPY_CPYTHON_BUFFER_H

#include "hpy/cpython/base.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/* The two structs have the same members. */

HPyAPI_FUNC int _HPy_GetBuffer(HPyContext *ctx, HPy h, void *view, int flags)
{
    (void)ctx;
    return PyObject_GetBuffer(_HPy_object(h), (Py_buffer *)view, flags);
}

HPyAPI_FUNC void _HPy_ReleaseBuffer(HPyContext *ctx, void *view)
{
    (void)ctx;
    PyBuffer_Release((Py_buffer *)view);
}

#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_BUFFER_H */
