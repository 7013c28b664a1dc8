/* Bytes objects. */
#ifndef HPY_BYTES_H
#define HPY_BYTES_H

#include "hpy/context.h"

/** Whether the object is an instance of `bytes` or of a subclass. Returns 1 or 0. */
HPy_ID(178, since=0.0, python=no, error=none)
HPyAPI_FUNC int HPyBytes_Check(HPyContext *ctx, HPy_NULLABLE HPy h);

/** The number of bytes. Returns -1 with `TypeError` if `h` is not a `bytes`. */
HPy_ID(179, since=0.0, python=no, error=-1)
HPyAPI_FUNC HPy_ssize_t HPyBytes_Size(HPyContext *ctx, HPy h);

/** As `HPyBytes_Size`, for an `h` that is known to be a `bytes`, which is not checked. */
HPy_ID(180, since=0.0, python=no, error=-1)
HPyAPI_FUNC HPy_ssize_t HPyBytes_GET_SIZE(HPyContext *ctx, HPy h);

/**
 * The bytes themselves, followed by a NUL. They are valid as long as the handle is open, and must not
 * be written to.
 *
 * Returns NULL with `TypeError` if `h` is not a `bytes`.
 */
HPy_ID(181, since=0.0, python=no, error=NULL)
HPyAPI_FUNC const char *HPyBytes_AsString(HPyContext *ctx, HPy h);

/** As `HPyBytes_AsString`, for an `h` that is known to be a `bytes`, which is not checked. */
HPy_ID(182, since=0.0, python=no, error=NULL)
HPyAPI_FUNC const char *HPyBytes_AS_STRING(HPyContext *ctx, HPy h);

/**
 * Copies a string up to its NUL into a new `bytes`. Returns a new handle, or `HPy_NULL` with an
 * exception.
 */
HPy_ID(183, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyBytes_FromString(HPyContext *ctx, const char *bytes);

/**
 * Copies `len` bytes into a new `bytes`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`ValueError` for a NULL pointer, `SystemError` for a
 * negative length).
 */
HPy_ID(184, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyBytes_FromStringAndSize(HPyContext *ctx, HPy_ARRAY(len) const char *bytes, HPy_ssize_t len);

/**
 * Joins the `bytes` and other objects with buffers of any iterable, with `separator` between them.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `separator` is not a `bytes`, or an item has no
 * buffer).
 */
HPy_ID(362, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyBytes_Join(HPyContext *ctx, HPy separator, HPy iterable);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/bytes.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_BYTES_H */
