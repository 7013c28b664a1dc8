/* Modules: the definition of a module, its state, and the symbols through which a loader finds it.
 *
 * Each module object has a state of its own, a C struct of which there is one for each interpreter that imports the
 * module. Objects in it are `HPyField`s that belong to the module, visited by `HPy_mod_traverse`:
 *
 *     typedef struct {
 *         HPyField cache;
 *     } module_state;
 *
 *     HPyDef_METH(lookup, "lookup", HPyFunc_STATE_O)
 *     static HPy lookup_impl(HPyContext *ctx, void *state, HPy self, HPy key)
 *     {
 *         HPy cache = HPyField_Load(ctx, self, ((module_state *)state)->cache);
 *         ...
 *     }
 *
 *     static HPyModuleDef module = {.size = sizeof(module_state), .defines = defines};
 *
 * An `HPyGlobal` is simpler for a few objects, and reachable where neither state nor module is at hand. State is right
 * for C data that each interpreter needs its own of, for many objects, and where each call uses it: as an argument
 * (`HPyFunc_STATE_O` and so on) it needs no look-up. docs/design/module-state.md has figures and reasons. */
#ifndef HPY_MODULE_H
#define HPY_MODULE_H

#include "hpy/context.h"
#include "hpy/defs.h"
#include "hpy/object.h"
#include "hpy/types.h"

/** The description of a module, which must live as long as the process. It has no name: a module is named after where
 *  it is imported from. */
typedef struct {
    /** The doc string, or NULL. */
    const char *doc;
    /** `sizeof` the state of a module, which is all zero in a new one; 0 for none. Must be 0 in version 0.0 of the
     *  ABI. */
    HPy_ssize_t size;
    /** `PyMethodDef[]` of CPython; NULL in the universal ABI. */
    cpy_PyMethodDef *legacy_methods;
    /** Functions and the slots whose names begin with `HPy_mod_`, terminated by NULL; may itself be NULL. */
    HPyDef **defines;
    /** All `HPyGlobal` variables of the module, terminated by NULL; may itself be NULL. */
    HPyGlobal **globals;
} HPyModuleDef;

/** The values of `HPy_mod_multiple_interpreters`. The numbers are CPython's. */
typedef enum {
    /** Only the main interpreter. In others, importing the module is an `ImportError`. */
    HPy_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED HPy_SINCE(0, 1) = 0,
    /** All that share the GIL of the main interpreter. */
    HPy_MOD_MULTIPLE_INTERPRETERS_SUPPORTED HPy_SINCE(0, 1) = 1,
    /** All, also those with a GIL of their own, which run in parallel. The default. */
    HPy_MOD_PER_INTERPRETER_GIL_SUPPORTED HPy_SINCE(0, 1) = 2,
} HPyModule_Interpreters;

/** The values of `HPy_mod_gil`. The numbers are CPython's. */
typedef enum {
    /** The module relies on the GIL. Where Python runs without, importing it is an `ImportError`. The default. */
    HPy_MOD_GIL_USED HPy_SINCE(0, 1) = 0,
    /** The module is safe when several threads run its functions at once. */
    HPy_MOD_GIL_NOT_USED HPy_SINCE(0, 1) = 1,
} HPyModule_GIL;

/**
 * The state of a module that was made of an `HPyModuleDef` with `size`. It lives as long as the module; types that were
 * made with the module keep that alive.
 *
 * Returns NULL with an exception: `TypeError` if `module` is not a module, `SystemError` if it has no state, or
 * another engine or another mode has made it.
 */
HPy_ID(275, since=0.1, python=no, error=NULL)
HPyAPI_FUNC void *HPyModule_GetState(HPyContext *ctx, HPy module);

/** Adds a type to a module, under the name of the type. Returns 0, or -1 with an exception (`TypeError` if `type` is not a
 *  type). */
HPy_FACTS(since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPyModule_AddType(HPyContext *ctx, HPy module, HPy type)
{
    const char *utf8_name = HPyType_GetName(ctx, type);
    return utf8_name == NULL ? -1 : HPy_SetAttr_s(ctx, module, utf8_name, type);
}

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/module.h"
#else

/* With HPY_EMBEDDED_MODULES, one binary can contain several modules, since each file has its own context for
 * trampolines. All definitions of a module must then be in the file of its HPy_MODINIT. */
#  ifdef HPY_EMBEDDED_MODULES
/** To be used before the first definition of a module that may be built into another binary. */
#    define HPY_MOD_EMBEDDABLE(modname) static HPyContext *_ctx_for_trampolines;
#    define _HPy_DEFINE_CONTEXT_FOR_TRAMPOLINES
#  else
#    define HPY_MOD_EMBEDDABLE(modname)
#    define _HPy_DEFINE_CONTEXT_FOR_TRAMPOLINES HPyContext *_ctx_for_trampolines;
#  endif

/* From 0.1 on: until a version is released, it may get more members. */
#  if HPY_TARGET_ABI_VERSION > 0x00000000
#    define _HPy_EXPORT_MEMBER_COUNT(symbol) \
    HPy_EXPORTED_SYMBOL uint32_t symbol(void); \
    HPy_EXPORTED_SYMBOL uint32_t symbol(void) \
    { \
        return _HPy_TARGET_MEMBERS; \
    }
#  else
#    define _HPy_EXPORT_MEMBER_COUNT(symbol)
#  endif

/* The build system defines HPY_CPYTHON_ENTRY for binaries that CPython itself can import. helpers/entry.c is then compiled
 * into them. */
#  ifdef HPY_CPYTHON_ENTRY
#    include "hpy/module/entry.h"
#    define _HPy_DEFINE_ENTRY(ext_name) _HPyEntry_DEFINE(ext_name)
#  else
#    define _HPy_DEFINE_ENTRY(ext_name)
#  endif

/**
 * `HPy_MODINIT(ext_name, mod_def)`: makes this binary the extension module `ext_name`, as described by the
 * variable `mod_def`, an `HPyModuleDef`. To be used once per module, after the last definition, without a semicolon.
 *
 * If the name of the module is not ASCII, `ext_name` is its punycode form with `_` for `-`, such as `clair_9ra` for
 * `éclair`.
 *
 * The macro defines the symbols that a loader needs. In the CPython ABI that is `PyInit_<ext_name>`, for CPython
 * itself. In the other ABIs, the loader first asks for the version of the ABI that the extension requires and, from
 * 0.1 on, for the number of members that the context must have; then it passes the context that trampolines use;
 * then it asks for the definition. No Python code runs in between. If the build system has chosen so, the macro also
 * defines the symbols by which CPython finds the module without a stub.
 */
#  define HPy_MODINIT(ext_name, mod_def) \
    _HPy_DEFINE_CONTEXT_FOR_TRAMPOLINES \
    HPy_EXPORTED_SYMBOL uint32_t get_required_hpy_major_version_##ext_name(void); \
    HPy_EXPORTED_SYMBOL uint32_t get_required_hpy_major_version_##ext_name(void) \
    { \
        return HPY_ABI_VERSION; \
    } \
    HPy_EXPORTED_SYMBOL uint32_t get_required_hpy_minor_version_##ext_name(void); \
    HPy_EXPORTED_SYMBOL uint32_t get_required_hpy_minor_version_##ext_name(void) \
    { \
        return (HPY_TARGET_ABI_VERSION) & 0xffff; \
    } \
    _HPy_EXPORT_MEMBER_COUNT(get_required_hpy_member_count_##ext_name) \
    HPy_EXPORTED_SYMBOL void HPyInitGlobalContext_##ext_name(HPyContext *ctx); \
    HPy_EXPORTED_SYMBOL void HPyInitGlobalContext_##ext_name(HPyContext *ctx) \
    { \
        _ctx_for_trampolines = ctx; \
    } \
    HPy_EXPORTED_SYMBOL HPyModuleDef *HPyInit_##ext_name(void); \
    HPy_EXPORTED_SYMBOL HPyModuleDef *HPyInit_##ext_name(void) \
    { \
        return &mod_def; \
    } \
    _HPy_DEFINE_ENTRY(ext_name)

#  if !defined(HPY_H)
#    include "hpy/generated/dispatch.h"
#  endif

#endif

#endif /* HPY_MODULE_H */
