/* import.h in the CPython ABI. */
#ifndef HPY_CPYTHON_IMPORT_H
#define HPY_CPYTHON_IMPORT_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy HPyImport_ImportModule(HPyContext *ctx, const char *utf8_name)
{
    (void)ctx;
    _HPy_REQUIRE(utf8_name, "ctx_Import_ImportModule", HPy_NULL);
    return _HPy_handle(PyImport_ImportModule(utf8_name));
}

#endif /* HPY_CPYTHON_IMPORT_H */
