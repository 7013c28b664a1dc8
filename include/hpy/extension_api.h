/* Functions of an extension for other extensions: an API of its own, as NumPy has one.
 *
 * The extension that has the functions, the provider, lists them in a header, which it installs for others:
 *
 *     #include <hpy/extension_api.h>
 *
 *     #define MATRIX_API(FUNCTION, TYPE) \
 *         FUNCTION(0, HPy, Matrix_Zeros, HPy_ssize_t, HPy_ssize_t) \
 *         FUNCTION(0, double, Matrix_Trace, HPy) \
 *         FUNCTION(1, HPy, Matrix_Product, const HPy *, size_t)
 *     HPyAPI_DECLARE(MatrixAPI, "matrix._api", 1, 1, MATRIX_API)
 *
 * defines them in one of its files, and publishes them when the module is executed:
 *
 *     HPyDef_API(MatrixAPI, MATRIX_API)
 *     static HPy Matrix_Zeros_impl(HPyContext *ctx, HPy_ssize_t rows, HPy_ssize_t columns) { ... }
 *     ...
 *     if (HPyAPI_Publish(ctx, module, MatrixAPI) < 0) ...
 *
 * Any other extension includes the header and imports the table, a struct with one pointer for each function:
 *
 *     const MatrixAPI *api = MatrixAPI_Import(ctx, module);   // NULL with an exception
 *     HPy h = api->Matrix_Zeros(ctx, 3, 4);
 *
 * The functions get the provider's context, whichever the caller has: the two may be in different modes, in different
 * ABIs, or one of them may use CPython's C API alone. Where both have the same context, the pointers in the table are
 * those of the functions themselves.
 *
 * An extension of the C API includes the same header after `Python.h`, without any macro `HPY_ABI_...`. There `HPy` is
 * `PyObject *`, functions have no context, and the table is had by `MatrixAPI_Import(module)`.
 *
 * The table of `MatrixAPI_Import` belongs to the provider and is never freed; the module that imported it keeps the
 * provider's module alive. It may be kept in a static variable, also where several interpreters import it, or where the
 * importer is loaded in several modes.
 *
 * In a list, `FUNCTION(since, RETURNS, name, TYPES...)` is a function without the context, and with `void` where it has no
 * other parameters. `since` is the minor version that added it. `TYPE(since, STRUCT, version)` is a function
 * `STRUCT *STRUCT_AsStruct(HPyContext *ctx, HPy h)`, which checks the type of the object; the provider has to have
 * `HPyType_HELPERS(STRUCT)` and a function `static HPy STRUCT_Type(HPyContext *ctx)` that returns a handle to the type. The
 * struct may grow at its end; its version changes when anything else does.
 *
 * What passes between the two, at most ten parameters:
 *
 *   HPy             a handle, which remains the caller's; as a result, a new one. HPy_NULL is passed on
 *   const HPy *     an array of handles, followed by a parameter `size_t`, their number
 *   HPy *           one handle that the function stores: HPy_NULL before the call, the caller's after it, also if the function
 *                   fails. May be NULL, which the function has to expect then
 *   anything else   unchanged, as C passes it: a struct must have no handle in it, as typed handles have
 *
 * A function reports failure by an exception and a value of its own; where a call cannot be made (no memory, or the
 * provider is not loaded in this interpreter), it returns HPy_NULL, NULL or 0 for a struct, and -1 for a number. Fields,
 * trackers, builders, contexts and functions that take a context mean nothing on the other side: they are refused when the
 * provider is compiled, unless declared as `HPyAPI_AS_IS(HPyField *)`.
 *
 * New functions are added at the end of the list, with a new minor version. All other changes need a new major
 * version: an import refuses what does not fit, by the names and the declarations of the functions.
 */
#ifndef HPY_EXTENSION_API_H
#define HPY_EXTENSION_API_H

/** A parameter that is passed on unchanged, though it means nothing outside of its extension. */
#define HPyAPI_AS_IS(TYPE) TYPE const

#if !defined(HPY_ABI_UNIVERSAL) && !defined(HPY_ABI_HYBRID) && !defined(HPY_ABI_CPYTHON)
#  include "extension_api/objects.h"
#else

#  include "hpy/abi.h" /* before the standard headers */

#  include "hpy/context.h"
#  include "hpy/capsule.h"
#  include "hpy/dict.h"
#  include "hpy/err.h"
#  include "hpy/handle.h"
#  include "hpy/import.h"
#  include "hpy/item.h"
#  include "hpy/object.h"
#  include "hpy/trampoline.h"
#  include "hpy/types.h"

#  include "hpy/extension_api/table.h"

#  ifndef HPY_ABI_CPYTHON

/**
 * The slot of a context among those that have published a table, by which functions of it are called. With `publish`, one
 * that has none gets the next. Not to be called directly.
 *
 * Returns `_HPyAPI_SLOTS` if the context has none; -1 with an exception on failure (`RuntimeError` if no slot is left).
 */
HPy_ID(284, since=0.1, python=no, error=-1)
HPyAPI_FUNC int _HPyAPI_GetSlot(HPyContext *ctx, HPy_INOUT _HPyAPI_Table *table, int publish);

/**
 * Calls a function of another extension: with the context that has the slot, and its own handles of the objects. Slot -1
 * is that of functions that take objects of the engine's C API. With the context of trampolines, `args` and `results` are
 * such objects. Not to be called directly.
 *
 * Returns 0, whatever the function has done; -1 with an exception if it could not be called (`RuntimeError` if no context of
 * this interpreter has the slot).
 */
HPy_ID(285, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int _HPyAPI_Call(HPyContext *ctx, HPy_INOUT _HPyAPI_Function *function, int slot,
                             HPy_ARRAY(nargs) const HPy *args, size_t nargs,
                             HPy_INOUT HPy_ARRAY(nresults) HPy *results, size_t nresults, HPy_INOUT void *data);

#  endif

#  if HPY_TARGET_ABI_VERSION >= 0x00000001

#    define _HPyAPI_PARAMETERS(...) _HPyAPI_IF(_HPyAPI_FIRST_IS_VOID(__VA_ARGS__))(, , __VA_ARGS__)
#    define _HPyAPI_FIELD(SINCE, RETURNS, NAME, ...) \
    RETURNS (*NAME)(HPyContext * _HPyAPI_PARAMETERS(__VA_ARGS__));

/**
 * In a header of the provider, without a semicolon: declares the struct `API`, which has a pointer for each function of
 * `LIST`, and the function `const API *API_Import(HPyContext *ctx, HPy module)`, by which the extension `module` gets it.
 * `NAME` is where it is published, `"module.attribute"`; `MAJOR` and `MINOR` are the version of the list.
 *
 * `API_Import` returns NULL with `ImportError` if there is no such table, or not in this version; or with what importing the
 * module raises.
 */
#    define HPyAPI_DECLARE(API, NAME, MAJOR, MINOR, LIST) \
    _HPyAPI_DECLARE(API, NAME, MAJOR, MINOR, LIST) \
    HPyAPI_FUNC const API *API##_Import(HPyContext *ctx, HPy module) \
    { \
        return (const API *)_HPyAPI_import(ctx, module, &API##_needed); \
    }

/**
 * Publishes the functions that `HPyDef_API(API, ...)` defines, as two attributes of `module`: a capsule for extensions that use
 * HPy, and one for those that use the C API. To be called when the module is executed.
 *
 * Returns 0, or -1 with an exception: `ImportError` if the list breaks the rules by which tables grow.
 */
#    define HPyAPI_Publish(ctx, module, API) _HPyAPI_publish(ctx, module, &API##_table)

/**
 * In one file of the provider, without a semicolon: declares `static RETURNS NAME_impl(HPyContext *ctx, ...)` for each function
 * of the list, which the author then writes, and defines what calls them. The list is that of `HPyAPI_DECLARE`.
 */
#    define HPyDef_API(API, LIST) _HPyDef_API(API, LIST)

#    include "hpy/extension_api/import.h"
#    include "hpy/extension_api/define.h"

#  else

#    define HPyAPI_DECLARE(API, NAME, MAJOR, MINOR, LIST) \
    _HPy_STATIC_ASSERT(0, "an API for other extensions needs ABI 0.1: build with --hpy-abi-version=0.1");

#  endif

#  ifdef HPY_ABI_CPYTHON
#    ifndef HPY_H
#      include "hpy/generated/newer.h"
#    endif
#  elif !defined(HPY_H)
#    include "hpy/generated/dispatch.h"
#  endif

#endif

#endif /* HPY_EXTENSION_API_H */
