/* global.h in the CPython ABI. */
#ifndef HPY_CPYTHON_GLOBAL_H
#define HPY_CPYTHON_GLOBAL_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyGlobal_Store, _HPyC_Global_Store)
HPy_CALLS(HPyGlobal_Load, _HPyC_Global_Load)
HPy_CALLS(HPyGlobal_TypeCheck, _HPyC_Global_TypeCheck)

#include "hpy/generated/cpython/global.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_GLOBAL_H */
