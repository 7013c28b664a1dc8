/* Dictionaries. Values are read and written through item.h, too. */
#ifndef HPY_DICT_H
#define HPY_DICT_H

#include "hpy/context.h"

/** Whether the object is an instance of `dict` or of a subclass. Returns 1 or 0. */
HPy_ID(201, since=0.0, python=no, error=none)
HPyAPI_FUNC int HPyDict_Check(HPyContext *ctx, HPy_NULLABLE HPy h);

/** Creates an empty dict. Returns a new handle, or `HPy_NULL` with `MemoryError`. */
HPy_ID(202, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyDict_New(HPyContext *ctx);

/**
 * The keys as a new list. Returns a new handle, or `HPy_NULL` with an exception (`SystemError` if `h` is not
 * a `dict`).
 */
HPy_ID(257, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyDict_Keys(HPyContext *ctx, HPy h);

/**
 * A shallow copy. Returns a new handle to a `dict`, or `HPy_NULL` with an exception (`SystemError` if `h` is
 * not a `dict`).
 */
HPy_ID(258, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyDict_Copy(HPyContext *ctx, HPy h);

/**
 * The value of a key that may be missing, as the dict itself has it: without `__missing__` or `__getitem__` of a subclass,
 * which `HPy_GetOptionalItem` calls. Stores a new handle in `*result`, or `HPy_NULL` if the key is missing or on failure.
 *
 * Returns 1, 0 if the key is missing, or -1 with an exception (`SystemError` if `dict` is not a `dict`, `TypeError` if the
 * key cannot be hashed).
 */
HPy_ID(292, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyDict_GetItemRef(HPyContext *ctx, HPy dict, HPy key, HPy_OUT HPy *result);

/** As `HPyDict_GetItemRef`, for a `str` key. */
HPy_ID(293, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyDict_GetItemRef_s(HPyContext *ctx, HPy dict, const char *utf8_key, HPy_OUT HPy *result);

/** The values as a new list. Returns a new handle, or `HPy_NULL` with an exception (`SystemError` if `h` is not a `dict`). */
HPy_ID(320, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyDict_Values(HPyContext *ctx, HPy h);

/** The items as a new list of tuples. Returns a new handle, or `HPy_NULL` with an exception (`SystemError` if `h` is not a
 *  `dict`). */
HPy_ID(321, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyDict_Items(HPyContext *ctx, HPy h);

/* Changes. They are those of `dict` itself, whatever methods a subclass has. */

/**
 * Adds the items of a mapping, which is a `dict` or has `keys()`: as `dict.update(mapping)`. If `override` is 0, the keys that
 * are there keep their values.
 *
 * Returns 0, or -1 with an exception (`SystemError` if `dict` is not a `dict`, `AttributeError` if `mapping` has no keys);
 * some items may have been added then.
 */
HPy_ID(322, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyDict_Merge(HPyContext *ctx, HPy dict, HPy mapping, int override);

/**
 * `dict.setdefault(key, value)`: adds the key with `value` unless it is there. Stores a new handle of what is its value then
 * in `*result`, which may be NULL; on failure `HPy_NULL`.
 *
 * Returns 1 if the key was there, 0 if it was added, -1 with an exception (`TypeError` if `dict` is not a `dict`, or if the
 * key cannot be hashed).
 */
HPy_ID(323, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyDict_SetDefaultRef(HPyContext *ctx, HPy dict, HPy key, HPy value, HPy_NULLABLE HPy_OUT HPy *result);

/**
 * Removes a key that may be missing. Stores a new handle of its value in `*result`, which may be NULL; `HPy_NULL` if the key
 * is missing or on failure.
 *
 * Returns 1, 0 if the key is missing, or -1 with an exception (`TypeError` if `dict` is not a `dict`, or if the key cannot
 * be hashed).
 */
HPy_ID(324, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyDict_Pop(HPyContext *ctx, HPy dict, HPy key, HPy_NULLABLE HPy_OUT HPy *result);

/** Removes all items. Returns 0, or -1 with `TypeError` if `dict` is not a `dict`. */
HPy_ID(325, since=0.1, python=finalizers, error=-1)
HPyAPI_FUNC int HPyDict_Clear(HPyContext *ctx, HPy dict);

/** A read-only view of a mapping, `types.MappingProxyType(mapping)`. Returns a new handle, or `HPy_NULL` with an exception
 *  (`TypeError` if it is not a mapping). */
HPy_ID(326, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyDictProxy_New(HPyContext *ctx, HPy mapping);

/* Iteration, many items at once and without making an iterator:
 *
 *     HPyDictIter iter = HPyDictIter_INIT;
 *     HPy keys[8], values[8];
 *     HPy_ssize_t n;
 *     while ((n = HPyDict_Next(ctx, dict, &iter, keys, values, 8)) > 0) {
 *         ...
 *         HPy_CloseArray(ctx, keys, n);
 *         HPy_CloseArray(ctx, values, n);
 *     }
 *     if (n < 0) ... // an exception
 */

/** How far an iteration over a dict has come. It may be copied, and may be given up at any time. */
struct _HPyDictIter_s {
    HPy_ssize_t _position;
    HPy_ssize_t _size;
    HPy_ssize_t _left;
};

/** An iteration that has not begun. */
#define HPyDictIter_INIT {0, 0, 0}

/**
 * Stores new handles of the keys and values of the next items, `count` at most, in the order of the dict. Either array may be
 * NULL for what is not wanted. Close them with `HPy_CloseArray`. No Python code runs.
 *
 * The dict may be changed between two calls, and items that were stored are those of the time of their call. It is as in
 * Python: values may be replaced; a dict of another size than at the first call is a `RuntimeError`, in each call from then
 * on; with other keys but the same size, some items may be missing or come twice, or the end is a `RuntimeError`, but the
 * iteration ends.
 *
 * Returns how many items were stored, at the end 0. Returns -1 with an exception, and nothing to close: `RuntimeError`,
 * `TypeError` if `dict` is not a `dict`, `ValueError` if `count` is not positive.
 */
HPy_ID(327, since=0.1, python=no, error=-1)
HPyAPI_FUNC HPy_ssize_t HPyDict_Next(HPyContext *ctx, HPy dict, HPy_INOUT HPyDictIter *iter,
                                     HPy_NULLABLE HPy_OUT HPy_ARRAY(count) HPy *keys,
                                     HPy_NULLABLE HPy_OUT HPy_ARRAY(count) HPy *values, HPy_ssize_t count);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/dict.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_DICT_H */
