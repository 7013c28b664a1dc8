/* The context: one struct of well-known objects and function pointers through which an extension talks to its
 * engine.
 *
 * Every implementation receives it as first argument and passes it on; the pointer is valid only during that
 * call. `ctx->name` says which engine or mode it is, `ctx->abi_version` which major version. The other
 * members come, in the order of their indices, from constants.h and from the annotated declarations in the
 * headers of the topics, and are reached through those functions: the struct itself is generated.
 *
 * Headers of topics begin with this one and end with generated/dispatch.h, which defines their functions;
 * hpy.h includes the latter once, after all topics. In the CPython ABI functions do without the context, which
 * has the objects only, and each topic ends with the header of its name in cpython/.
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
