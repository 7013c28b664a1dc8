/* Trampolines: how CPython enters an extension.
 *
 * CPython has no notion of contexts and handles, so each definition includes a function that CPython can call: a
 * trampoline, which packs its arguments and passes them to the runtime together with the implementation. An engine
 * may instead call the implementation directly, with its own context. In the CPython ABI there is no runtime, and
 * trampolines call the implementation themselves.
 */
#ifndef HPY_TRAMPOLINE_H
#define HPY_TRAMPOLINE_H

#include "hpy/context.h"
#include "hpy/generated/declarations.h"

#ifdef HPY_ABI_CPYTHON

#  include "hpy/cpython/trampoline.h"
#  include "hpy/generated/cpython_trampolines.h"

#else

/**
 * Calls an implementation on behalf of a trampoline. `args` is the `_HPyFunc_args_...` struct of the signature, whose
 * member `result` is filled in; for `HPyFunc_CAPSULE_DESTRUCTOR` it is the capsule itself. Not to be called directly.
 */
HPy_ID(208, since=0.0, python=yes, error=none, trampoline)
HPyAPI_FUNC void _HPy_CallRealFunctionFromTrampoline(HPyContext *ctx, HPyFunc_Signature sig, HPyCFunction func,
                                                     HPy_INOUT void *args);

/* The context for trampolines. Only the loader sets it, through a function that HPy_MODINIT defines. With
 * HPY_EMBEDDED_MODULES each file has its own, defined by HPY_MOD_EMBEDDABLE. See module.h. */
#  ifndef HPY_EMBEDDED_MODULES
HPyAPI_DATA HPyContext *_ctx_for_trampolines;
#  endif

#  include "hpy/generated/trampolines.h"

#endif

/** Declares a static function with the prototype of a signature. */
#define HPyFunc_DECLARE(SYM, SIG) _HPyFunc_DECLARE_##SIG(SYM)

/** Defines the trampoline SYM for the implementation IMPL, which must have been declared. */
#define HPyFunc_TRAMPOLINE(SYM, IMPL, SIG) _HPyFunc_TRAMPOLINE_##SIG(SYM, IMPL)

#if !defined(HPY_H) && !defined(HPY_ABI_CPYTHON)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_TRAMPOLINE_H */
