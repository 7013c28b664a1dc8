/* Arrow: exchanging columns of data with other libraries, without a copy, by the Arrow PyCapsule interface. Not part of
 * hpy.h; needs ABI 0.1.
 *
 * Whoever wants the data of an object of another library, such as PyArrow or Polars, asks for it and releases it:
 *
 *     struct ArrowSchema schema;
 *     struct ArrowArray array;
 *     if (HPyArrow_GetArray(ctx, h, HPy_NULL, &schema, &array) < 0)
 *         return HPy_NULL;
 *     ...
 *     HPyArrow_ReleaseSchema(&schema);
 *     HPyArrow_ReleaseArray(&array);
 *
 * A type that has such data gives it from its method `__arrow_c_array__`. The structs are filled by the author, and
 * what they point to belongs to an object:
 *
 *     struct ArrowSchema schema = {.format = "g", .name = ""};
 *     const void *buffers[] = {NULL, self->items};
 *     struct ArrowArray array = {.length = self->length, .n_buffers = 2, .buffers = buffers};
 *     if (HPyArrow_KeepSchema(ctx, h_self, &schema) < 0)
 *         return HPy_NULL;
 *     if (HPyArrow_KeepArray(ctx, h_self, &array) < 0) {
 *         HPyArrow_ReleaseSchema(&schema);
 *         return HPy_NULL;
 *     }
 *     return HPyArrow_FromArray(ctx, &schema, &array);
 *
 * docs/data-exchange.md says who owns what.
 */
#ifndef HPY_ARROW_H
#define HPY_ARROW_H

#include "hpy/abi.h" /* before the standard headers */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hpy/arrow/structs.h"

#include "hpy/call.h"
#include "hpy/capsule.h"
#include "hpy/closure.h"
#include "hpy/defs.h"
#include "hpy/err.h"
#include "hpy/item.h"
#include "hpy/object.h"
#include "hpy/trampoline.h"
#include "hpy/tuple.h"
#include "hpy/unicode.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/** Gives the schema of a stream that belongs to `owner`: fills a struct that is released then by whoever asked. Returns
 *  0, or -1 with an exception. */
typedef int (*HPyArrow_SchemaOf)(HPyContext *ctx, HPy owner, struct ArrowSchema *schema);

/** Gives the next array of a stream that belongs to `owner`, of which `index` were given before. Returns 1 and fills
 *  the struct, 0 after the last one, or -1 with an exception. */
typedef int (*HPyArrow_NextOf)(HPyContext *ctx, HPy owner, int64_t index, struct ArrowArray *array);

/** Releases a schema, unless that was done before, or all its bytes are zero. Any thread may call it. */
HPy_FACTS(since=0.1, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyArrow_ReleaseSchema(HPy_INOUT struct ArrowSchema *schema)
{
    if (schema->release != NULL)
        schema->release(schema);
    schema->release = NULL;
}

/** Releases an array, unless that was done before, or all its bytes are zero. Any thread may call it. */
HPy_FACTS(since=0.1, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyArrow_ReleaseArray(HPy_INOUT struct ArrowArray *array)
{
    if (array->release != NULL)
        array->release(array);
    array->release = NULL;
}

/** Releases a stream, unless that was done before, or all its bytes are zero. Any thread may call it. */
HPy_FACTS(since=0.1, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyArrow_ReleaseStream(HPy_INOUT struct ArrowArrayStream *stream)
{
    if (stream->release != NULL)
        stream->release(stream);
    stream->release = NULL;
}

#  include "hpy/arrow/consumer.h"
#  include "hpy/arrow/provider.h"

/**
 * Asks an object for a schema, by its method `__arrow_c_schema__`: what is in its data, or what a data type is.
 *
 * Returns 0 and fills the struct, which is to be released. Returns -1 with an exception if the object has no schema
 * (`TypeError`), gives something else than the interface says (`ValueError`), or with what the other library raises;
 * then releasing it does nothing.
 */
HPy_FACTS(since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyArrow_GetSchema(HPyContext *ctx, HPy h, HPy_OUT struct ArrowSchema *schema)
{
    memset(schema, 0, sizeof(*schema));
    HPy capsule = _HPyArrow_ask(ctx, h, "__arrow_c_schema__", HPy_NULL, 0);
    if (HPy_IsNull(capsule))
        return -1;
    int status = _HPyArrow_take_schema(ctx, capsule, schema);
    HPy_Close(ctx, capsule);
    return status;
}

/**
 * Asks an object for its data, by its method `__arrow_c_array__`. `requested_schema` is a capsule as
 * `HPyArrow_FromSchema` makes it, which the other library tries to follow, or `HPy_NULL` for the data as they are.
 *
 * Returns 0 and fills both structs, which are to be released, each by itself. Returns -1 with an exception as
 * `HPyArrow_GetSchema` does; then releasing them does nothing.
 */
HPy_FACTS(since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyArrow_GetArray(HPyContext *ctx, HPy h, HPy_NULLABLE HPy requested_schema,
                                  HPy_OUT struct ArrowSchema *schema, HPy_OUT struct ArrowArray *array)
{
    memset(schema, 0, sizeof(*schema));
    memset(array, 0, sizeof(*array));
    HPy pair = _HPyArrow_ask(ctx, h, "__arrow_c_array__", requested_schema, 1);
    if (HPy_IsNull(pair))
        return -1;
    int status = _HPyArrow_take_pair(ctx, pair, schema, array);
    HPy_Close(ctx, pair);
    return status;
}

/**
 * Asks an object for its data in parts, by its method `__arrow_c_stream__`. Otherwise as `HPyArrow_GetArray`. The
 * functions of a stream may be called by any thread, but not by two at a time; leave Python for them
 * (`HPy_LeavePythonExecution`) if they take long.
 */
HPy_FACTS(since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyArrow_GetStream(HPyContext *ctx, HPy h, HPy_NULLABLE HPy requested_schema,
                                   HPy_OUT struct ArrowArrayStream *stream)
{
    memset(stream, 0, sizeof(*stream));
    HPy capsule = _HPyArrow_ask(ctx, h, "__arrow_c_stream__", requested_schema, 1);
    if (HPy_IsNull(capsule))
        return -1;
    int status = _HPyArrow_take_stream(ctx, capsule, stream);
    HPy_Close(ctx, capsule);
    return status;
}

/**
 * Gives a schema that the author has filled its function `release`, for other libraries. The texts that it points to
 * belong to the object of `owner`, which is kept alive until then, or are static. The array `children` is copied; what
 * is in the children and in the dictionary, all of which this function has got before, moves into the schema.
 *
 * Returns 0. Returns -1 with an exception; then the children are released.
 */
HPy_FACTS(since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyArrow_KeepSchema(HPyContext *ctx, HPy owner, HPy_INOUT struct ArrowSchema *schema)
{
    return _HPyArrow_keep_schema(ctx, owner, schema);
}

/**
 * The same for an array. The buffers belong to the object of `owner`; the array `buffers`, with the pointers to them,
 * is copied.
 */
HPy_FACTS(since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyArrow_KeepArray(HPyContext *ctx, HPy owner, HPy_INOUT struct ArrowArray *array)
{
    return _HPyArrow_keep_array(ctx, owner, array);
}

/**
 * Makes a stream of two functions, which are called with the object of `owner`, by whatever thread reads the stream. An
 * exception that they raise is reported by `sys.unraisablehook`; the reader gets `EIO`.
 *
 * Returns 0 and fills the struct. Returns -1 with an exception; then releasing it does nothing.
 */
HPy_FACTS(since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyArrow_NewStream(HPyContext *ctx, HPy owner, HPyArrow_SchemaOf schema_of, HPyArrow_NextOf next_of,
                                   HPy_OUT struct ArrowArrayStream *stream)
{
    return _HPyArrow_new_stream(ctx, owner, schema_of, next_of, stream);
}

/** What a method `__arrow_c_schema__` returns: a new capsule, which takes over what is in the struct. Returns
 *  `HPy_NULL` with an exception; then it is released. */
HPy_FACTS(since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyArrow_FromSchema(HPyContext *ctx, HPy_INOUT struct ArrowSchema *schema)
{
    return _HPyArrow_schema_capsule(ctx, schema);
}

/** What a method `__arrow_c_array__` returns: a new tuple of two capsules, which take over what is in the structs.
 *  Returns `HPy_NULL` with an exception; then they are released. */
HPy_FACTS(since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyArrow_FromArray(HPyContext *ctx, HPy_INOUT struct ArrowSchema *schema,
                                   HPy_INOUT struct ArrowArray *array)
{
    HPy pair = HPy_NULL;
    HPy first = _HPyArrow_schema_capsule(ctx, schema);
    if (HPy_IsNull(first)) {
        HPyArrow_ReleaseArray(array);
        return HPy_NULL;
    }
    HPy second = _HPyArrow_array_capsule(ctx, array);
    if (!HPy_IsNull(second))
        pair = HPyTuple_Pack(ctx, 2, first, second);
    HPy_Close(ctx, first);
    HPy_Close(ctx, second);
    return pair;
}

/** What a method `__arrow_c_stream__` returns: a new capsule, which takes over what is in the struct. Returns
 *  `HPy_NULL` with an exception; then it is released. */
HPy_FACTS(since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyArrow_FromStream(HPyContext *ctx, HPy_INOUT struct ArrowArrayStream *stream)
{
    return _HPyArrow_stream_capsule(ctx, stream);
}

#endif

#ifdef HPY_ABI_CPYTHON
#  ifndef HPY_H
#    include "hpy/generated/newer.h"
#  endif
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_ARROW_H */
