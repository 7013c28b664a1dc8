/* Weak references. An object has them if its type has: one made by HPy if a base has, or if its struct has a place for them,
 * which a read-only member `__weaklistoffset__` of the kind `HPyMember_HPYSSIZET` names. */
#ifndef HPY_WEAKREF_H
#define HPY_WEAKREF_H

#include "hpy/context.h"

/** Whether the object is a weak reference or a proxy. Returns 1 or 0. */
HPy_ID(334, since=0.1, python=no, error=none)
HPyAPI_FUNC int HPyWeakref_Check(HPyContext *ctx, HPy_NULLABLE HPy h);

/**
 * `weakref.ref(obj, callback)`. `callback` is called with the reference when the object goes; `HPy_NULL` or `None` for no
 * call, and then the reference may be one that there was already.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if the object has no weak references).
 */
HPy_ID(335, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyWeakref_NewRef(HPyContext *ctx, HPy obj, HPy_NULLABLE HPy callback);

/** `weakref.proxy(obj, callback)`, which stands for the object. As `HPyWeakref_NewRef`. */
HPy_ID(336, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyWeakref_NewProxy(HPyContext *ctx, HPy obj, HPy_NULLABLE HPy callback);

/**
 * The object of a weak reference or of a proxy. Stores a new handle in `*result`, which keeps the object alive; `HPy_NULL` if
 * the object is gone, or on failure.
 *
 * Returns 1, 0 if the object is gone, or -1 with `TypeError` if `ref` is neither.
 */
HPy_ID(337, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyWeakref_GetRef(HPyContext *ctx, HPy ref, HPy_OUT HPy *result);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/weakref.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_WEAKREF_H */
