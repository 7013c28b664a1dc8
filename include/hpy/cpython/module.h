/* module.h in the CPython ABI: an ordinary extension module, which CPython finds by its one symbol. */
#ifndef HPY_CPYTHON_MODULE_H
#define HPY_CPYTHON_MODULE_H

#include "hpy/cpython/base.h"

/* The body of `PyInit_*`. Checks the definition and makes CPython's own of it, borrowed; NULL with an exception
 * on failure. */
HPyAPI_IMPL PyObject *_HPyC_ModuleInit(HPyModuleDef *definition);

/* There is one context per binary, for any number of modules. */
#define HPY_MOD_EMBEDDABLE(modname)

#define HPy_MODINIT(ext_name, mod_def) \
    PyMODINIT_FUNC PyInit_##ext_name(void); \
    PyMODINIT_FUNC PyInit_##ext_name(void) \
    { \
        return _HPyC_ModuleInit(&mod_def); \
    }

#endif /* HPY_CPYTHON_MODULE_H */
