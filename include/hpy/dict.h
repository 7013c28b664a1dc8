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

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/dict.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_DICT_H */
