/* Memory of the engine's allocator, so that it is counted as Python's own is: by `tracemalloc`, for example.
 *
 * These functions need a context. What is freed where there is none, in `HPy_tp_destroy` or on a thread outside of Python,
 * comes from `malloc` of the C library; or it is freed in `HPy_tp_finalize`, which gets a context. What one of the two has
 * allocated must not be passed to the other.
 */
#ifndef HPY_MEM_H
#define HPY_MEM_H

#include "hpy/context.h"

/**
 * Allocates `size` bytes, whose contents are undefined. For a size of 0 there is a block as well, in which nothing may be
 * stored.
 *
 * Returns NULL with `MemoryError`. Otherwise the block is the caller's, who frees it with `HPyMem_Free`.
 */
HPy_ID(391, since=0.1, python=no, error=NULL)
HPyAPI_FUNC void *HPyMem_Malloc(HPyContext *ctx, size_t size);

/**
 * Allocates an array of `count` items of `size` bytes, all zero.
 *
 * Returns NULL with `MemoryError`, as well if the array would be larger than any memory. Otherwise the block is the caller's,
 * who frees it with `HPyMem_Free`.
 */
HPy_ID(392, since=0.1, python=no, error=NULL)
HPyAPI_FUNC void *HPyMem_Calloc(HPyContext *ctx, size_t count, size_t size);

/**
 * Changes the size of a block, which may move; what both sizes have in common is kept. For NULL it is `HPyMem_Malloc`.
 *
 * Returns the block, in place of the one passed in; or NULL with `MemoryError`, and that is still allocated.
 */
HPy_ID(393, since=0.1, python=no, error=NULL)
HPyAPI_FUNC void *HPyMem_Realloc(HPyContext *ctx, HPy_NULLABLE HPy_INOUT void *block, size_t size);

/** Frees a block of these functions. Does nothing for NULL. */
HPy_ID(394, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC void HPyMem_Free(HPyContext *ctx, HPy_NULLABLE HPy_CONSUMED HPy_INOUT void *block);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/mem.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_MEM_H */
