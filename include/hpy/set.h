/* Sets and frozen sets. Checks are in check.h, length and membership in item.h; to iterate, use iter.h, or make a list by
 * `HPySequence_List`. */
#ifndef HPY_SET_H
#define HPY_SET_H

#include "hpy/context.h"

/** `set(iterable)`, an empty one for `HPy_NULL`. Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if it is
 *  not iterable or an item cannot be hashed). */
HPy_ID(328, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPySet_New(HPyContext *ctx, HPy_NULLABLE HPy iterable);

/** `frozenset(iterable)`, an empty one for `HPy_NULL`. Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if
 *  it is not iterable or an item cannot be hashed). A frozen set is never changed. */
HPy_ID(329, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyFrozenSet_New(HPyContext *ctx, HPy_NULLABLE HPy iterable);

/* Changes. They are those of `set` itself, whatever methods a subclass has. */

/** `set.add(key)`. Returns 0, or -1 with an exception (`TypeError` if `set` is not a `set` or the key cannot be hashed). */
HPy_ID(330, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPySet_Add(HPyContext *ctx, HPy set, HPy key);

/** `set.discard(key)`. Returns 1 if the key was there, 0 if not, or -1 with an exception (`SystemError` if `set` is not a
 *  `set`, `TypeError` if the key cannot be hashed). */
HPy_ID(331, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPySet_Discard(HPyContext *ctx, HPy set, HPy key);

/** `set.pop()`: removes any item. Returns a new handle, or `HPy_NULL` with an exception (`KeyError` if the set is empty,
 *  `SystemError` if it is not a `set`). */
HPy_ID(332, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPySet_Pop(HPyContext *ctx, HPy set);

/** `set.clear()`. Returns 0, or -1 with `SystemError` if `set` is not a `set`. */
HPy_ID(333, since=0.1, python=finalizers, error=-1)
HPyAPI_FUNC int HPySet_Clear(HPyContext *ctx, HPy set);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/set.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_SET_H */
