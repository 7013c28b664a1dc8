/* float.h in the CPython ABI. */
#ifndef HPY_CPYTHON_FLOAT_H
#define HPY_CPYTHON_FLOAT_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyFloat_FromDouble, PyFloat_FromDouble)
HPy_CALLS(HPyFloat_AsDouble, PyFloat_AsDouble)

#include "hpy/generated/cpython/float.h"

#endif /* HPY_CPYTHON_FLOAT_H */
