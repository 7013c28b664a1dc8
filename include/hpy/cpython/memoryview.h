/* memoryview.h in the CPython ABI. */
#ifndef HPY_CPYTHON_MEMORYVIEW_H
#define HPY_CPYTHON_MEMORYVIEW_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyMemoryView_FromObject, PyMemoryView_FromObject)

#include "hpy/generated/cpython/memoryview.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001

HPyAPI_FUNC HPy HPyMemoryView_FromBuffer(HPyContext *ctx, const HPy_buffer *view)
{
    (void)ctx;
    _HPy_REQUIRE(view, HPyMemoryView_FromBuffer);
    /* The two structs have the same layout. */
    return _HPy_handle(PyMemoryView_FromBuffer((Py_buffer *)(uintptr_t)view));
}

HPyAPI_FUNC HPy HPyMemoryView_GetContiguous(HPyContext *ctx, HPy obj, int access, char order)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, HPyMemoryView_GetContiguous);
    /* CPython only asserts these. */
    if (_HPy_UNLIKELY((access != HPyBUF_READ && access != HPyBUF_WRITE) ||
                      (order != 'C' && order != 'F' && order != 'A'))) {
        _HPy_raise(PyExc_ValueError, "access must be HPyBUF_READ or HPyBUF_WRITE, and order 'C', 'F' or 'A'");
        return HPy_NULL;
    }
    return _HPy_handle(PyMemoryView_GetContiguous(_HPy_object(obj), access, order));
}

#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_MEMORYVIEW_H */
