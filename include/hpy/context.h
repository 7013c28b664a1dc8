/* The context: a struct of well-known objects and function pointers, through which an extension uses its engine.
 *
 * Every function that the engine calls receives the context as its first argument and passes it on to the functions
 * that it calls itself. The pointer is valid only during that call. `ctx->name` names the engine and mode,
 * `ctx->abi_version` is the major version of the ABI. The struct is generated: its other members are the constants
 * of constants.h, which extensions use directly, and one for each function that is annotated with HPy_ID, which
 * extensions use through that function.
 *
 * The header of each topic includes this one and ends with generated/dispatch.h, which defines the topic's
 * functions; hpy.h includes that once, after all topics. In the CPython ABI functions do not use the context, which
 * has only the constants, and each topic ends with the header of the same name in cpython/.
 */
#ifndef HPY_CONTEXT_H
#define HPY_CONTEXT_H

#include "hpy/base.h"
#include "hpy/signatures.h"

#ifdef HPY_ABI_CPYTHON
#  include "hpy/generated/cpython_context.h"
#else
#  include "hpy/generated/context.h"
#endif

#endif /* HPY_CONTEXT_H */
