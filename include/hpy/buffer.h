/* The buffer protocol: direct access to the memory of an object, without a copy.
 *
 * A type offers it with the slots `HPy_bf_getbuffer` and `HPy_bf_releasebuffer`. Whoever wants the memory of an object
 * asks for a view and releases it:
 *
 *     HPy_buffer view;
 *     if (HPy_GetBuffer(ctx, h, &view, HPyBUF_STRIDES | HPyBUF_FORMAT) < 0)
 *         return HPy_NULL;
 *     ...
 *     HPyBuffer_Release(ctx, &view);
 *
 * A view keeps the object alive and, for most types, keeps it from moving its memory. It is a variable of the caller,
 * and what it points to may be inside of it: it must not be copied to another place as long as it is not released.
 *
 * docs/data-exchange.md compares this with DLPack and Arrow.
 */
#ifndef HPY_BUFFER_H
#define HPY_BUFFER_H

#include "hpy/context.h"
#include "hpy/err.h"
#include "hpy/handle.h"
#include "hpy/argparse.h"
#include "hpy/unicode.h"

/** What a consumer asks of a view. The numbers are CPython's `PyBUF_...` and those of `inspect.BufferFlags` (PEP 688),
 *  and are combined by `|`. What was not asked for is NULL in the view. */
typedef enum {
    /** A block of bytes; `shape`, `strides` and `format` are NULL. */
    HPyBUF_SIMPLE = 0x0,
    /** The memory may be written to; without it, it may be read-only. */
    HPyBUF_WRITABLE = 0x1,
    /** With the format of an item. */
    HPyBUF_FORMAT = 0x4,
    /** With the length of each dimension; the items follow each other as in C arrays. */
    HPyBUF_ND = 0x8,
    /** With the length of each dimension and the distances between items, which may be any. */
    HPyBUF_STRIDES = 0x18,
    /** As `HPyBUF_STRIDES`, but the items follow each other as in C arrays, the last index varying fastest. */
    HPyBUF_C_CONTIGUOUS = 0x38,
    /** As `HPyBUF_STRIDES`, but the first index varies fastest. */
    HPyBUF_F_CONTIGUOUS = 0x58,
    /** As `HPyBUF_STRIDES`, but one of both. */
    HPyBUF_ANY_CONTIGUOUS = 0x98,
    /** As `HPyBUF_STRIDES`, with pointers in the memory to be followed. */
    HPyBUF_INDIRECT = 0x118,
    /** `HPyBUF_ND`, and writable. */
    HPyBUF_CONTIG = 0x9,
    /** `HPyBUF_ND`. */
    HPyBUF_CONTIG_RO = 0x8,
    /** `HPyBUF_STRIDES`, and writable. */
    HPyBUF_STRIDED = 0x19,
    /** `HPyBUF_STRIDES`. */
    HPyBUF_STRIDED_RO = 0x18,
    /** `HPyBUF_STRIDES` with the format, and writable. */
    HPyBUF_RECORDS = 0x1d,
    /** `HPyBUF_STRIDES` with the format. */
    HPyBUF_RECORDS_RO = 0x1c,
    /** All that there is, and writable. */
    HPyBUF_FULL = 0x11d,
    /** All that there is. */
    HPyBUF_FULL_RO = 0x11c,
    /** For `HPyMemoryView_GetContiguous`: to read. */
    HPyBUF_READ HPy_SINCE(0, 1) = 0x100,
    /** For `HPyMemoryView_GetContiguous`: to write. */
    HPyBUF_WRITE HPy_SINCE(0, 1) = 0x200,
} HPyBUF_Flags;

/** What `HPy_bf_getbuffer` fills in and `HPy_GetBuffer` gives. The members have the names, order and meaning of those
 *  of CPython's `Py_buffer`, except that `obj` is a handle. */
struct _HPy_buffer_s {
    /** The start of the memory. */
    void *buf;
    /** A handle to the object that owns the memory. The slot stores a new one; it belongs to the view, which is
     *  released with it. `HPy_NULL` in a view that was released. */
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

#include "hpy/buffer/items.h"

/**
 * Asks an object for its memory, as `flags` of `HPyBUF_Flags` say. What `view` held before does not matter.
 *
 * Returns 0 and fills the view, which is to be released by `HPyBuffer_Release`. Returns -1 with an exception if the
 * type has no buffers (`TypeError`) or does not give such a view (`BufferError`, usually); then `obj` of the view is
 * `HPy_NULL`, and releasing it does nothing.
 */
HPy_ID(286, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_GetBuffer(HPyContext *ctx, HPy h, HPy_OUT HPy_buffer *view, int flags);

/**
 * Releases a view, at the place where `HPy_GetBuffer` filled it. Does nothing for one whose `obj` is `HPy_NULL`: one
 * that was released before or was not given, or whose bytes are all zero; nor for NULL. An exception that is set stays.
 */
HPy_ID(287, since=0.1, python=yes, error=none, pending)
HPyAPI_FUNC void HPyBuffer_Release(HPyContext *ctx, HPy_NULLABLE HPy_INOUT HPy_buffer *view);

/** Whether the type of an object has buffers; it may refuse one all the same. Returns 1 or 0. */
HPy_ID(344, since=0.1, python=no, error=none)
HPyAPI_FUNC int HPyBuffer_Check(HPyContext *ctx, HPy_NULLABLE HPy h);

/** The size in bytes of an item with a format of the module `struct`, which is asked for it. Returns -1 with an exception
 *  (`struct.error` for a wrong format). */
HPy_ID(345, since=0.1, python=yes, error=-1)
HPyAPI_FUNC HPy_ssize_t HPyBuffer_SizeFromFormat(HPyContext *ctx, const char *format);

/**
 * Fills a view with `len` bytes at `buf`, as the slot `HPy_bf_getbuffer` of an object `exporter` that has one block of
 * memory: one dimension of unsigned bytes.
 *
 * Returns 0, or -1 with `BufferError` if `flags` ask for memory to write to and it is read-only.
 */
HPy_FACTS(since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyBuffer_FillInfo(HPyContext *ctx, HPy_OUT HPy_buffer *view, HPy exporter,
                                   HPy_NULLABLE HPy_KEPT void *buf, HPy_ssize_t len, int readonly, int flags)
{
    if (readonly && (flags & HPyBUF_WRITABLE)) {
        HPyErr_SetString(ctx, ctx->h_BufferError, "Object is not writable.");
        return -1;
    }
    view->buf = buf;
    view->len = len;
    view->itemsize = 1;
    view->readonly = readonly != 0;
    view->ndim = 1;
    view->format = flags & HPyBUF_FORMAT ? (char *)(uintptr_t)"B" : NULL;
    view->shape = flags & HPyBUF_ND ? &view->len : NULL;
    view->strides = (flags & HPyBUF_STRIDES) == HPyBUF_STRIDES ? &view->itemsize : NULL;
    view->suboffsets = NULL;
    view->internal = NULL;
    view->obj = HPy_Dup(ctx, exporter);
    return 0;
}

/* Whether there are no gaps between the items, in the order 'C' or 'F'. */
HPyAPI_FUNC int _HPyBuffer_is_in_order(const HPy_buffer *view, char order)
{
    if (view->suboffsets != NULL)
        return 0;
    if (view->len == 0 || (view->strides == NULL && (order == 'C' || view->ndim <= 1)))
        return 1;
    HPy_ssize_t stride = view->itemsize;
    for (int i = 0; i < view->ndim; i++) {
        int dimension = order == 'C' ? view->ndim - 1 - i : i;
        HPy_ssize_t length = view->shape[dimension];
        if (length <= 1)
            continue;
        /* Without strides the order is that of C, and also that of F if one dimension has all items. */
        if (view->strides == NULL ? length * view->itemsize != view->len : view->strides[dimension] != stride)
            return 0;
        stride *= length;
    }
    return 1;
}

/**
 * Whether the items of a view follow each other without gaps: with `order` 'C' so that the last index varies fastest,
 * with 'F' the first, with 'A' either. Returns 1 or 0.
 */
HPy_FACTS(since=0.0, python=no, error=none, pending)
HPyAPI_FUNC int HPyBuffer_IsContiguous(HPyContext *ctx, HPy_ARRAY(1) const HPy_buffer *view, char order)
{
    (void)ctx;
    return ((order == 'C' || order == 'A') && _HPyBuffer_is_in_order(view, 'C'))
           || ((order == 'F' || order == 'A') && _HPyBuffer_is_in_order(view, 'F'));
}

/* The items of a view: where one is, copies of all, and numbers. They are read and written as they are, so what may change
 * memory meanwhile is the caller's concern. */

/** The address of the item of a view at `indices`, one for each dimension. None of them is checked. */
HPy_FACTS(since=0.0, python=no, error=none, pending)
HPyAPI_FUNC void *HPyBuffer_GetPointer(HPyContext *ctx, HPy_ARRAY(1) const HPy_buffer *view,
                                       HPy_ARRAY(ndim) const HPy_ssize_t *indices)
{
    (void)ctx;
    return _HPyBuffer_item(view, indices);
}

/* Raises what is wrong with the arguments of a copy. */
HPyAPI_FUNC int _HPyBuffer_can_copy(HPyContext *ctx, const HPy_buffer *view, HPy_ssize_t len, char order)
{
    if (view->ndim > _HPyBuffer_MAX_NDIM || (order != 'C' && order != 'F' && order != 'A'))
        HPyErr_SetString(ctx, ctx->h_ValueError, "the order must be 'C', 'F' or 'A'");
    else if (len != view->len)
        HPyErr_SetString(ctx, ctx->h_ValueError, "the length is not that of the view");
    else
        return 1;
    return 0;
}

/**
 * Copies the items of a view into `len` bytes of memory, which is as many as `view->len`. They follow each other there, with
 * `order` 'C' so that the last index varies fastest, with 'F' the first; with 'A' in the order of the view if that is one of
 * both, otherwise as with 'C'.
 *
 * Returns 0, or -1 with `ValueError` for another length or order.
 */
HPy_FACTS(since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyBuffer_ToContiguous(HPyContext *ctx, HPy_OUT void *memory, HPy_ARRAY(1) const HPy_buffer *view,
                                       HPy_ssize_t len, char order)
{
    HPy_ssize_t strides[_HPyBuffer_MAX_NDIM];
    if (!_HPyBuffer_can_copy(ctx, view, len, order))
        return -1;
    if (HPyBuffer_IsContiguous(ctx, view, order)) {
        memmove(memory, view->buf, (size_t)len);
        return 0;
    }
    HPy_buffer target = _HPyBuffer_contiguous(view, memory, order, strides);
    _HPyBuffer_copy_items(&target, view);
    return 0;
}

/** The reverse of `HPyBuffer_ToContiguous`. Returns 0, or -1 with an exception (`ValueError` for another length or order,
 *  `BufferError` if the view is read-only). */
HPy_FACTS(since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyBuffer_FromContiguous(HPyContext *ctx, HPy_ARRAY(1) const HPy_buffer *view,
                                         HPy_ARRAY(len) const void *memory, HPy_ssize_t len, char order)
{
    HPy_ssize_t strides[_HPyBuffer_MAX_NDIM];
    if (!_HPyBuffer_can_copy(ctx, view, len, order))
        return -1;
    if (view->readonly) {
        HPyErr_SetString(ctx, ctx->h_BufferError, "the view is read-only");
        return -1;
    }
    if (HPyBuffer_IsContiguous(ctx, view, order)) {
        memmove(view->buf, memory, (size_t)len);
        return 0;
    }
    HPy_buffer source = _HPyBuffer_contiguous(view, (void *)(uintptr_t)memory, order, strides);
    _HPyBuffer_copy_items(view, &source);
    return 0;
}

/**
 * Copies the items of a view to another one of the same shape and size of items; the formats are not compared. Where both lie
 * in the same memory, the result is right only if both are contiguous.
 *
 * Returns 0, or -1 with an exception (`ValueError` for other shapes or sizes, `BufferError` if `to` is read-only).
 */
HPy_FACTS(since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyBuffer_CopyData(HPyContext *ctx, HPy_ARRAY(1) const HPy_buffer *to,
                                   HPy_ARRAY(1) const HPy_buffer *from)
{
    int is_same = to->ndim == from->ndim && to->itemsize == from->itemsize && to->len == from->len &&
                  to->ndim <= _HPyBuffer_MAX_NDIM;
    for (int i = 0; is_same && i < from->ndim; i++)
        is_same = to->shape == NULL || from->shape == NULL ? from->ndim == 1 : to->shape[i] == from->shape[i];
    if (!is_same || to->readonly) {
        HPyErr_SetString(ctx, is_same ? ctx->h_BufferError : ctx->h_ValueError,
                         is_same ? "the view is read-only" : "the views have other shapes or items");
        return -1;
    }
    if (HPyBuffer_IsContiguous(ctx, to, 'C') && HPyBuffer_IsContiguous(ctx, from, 'C'))
        memmove(to->buf, from->buf, (size_t)from->len);
    else
        _HPyBuffer_copy_items(to, from);
    return 0;
}

/**
 * Stores the values of the items of a view from number `start` on, `count` at most: up to the end, or to the first one that
 * does not fit. Items are counted so that the last index varies fastest. The view has to be one with a format (and strides, if
 * the memory has), which says that each item is one integer, in the byte order of the machine. To read what is no view, see
 * `HPySequence_AsInt64s`.
 *
 * Returns how many were stored; -1 with an exception if the items are something else (`TypeError`) or if `start` or `count` is
 * negative (`ValueError`).
 */
HPy_FACTS(since=0.0, python=no, error=-1)
HPyAPI_FUNC HPy_ssize_t HPyBuffer_AsInt64s(HPyContext *ctx, HPy_ARRAY(1) const HPy_buffer *view, HPy_ssize_t start,
                                           HPy_ssize_t count, HPy_OUT HPy_ARRAY(count) int64_t *values)
{
    return _HPyBuffer_numbers(ctx, view, start, count, values, _HPyNumber_as_int64);
}

/** As `HPyBuffer_AsInt64s`, for integers and floating-point numbers of the types `float` and `double` of C. */
HPy_FACTS(since=0.0, python=no, error=-1)
HPyAPI_FUNC HPy_ssize_t HPyBuffer_AsDoubles(HPyContext *ctx, HPy_ARRAY(1) const HPy_buffer *view, HPy_ssize_t start,
                                            HPy_ssize_t count, HPy_OUT HPy_ARRAY(count) double *values)
{
    return _HPyBuffer_numbers(ctx, view, start, count, values, _HPyNumber_as_double);
}
#if HPY_TARGET_ABI_VERSION >= 0x00000001 || defined(HPy_API_DESCRIPTION)

/* Converters for the unit `O&` of argument parsing. Each fills the `HPy_buffer` that `target` points to, with a block of
 * bytes. After success of the parsing, the caller releases the view. */

/** As the unit `y*` of CPython: the memory of any object with a buffer that is contiguous. Returns 0 with an exception, or
 *  `HPyArg_CLEANUP_SUPPORTED`. */
HPy_FACTS(since=0.1, python=yes, error=0, pending)
HPyAPI_FUNC int HPyBuffer_Convert(HPyContext *ctx, HPy_NULLABLE HPy arg, HPy_INOUT void *target)
{
    if (HPy_IsNull(arg)) {
        HPyBuffer_Release(ctx, (HPy_buffer *)target);
        return 1;
    }
    return HPy_GetBuffer(ctx, arg, (HPy_buffer *)target, HPyBUF_SIMPLE) < 0 ? 0 : HPyArg_CLEANUP_SUPPORTED;
}

/** As the unit `w*`: the same, for memory that may be written to. */
HPy_FACTS(since=0.1, python=yes, error=0, pending)
HPyAPI_FUNC int HPyBuffer_ConvertWritable(HPyContext *ctx, HPy_NULLABLE HPy arg, HPy_INOUT void *target)
{
    if (HPy_IsNull(arg))
        return HPyBuffer_Convert(ctx, arg, target);
    return HPy_GetBuffer(ctx, arg, (HPy_buffer *)target, HPyBUF_WRITABLE) < 0 ? 0 : HPyArg_CLEANUP_SUPPORTED;
}

/** As the units `s*` and `z*`: the UTF-8 of a `str`, an empty view with the address NULL for `None`, or else the memory of an
 *  object. The text of a `str` is valid as long as the argument. */
HPy_FACTS(since=0.1, python=yes, error=0, pending)
HPyAPI_FUNC int HPyBuffer_ConvertText(HPyContext *ctx, HPy_NULLABLE HPy arg, HPy_INOUT void *target)
{
    HPy_ssize_t size = 0;
    const char *text = NULL;
    if (HPy_IsNull(arg) || !(HPy_Is(ctx, arg, ctx->h_None) || HPyUnicode_Check(ctx, arg)))
        return HPyBuffer_Convert(ctx, arg, target);
    if (HPyUnicode_Check(ctx, arg)) {
        text = HPyUnicode_AsUTF8AndSize(ctx, arg, &size);
        if (text == NULL)
            return 0;
    }
    HPyBuffer_FillInfo(ctx, (HPy_buffer *)target, arg, (void *)(uintptr_t)text, size, 1, HPyBUF_SIMPLE);
    return HPyArg_CLEANUP_SUPPORTED;
}

#endif

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/buffer.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_BUFFER_H */
