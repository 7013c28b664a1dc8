/* Legacy: the bridge to objects of CPython's own C API.
 *
 * An extension that is being ported uses both APIs, in the CPython or hybrid ABI. These functions convert between
 * them. The other legacy features are `legacy_methods` of HPyModuleDef, `legacy_slots` of HPyType_Spec, and types of
 * shape Legacy, whose struct begins with `PyObject_HEAD`. In the universal ABI none of them is available: code that
 * uses them does not compile. Every context has the members, for extensions of the hybrid ABI.
 */
#ifndef HPY_LEGACY_H
#define HPY_LEGACY_H

#include "hpy/context.h"

#ifndef HPY_ABI_UNIVERSAL

/**
 * Makes a handle for a `PyObject *`. The caller keeps its own reference.
 *
 * Returns a new handle; `HPy_NULL` for NULL.
 */
HPy_ID(206, since=0.0, python=no, error=none, legacy)
HPyAPI_FUNC HPy HPy_FromPyObject(HPyContext *ctx, HPy_NULLABLE cpy_PyObject *obj);

/**
 * Creates a `PyObject *` for a handle, which stays open.
 *
 * Returns a new reference; NULL for `HPy_NULL`.
 */
HPy_ID(207, since=0.0, python=no, error=none, legacy)
HPyAPI_FUNC cpy_PyObject *HPy_AsPyObject(HPyContext *ctx, HPy_NULLABLE HPy h);

#  ifdef HPY_ABI_HYBRID

HPyAPI_FUNC HPy HPy_FromPyObject(HPyContext *ctx, cpy_PyObject *obj)
{
    return ctx->ctx_FromPyObject(ctx, obj);
}

HPyAPI_FUNC cpy_PyObject *HPy_AsPyObject(HPyContext *ctx, HPy h)
{
    return ctx->ctx_AsPyObject(ctx, h);
}

#  endif

#elif _HPy_HAS_ATTRIBUTE(error)

/* Declared only so that the compiler explains why a call is an error. */
HPy HPy_FromPyObject(HPyContext *ctx, cpy_PyObject *obj)
    __attribute__((error("Cannot use legacy functions when targeting the HPy Universal ABI")));
cpy_PyObject *HPy_AsPyObject(HPyContext *ctx, HPy h)
    __attribute__((error("Cannot use legacy functions when targeting the HPy Universal ABI")));

#endif

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/legacy.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_LEGACY_H */
