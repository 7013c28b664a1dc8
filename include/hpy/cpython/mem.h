/* mem.h in the CPython ABI. CPython does not raise for memory that is not there. */
#ifndef HPY_CPYTHON_MEM_H
#define HPY_CPYTHON_MEM_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyMem_Free, PyMem_Free)

#include "hpy/generated/cpython/mem.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001

HPyAPI_FUNC void *_HPyMem_check(void *block)
{
    if (_HPy_UNLIKELY(block == NULL))
        PyErr_NoMemory();
    return block;
}

HPyAPI_FUNC void *HPyMem_Malloc(HPyContext *ctx, size_t size)
{
    (void)ctx;
    return _HPyMem_check(PyMem_Malloc(size));
}

HPyAPI_FUNC void *HPyMem_Calloc(HPyContext *ctx, size_t count, size_t size)
{
    (void)ctx;
    return _HPyMem_check(PyMem_Calloc(count, size));
}

HPyAPI_FUNC void *HPyMem_Realloc(HPyContext *ctx, void *block, size_t size)
{
    (void)ctx;
    return _HPyMem_check(PyMem_Realloc(block, size));
}

#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_MEM_H */
