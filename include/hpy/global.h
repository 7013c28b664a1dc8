/* Globals: static variables that hold objects.
 *
 * An `HPyGlobal` is a static variable that is initialised to zero and listed in `HPyModuleDef.globals`. Each
 * interpreter in a process has its own object in the same variable.
 */
#ifndef HPY_GLOBAL_H
#define HPY_GLOBAL_H

#include "hpy/context.h"

/**
 * Makes a global refer to the object of `h`, or to nothing for `HPy_NULL`. The handle remains the caller's. The
 * reference that the global held before is released.
 */
HPy_ID(225, since=0.0, python=finalizers, error=none)
HPyAPI_FUNC void HPyGlobal_Store(HPyContext *ctx, HPy_INOUT HPyGlobal *global, HPy_NULLABLE HPy h);

/**
 * The object that a global refers to.
 *
 * Returns a new handle; `HPy_NULL` without an exception if nothing was stored.
 */
HPy_ID(226, since=0.0, python=no, error=none)
HPyAPI_FUNC HPy HPyGlobal_Load(HPyContext *ctx, HPyGlobal global);

/**
 * As `HPy_TypeCheck`, with the type that a global refers to, for which no handle is made.
 *
 * Returns 1 or 0; 0 if nothing was stored.
 */
HPy_ID(305, since=0.1, python=no, error=none)
HPyAPI_FUNC int HPyGlobal_TypeCheck(HPyContext *ctx, HPy_NULLABLE HPy obj, HPyGlobal type);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/global.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_GLOBAL_H */
