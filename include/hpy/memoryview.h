/* Memory views, `memoryview`: the objects of Python for views of memory. What there is inside is read as of any object, with
 * `HPy_GetBuffer`. */
#ifndef HPY_MEMORYVIEW_H
#define HPY_MEMORYVIEW_H

#include "hpy/context.h"
#include "hpy/buffer.h"

/** `memoryview(obj)`. Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if the object has no buffers). */
HPy_ID(338, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyMemoryView_FromObject(HPyContext *ctx, HPy obj);

/**
 * A memory view of memory of the extension's own, which `view` describes. Its `obj` does not matter: nothing keeps the memory
 * alive, so the memory and the format have to outlive the object and all views that are made of it. Where an object owns the
 * memory, give its type buffers and use `HPyMemoryView_FromObject`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`ValueError` if `buf` is NULL).
 */
HPy_ID(339, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyMemoryView_FromBuffer(HPyContext *ctx, HPy_ARRAY(1) HPy_KEPT const HPy_buffer *view);

/**
 * A memory view of an object's memory in which the items follow each other, with `order` 'C' so that the last index varies
 * fastest, with 'F' the first, with 'A' either. `access` is `HPyBUF_READ` or `HPyBUF_WRITE`. For reading, it is a copy if the
 * memory is not so.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if the object has no buffers, `BufferError` for writing
 * if they are read-only or not contiguous, `ValueError` for another `access` or `order`).
 */
HPy_ID(340, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyMemoryView_GetContiguous(HPyContext *ctx, HPy obj, int access, char order);

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/** As `HPyMemoryView_FromBuffer`, of `size` unsigned bytes; `access` is `HPyBUF_READ` or `HPyBUF_WRITE`. Returns a new handle,
 *  or `HPy_NULL` with an exception (`ValueError` for NULL, a negative size or another `access`). */
HPy_FACTS(since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyMemoryView_FromMemory(HPyContext *ctx, HPy_KEPT void *memory, HPy_ssize_t size, int access)
{
    HPy_buffer view;
    if (memory == NULL || size < 0 || (access != HPyBUF_READ && access != HPyBUF_WRITE))
        return HPyErr_SetString(ctx, ctx->h_ValueError, "a memory view is of memory, for HPyBUF_READ or HPyBUF_WRITE");
    if (HPyBuffer_FillInfo(ctx, &view, HPy_NULL, memory, size, access == HPyBUF_READ, HPyBUF_FULL_RO) < 0)
        return HPy_NULL;
    return HPyMemoryView_FromBuffer(ctx, &view);
}

#endif

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/memoryview.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_MEMORYVIEW_H */
