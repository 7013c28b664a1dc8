/* Items and lengths: `len(obj)`, `obj[key]`, `key in obj`, slices.
 *
 * The suffix `_i` means that the index is an `HPy_ssize_t`, `_s` that the key is a C string in UTF-8.
 */
#ifndef HPY_ITEM_H
#define HPY_ITEM_H

#include "hpy/context.h"

/** `len(h)`. Returns -1 with an exception (`SystemError` for `HPy_NULL`). */
HPy_ID(98, since=0.0, python=yes, error=-1)
HPyAPI_FUNC HPy_ssize_t HPy_Length(HPyContext *ctx, HPy h);

/* Reading. */

/** `obj[key]`. Returns a new handle, or `HPy_NULL` with an exception (`SystemError` for `HPy_NULL`). */
HPy_ID(158, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_GetItem(HPyContext *ctx, HPy obj, HPy key);

/**
 * The item at an index. In a sequence, a negative index counts from the end: `len(obj)` is added before the object
 * sees it. For other objects this is `obj[idx]`, so a dict is asked for the key `idx`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`IndexError` if out of range).
 */
HPy_ID(159, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_GetItem_i(HPyContext *ctx, HPy obj, HPy_ssize_t idx);

/** `obj[key]` for a `str` key. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(160, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_GetItem_s(HPyContext *ctx, HPy obj, const char *utf8_key);

/**
 * `obj[key]` for a key that may be missing. Stores a new handle in `*result`, or `HPy_NULL` if the key is missing or on
 * failure. For a `dict` this is cheaper than clearing a `KeyError`, which is then not even created. A sequence has no
 * missing keys: an index out of range is an `IndexError`.
 *
 * Returns 1, 0 if the object raised `KeyError`, or -1 with another exception.
 */
HPy_ID(290, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_GetOptionalItem(HPyContext *ctx, HPy obj, HPy key, HPy_OUT HPy *result);

/** As `HPy_GetOptionalItem`, for a `str` key. */
HPy_ID(291, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_GetOptionalItem_s(HPyContext *ctx, HPy obj, const char *utf8_key, HPy_OUT HPy *result);

/** `key in container`. Returns 1, 0, or -1 with an exception. */
HPy_ID(161, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_Contains(HPyContext *ctx, HPy container, HPy key);

/* Writing. The value remains the caller's. All return 0, or -1 with an exception. */

/** `obj[key] = value`. Returns 0, or -1 with an exception. */
HPy_ID(162, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_SetItem(HPyContext *ctx, HPy obj, HPy key, HPy value);

/** `obj[idx] = value`; the object receives the index unchanged. Returns 0, or -1 with an exception. */
HPy_ID(163, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_SetItem_i(HPyContext *ctx, HPy obj, HPy_ssize_t idx, HPy value);

/** `obj[key] = value` for a `str` key. Returns 0, or -1 with an exception. */
HPy_ID(164, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_SetItem_s(HPyContext *ctx, HPy obj, const char *utf8_key, HPy value);

/** `del obj[key]`. Returns 0, or -1 with an exception. */
HPy_ID(235, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_DelItem(HPyContext *ctx, HPy obj, HPy key);

/** `del obj[idx]`; the object receives the index unchanged. Returns 0, or -1 with an exception. */
HPy_ID(236, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_DelItem_i(HPyContext *ctx, HPy obj, HPy_ssize_t idx);

/** `del obj[key]` for a `str` key. Returns 0, or -1 with an exception. */
HPy_ID(237, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_DelItem_s(HPyContext *ctx, HPy obj, const char *utf8_key);

/* Mappings: their keys and so on as lists, by their methods. */

/** `list(mapping.keys())`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(346, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyMapping_Keys(HPyContext *ctx, HPy mapping);

/** `list(mapping.values())`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(347, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyMapping_Values(HPyContext *ctx, HPy mapping);

/** `list(mapping.items())`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(348, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyMapping_Items(HPyContext *ctx, HPy mapping);

/* Slices. */

/** `obj[start:end]`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(266, since=0.0, after_0_9_0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_GetSlice(HPyContext *ctx, HPy obj, HPy_ssize_t start, HPy_ssize_t end);

/** `obj[start:end] = value`. Returns 0, or -1 with an exception. */
HPy_ID(267, since=0.0, after_0_9_0, python=yes, error=-1)
HPyAPI_FUNC int HPy_SetSlice(HPyContext *ctx, HPy obj, HPy_ssize_t start, HPy_ssize_t end, HPy value);

/** `del obj[start:end]`. Returns 0, or -1 with an exception. */
HPy_ID(268, since=0.0, after_0_9_0, python=yes, error=-1)
HPyAPI_FUNC int HPy_DelSlice(HPyContext *ctx, HPy obj, HPy_ssize_t start, HPy_ssize_t end);

/* Protocols. */

/**
 * Whether the object supports the sequence protocol, as far as its type tells: it has `__getitem__`, and is not a `dict`.
 *
 * Returns 1 or 0.
 */
HPy_ID(427, since=0.1, python=no, error=none)
HPyAPI_FUNC int HPySequence_Check(HPyContext *ctx, HPy_NULLABLE HPy obj);

/**
 * Whether the object supports the mapping protocol, as far as its type tells: it has `__getitem__`. So have sequences with
 * slices.
 *
 * Returns 1 or 0.
 */
HPy_ID(428, since=0.1, python=no, error=none)
HPyAPI_FUNC int HPyMapping_Check(HPyContext *ctx, HPy_NULLABLE HPy obj);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/item.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_ITEM_H */
