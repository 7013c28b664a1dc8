/* import.h in the CPython ABI. */
#ifndef HPY_CPYTHON_IMPORT_H
#define HPY_CPYTHON_IMPORT_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyImport_ImportModule, PyImport_ImportModule)

#include "hpy/generated/cpython/import.h"

#endif /* HPY_CPYTHON_IMPORT_H */
