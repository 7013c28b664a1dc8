/* The buffer protocol: giving other code direct access to the memory of an object.
 *
 * A type supports it with the slots `HPy_bf_getbuffer` and `HPy_bf_releasebuffer`. `HPy_GetBuffer` is the other side: it asks
 * an object for its memory.
 */
#ifndef HPY_BUFFER_H
#define HPY_BUFFER_H

#include "hpy/context.h"

/** What `HPy_bf_getbuffer` fills in. The members have the names, order and meaning of those of CPython's `Py_buffer`,
 *  except that `obj` is a handle. The `flags` of the slot are CPython's `PyBUF_...` numbers. */
struct _HPy_buffer_s {
    /** The start of the memory. */
    void *buf;
    /** A new handle to the object that owns the memory. It belongs to the buffer, and the engine closes it. */
    HPy obj;
    /** Size of the memory in bytes. */
    HPy_ssize_t len;
    /** Size of one item in bytes. */
    HPy_ssize_t itemsize;
    /** 1 if the memory must not be written to, otherwise 0. */
    int readonly;
    /** Number of dimensions. */
    int ndim;
    /** Format of an item, as in the module `struct`; NULL means unsigned bytes. */
    char *format;
    /** The length of each dimension, or NULL. */
    HPy_ssize_t *shape;
    /** The distance in bytes between items along each dimension, or NULL. */
    HPy_ssize_t *strides;
    /** Offsets to follow pointers within the memory, or NULL. */
    HPy_ssize_t *suboffsets;
    /** For the use of the exporting object. */
    void *internal;
};

/** Behind `HPy_GetBuffer`. No mode looks at what it fills in. Returns 0, or -1 with an exception. */
HPy_ID(287, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int _HPy_GetBuffer(HPyContext *ctx, HPy h, HPy_OUT void *view, int flags);

/** Behind `HPy_ReleaseBuffer`. */
HPy_ID(288, since=0.1, python=yes, error=none, pending)
HPyAPI_FUNC void _HPy_ReleaseBuffer(HPyContext *ctx, HPy_INOUT void *view);

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/**
 * Asks an object for direct access to its memory; `flags` are CPython's `PyBUF_...` numbers, 0 for bytes in a row that are
 * only read, 1 if they shall be written to. What `view->obj` is, only the engine knows. After success, `HPy_ReleaseBuffer` must
 * be called once.
 *
 * Returns 0, or -1 with an exception (`TypeError` if the object has no buffers, `BufferError` if not such as asked for).
 */
HPy_FACTS(since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_GetBuffer(HPyContext *ctx, HPy h, HPy_OUT HPy_buffer *view, int flags)
{
    return _HPy_GetBuffer(ctx, h, view, flags);
}

/** Ends the access to the memory. Does nothing the second time. */
HPy_FACTS(since=0.1, python=yes, error=none, pending)
HPyAPI_FUNC void HPy_ReleaseBuffer(HPyContext *ctx, HPy_INOUT HPy_buffer *view)
{
    _HPy_ReleaseBuffer(ctx, view);
}

#endif

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/buffer.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_BUFFER_H */
