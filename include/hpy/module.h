/* Modules: the definition of a module, and the symbols through which a loader finds it. */
#ifndef HPY_MODULE_H
#define HPY_MODULE_H

#include "hpy/context.h"
#include "hpy/defs.h"

/** The description of a module, which must live as long as the process. It has no name: a module is named after where
 *  it is imported from. */
typedef struct {
    /** The doc string, or NULL. */
    const char *doc;
    /** Must be 0: modules keep their state in `HPyGlobal` variables. */
    HPy_ssize_t size;
    /** `PyMethodDef[]` of CPython; NULL in the universal ABI. */
    cpy_PyMethodDef *legacy_methods;
    /** Functions and the slots `HPy_mod_exec` and `HPy_mod_create`, terminated by NULL; may itself be NULL. */
    HPyDef **defines;
    /** All `HPyGlobal` variables of the module, terminated by NULL; may itself be NULL. */
    HPyGlobal **globals;
} HPyModuleDef;

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
 * then it asks for the definition. No Python code runs in between.
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
    }

#endif

#endif /* HPY_MODULE_H */
