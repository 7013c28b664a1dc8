/* Tuples. Items are read through item.h; to fill a tuple step by step, use the builder of builder.h. */
#ifndef HPY_TUPLE_H
#define HPY_TUPLE_H

#include "hpy/context.h"
#include "hpy/builder.h"

#include <stdarg.h>

/** Whether the object is an instance of `tuple` or of a subclass. Returns 1 or 0. */
HPy_ID(203, since=0.0, python=no, error=none)
HPyAPI_FUNC int HPyTuple_Check(HPyContext *ctx, HPy_NULLABLE HPy h);

/**
 * Creates a tuple of the first `n` items of an array. The items remain the caller's.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`SystemError` for a null item or a negative `n`).
 */
HPy_ID(204, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyTuple_FromArray(HPyContext *ctx, HPy_ARRAY(n) const HPy items[], HPy_ssize_t n);

/* The greatest number of items that HPyTuple_Pack collects on the stack. */
#define _HPyTuple_PACK_ON_STACK 16

/**
 * Creates a tuple of the `n` handles that follow as arguments. They remain the caller's.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_FACTS(since=0.0, python=no, error=HPy_NULL)
HPyAPI_VARIADIC HPy HPyTuple_Pack(HPyContext *ctx, HPy_ssize_t n, ...)
{
    HPy result;
    va_list items;
    va_start(items, n);
    if (n <= _HPyTuple_PACK_ON_STACK) {
        HPy array[_HPyTuple_PACK_ON_STACK];
        for (HPy_ssize_t i = 0; i < n; i++)
            array[i] = va_arg(items, HPy);
        result = HPyTuple_FromArray(ctx, array, n);
    }
    else {
        HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, n);
        for (HPy_ssize_t i = 0; i < n; i++)
            HPyTupleBuilder_Set(ctx, builder, i, va_arg(items, HPy));
        result = HPyTupleBuilder_Build(ctx, builder);
    }
    va_end(items);
    return result;
}

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/tuple.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_TUPLE_H */
