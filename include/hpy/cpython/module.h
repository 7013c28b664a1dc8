/* module.h in the CPython ABI: an ordinary extension module, which CPython finds by its symbol. */
#ifndef HPY_CPYTHON_MODULE_H
#define HPY_CPYTHON_MODULE_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyModule_GetState, _HPyC_Module_GetState)

#include "hpy/generated/cpython/module.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

/* The body of `PyInit_*`. Checks the definition and returns CPython's own form of it, borrowed; NULL with an exception on
 * failure. `abi_version` is the one that the extension asks for. */
HPyAPI_IMPL PyObject *_HPyC_ModuleInit(HPyModuleDef *definition, uint32_t abi_version);

/* There is one context per binary, for any number of modules. */
#define HPY_MOD_EMBEDDABLE(modname)

/* For a module whose name is not ASCII, `ext_name` is its encoded form, and CPython looks for the second symbol. The
 * preprocessor cannot recognise such names, so both symbols are defined. */
#define HPy_MODINIT(ext_name, mod_def) \
    _HPy_MODINIT_SYMBOL(PyInit_##ext_name, mod_def) \
    _HPy_MODINIT_SYMBOL(PyInitU_##ext_name, mod_def)

#define _HPy_MODINIT_SYMBOL(symbol, mod_def) \
    PyMODINIT_FUNC symbol(void); \
    PyMODINIT_FUNC symbol(void) \
    { \
        return _HPyC_ModuleInit(&mod_def, HPY_TARGET_ABI_VERSION); \
    }

#endif /* HPY_CPYTHON_MODULE_H */
