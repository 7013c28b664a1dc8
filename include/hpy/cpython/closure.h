/* closure.h in the CPython ABI. */
#ifndef HPY_CPYTHON_CLOSURE_H
#define HPY_CPYTHON_CLOSURE_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyClosure_New, _HPyC_Closure_New)

#include "hpy/generated/cpython/closure.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_CLOSURE_H */
