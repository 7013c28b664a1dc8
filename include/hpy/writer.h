/* Writers: making a `str` or a `bytes` of pieces, whose number and size need not be known before.
 *
 * A writer is ended exactly once, with Finish or Discard:
 *
 *     HPyUnicodeWriter writer = HPyUnicodeWriter_Create(ctx, 0);
 *     if (HPy_IsNull(writer))
 *         return HPy_NULL;
 *     if (HPyUnicodeWriter_WriteUTF8(ctx, writer, "x = ", 4) < 0 || HPyUnicodeWriter_WriteRepr(ctx, writer, h) < 0) {
 *         HPyUnicodeWriter_Discard(ctx, writer);
 *         return HPy_NULL;
 *     }
 *     return HPyUnicodeWriter_Finish(ctx, writer);
 *
 * A function that fails has written nothing, and the writer is as before. `HPyUnicodeWriter_Format` and
 * `HPyBytesWriter_Format` are in format.h. A writer is for one thread at a time, and nothing that outlives the call in which
 * it was made.
 */
#ifndef HPY_WRITER_H
#define HPY_WRITER_H

#include "hpy/context.h"

/* Strings. */

/**
 * Starts a `str`, with room for `length` characters, which is only a hint.
 *
 * Returns a null writer with an exception on failure (`MemoryError`; `ValueError` for a negative length).
 */
HPy_ID(363, since=0.1, python=no, error=null)
HPyAPI_FUNC HPyUnicodeWriter HPyUnicodeWriter_Create(HPyContext *ctx, HPy_ssize_t length);

/** Ends the writer without a result. Does nothing for a null writer. */
HPy_ID(364, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC void HPyUnicodeWriter_Discard(HPyContext *ctx, HPy_NULLABLE HPy_CONSUMED HPyUnicodeWriter writer);

/** Ends the writer and returns what was written. Returns a new handle, or `HPy_NULL` with `MemoryError`. */
HPy_ID(365, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicodeWriter_Finish(HPyContext *ctx, HPy_CONSUMED HPyUnicodeWriter writer);

/** Writes one code point. Returns 0, or -1 with an exception (`ValueError` for what is none). */
HPy_ID(366, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyUnicodeWriter_WriteChar(HPyContext *ctx, HPyUnicodeWriter writer, HPy_UCS4 ch);

/**
 * Writes `size` bytes of UTF-8, or those up to the NUL if `size` is -1.
 *
 * Returns 0, or -1 with an exception (`UnicodeDecodeError` for what is no UTF-8).
 */
HPy_ID(367, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyUnicodeWriter_WriteUTF8(HPyContext *ctx, HPyUnicodeWriter writer,
                                           HPy_ARRAY(size) const char *utf8, HPy_ssize_t size);

/**
 * Writes an array of code points.
 *
 * Returns 0, or -1 with an exception (`ValueError` for a negative size or what is no code point).
 */
HPy_ID(368, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyUnicodeWriter_WriteUCS4(HPyContext *ctx, HPyUnicodeWriter writer,
                                           HPy_ARRAY(size) const HPy_UCS4 *ucs4, HPy_ssize_t size);

/** Writes a `str`, or what `HPy_Str` makes of another object. Returns 0, or -1 with an exception. */
HPy_ID(369, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyUnicodeWriter_WriteStr(HPyContext *ctx, HPyUnicodeWriter writer, HPy obj);

/** Writes what `HPy_Repr` makes of an object. Returns 0, or -1 with an exception. */
HPy_ID(370, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyUnicodeWriter_WriteRepr(HPyContext *ctx, HPyUnicodeWriter writer, HPy obj);

/**
 * Writes the characters of `str` from `start` up to but not including `end`.
 *
 * Returns 0, or -1 with an exception: `TypeError` if `str` is not a `str`, `ValueError` if there are no such characters.
 */
HPy_ID(371, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyUnicodeWriter_WriteSubstring(HPyContext *ctx, HPyUnicodeWriter writer, HPy str,
                                                HPy_ssize_t start, HPy_ssize_t end);

/* Bytes. */

/**
 * Starts a `bytes` of `size` bytes, which are to be written at `HPyBytesWriter_GetData`; it may be 0 and grow.
 *
 * Returns a null writer with an exception on failure (`MemoryError`; `ValueError` for a negative size).
 */
HPy_ID(372, since=0.1, python=no, error=null)
HPyAPI_FUNC HPyBytesWriter HPyBytesWriter_Create(HPyContext *ctx, HPy_ssize_t size);

/** Ends the writer without a result. Does nothing for a null writer. */
HPy_ID(373, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC void HPyBytesWriter_Discard(HPyContext *ctx, HPy_NULLABLE HPy_CONSUMED HPyBytesWriter writer);

/** Ends the writer and returns all its bytes. Returns a new handle, or `HPy_NULL` with `MemoryError`. */
HPy_ID(374, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyBytesWriter_Finish(HPyContext *ctx, HPy_CONSUMED HPyBytesWriter writer);

/**
 * As `HPyBytesWriter_Finish`, with the first `size` bytes only.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`MemoryError`; `ValueError` for a size that is negative or larger
 * than that of the writer). The writer has ended in any case.
 */
HPy_ID(375, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyBytesWriter_FinishWithSize(HPyContext *ctx, HPy_CONSUMED HPyBytesWriter writer,
                                              HPy_ssize_t size);

/**
 * Where the bytes are. It is valid until the writer gets another size or ends. What nobody has written yet is undefined.
 *
 * Returns NULL with `SystemError` for a null writer.
 */
HPy_ID(376, since=0.1, python=no, error=NULL)
HPyAPI_FUNC void *HPyBytesWriter_GetData(HPyContext *ctx, HPyBytesWriter writer);

/** How many bytes there are. Returns -1 with `SystemError` for a null writer. */
HPy_ID(377, since=0.1, python=no, error=-1)
HPyAPI_FUNC HPy_ssize_t HPyBytesWriter_GetSize(HPyContext *ctx, HPyBytesWriter writer);

/**
 * Changes the number of bytes, at the end. What is new is undefined until it is written.
 *
 * Returns 0, or -1 with an exception (`MemoryError`; `ValueError` for a negative size).
 */
HPy_ID(378, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyBytesWriter_Resize(HPyContext *ctx, HPyBytesWriter writer, HPy_ssize_t size);

/**
 * As `HPyBytesWriter_Resize`, for `size` bytes more, or fewer if it is negative.
 *
 * Returns 0, or -1 with an exception (`MemoryError`; `ValueError` if fewer than none would be left).
 */
HPy_ID(379, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyBytesWriter_Grow(HPyContext *ctx, HPyBytesWriter writer, HPy_ssize_t size);

/**
 * Adds a copy of `size` bytes at the end, or of those up to the NUL if `size` is -1. They must not be the writer's own.
 *
 * Returns 0, or -1 with `MemoryError`.
 */
HPy_ID(380, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyBytesWriter_WriteBytes(HPyContext *ctx, HPyBytesWriter writer,
                                          HPy_ARRAY(size) const void *bytes, HPy_ssize_t size);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/writer.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_WRITER_H */
