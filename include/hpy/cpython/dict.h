/* dict.h in the CPython ABI. */
#ifndef HPY_CPYTHON_DICT_H
#define HPY_CPYTHON_DICT_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyDict_Check, PyDict_Check)
HPy_CALLS(HPyDict_New, PyDict_New)
HPy_CALLS(HPyDict_Keys, PyDict_Keys)
HPy_CALLS(HPyDict_Copy, PyDict_Copy)

#include "hpy/generated/cpython/dict.h"

#endif /* HPY_CPYTHON_DICT_H */
