/* vm.h in the CPython ABI. */
#ifndef HPY_CPYTHON_VM_H
#define HPY_CPYTHON_VM_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPy_GetVM, _HPyC_GetVM)

#include "hpy/generated/cpython/vm.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_VM_H */
