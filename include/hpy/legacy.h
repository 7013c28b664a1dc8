/* Legacy: the bridge to objects of CPython's own C API.
 *
 * Functions here need `Python.h`, so code for the universal ABI cannot call them: it does not compile. The
 * members exist in every context all the same, for extensions that are built for the hybrid ABI.
 */
#ifndef HPY_LEGACY_H
#define HPY_LEGACY_H

#include "hpy/context.h"

#ifndef HPY_ABI_UNIVERSAL

/**
 * Makes a handle from a `PyObject *`, whose reference stays the caller's.
 *
 * Returns a new handle; `HPy_NULL` for NULL. Never fails.
 */
HPy_ID(206, legacy)
HPyAPI_FUNC HPy HPy_FromPyObject(HPyContext *ctx, cpy_PyObject *obj);

/**
 * Makes a `PyObject *` from a handle, which stays open.
 *
 * Returns a new reference; NULL for `HPy_NULL`. Never fails.
 */
HPy_ID(207, legacy)
HPyAPI_FUNC cpy_PyObject *HPy_AsPyObject(HPyContext *ctx, HPy h);

#elif _HPy_HAS_ATTRIBUTE(error)

/* Declared only so that a call is an error that says why. */
HPy HPy_FromPyObject(HPyContext *ctx, cpy_PyObject *obj)
    __attribute__((error("Cannot use legacy functions when targeting the HPy Universal ABI")));
cpy_PyObject *HPy_AsPyObject(HPyContext *ctx, HPy h)
    __attribute__((error("Cannot use legacy functions when targeting the HPy Universal ABI")));

#endif

#ifndef HPY_H
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_LEGACY_H */
