/* Builders: creating lists and tuples item by item, while nobody else can see them.
 *
 * A builder must be ended exactly once, with Build or Cancel. New and Set do not report errors: Build raises them.
 */
#ifndef HPY_BUILDER_H
#define HPY_BUILDER_H

#include "hpy/context.h"

/* Lists. */

/**
 * Starts a list of `size` items. Never raises: on failure the builder is null, which the other functions accept.
 */
HPy_ID(209, since=0.0, python=no, error=none)
HPyAPI_FUNC HPyListBuilder HPyListBuilder_New(HPyContext *ctx, HPy_ssize_t size);

/** Sets the item at an index, which must be done once for each. The item remains the caller's. */
HPy_ID(210, since=0.0, python=no, error=none)
HPyAPI_FUNC void HPyListBuilder_Set(HPyContext *ctx, HPy_NULLABLE HPyListBuilder builder, HPy_ssize_t index,
                                    HPy h_item);

/**
 * Ends the builder and returns the list. Every item must have been set.
 *
 * Returns a new handle, or `HPy_NULL` with an exception: `MemoryError` for a null builder, `SystemError` for an item
 * that was not set, `IndexError` if `HPyListBuilder_Set` was given a wrong index.
 */
HPy_ID(211, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyListBuilder_Build(HPyContext *ctx, HPy_NULLABLE HPy_CONSUMED HPyListBuilder builder);

/** Ends the builder and releases the items. */
HPy_ID(212, since=0.0, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyListBuilder_Cancel(HPyContext *ctx, HPy_NULLABLE HPy_CONSUMED HPyListBuilder builder);

/* Tuples. */

/**
 * Starts a tuple of `size` items. Never raises: on failure the builder is null, which the other functions accept.
 */
HPy_ID(213, since=0.0, python=no, error=none)
HPyAPI_FUNC HPyTupleBuilder HPyTupleBuilder_New(HPyContext *ctx, HPy_ssize_t size);

/** Sets the item at an index, which must be done once for each. The item remains the caller's. */
HPy_ID(214, since=0.0, python=no, error=none)
HPyAPI_FUNC void HPyTupleBuilder_Set(HPyContext *ctx, HPy_NULLABLE HPyTupleBuilder builder, HPy_ssize_t index,
                                     HPy h_item);

/**
 * Ends the builder and returns the tuple. Every item must have been set.
 *
 * Returns a new handle, or `HPy_NULL` with an exception: `MemoryError` for a null builder, `SystemError` for an item
 * that was not set, `IndexError` if `HPyTupleBuilder_Set` was given a wrong index.
 */
HPy_ID(215, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyTupleBuilder_Build(HPyContext *ctx, HPy_NULLABLE HPy_CONSUMED HPyTupleBuilder builder);

/** Ends the builder and releases the items. */
HPy_ID(216, since=0.0, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyTupleBuilder_Cancel(HPyContext *ctx, HPy_NULLABLE HPy_CONSUMED HPyTupleBuilder builder);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/builder.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_BUILDER_H */
