/* import.h in the CPython ABI. */
#ifndef HPY_CPYTHON_IMPORT_H
#define HPY_CPYTHON_IMPORT_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyImport_ImportModule, PyImport_ImportModule)
HPy_CALLS(HPyImport_ImportModuleLevel, PyImport_ImportModuleLevelObject)
HPy_CALLS(HPyImport_GetModule, PyImport_GetModule)

#include "hpy/generated/cpython/import.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC HPy HPyImport_AddModuleRef(HPyContext *ctx, const char *utf8_name)
{
    (void)ctx;
    _HPy_REQUIRE(utf8_name, HPyImport_AddModuleRef);
#  if PY_VERSION_HEX >= 0x030d0000
    return _HPy_handle(PyImport_AddModuleRef(utf8_name));
#  else
    PyObject *module = PyImport_AddModule(utf8_name);
    Py_XINCREF(module);
    return _HPy_handle(module);
#  endif
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_IMPORT_H */
