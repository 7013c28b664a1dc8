/* boolean.h in the CPython ABI. */
#ifndef HPY_CPYTHON_BOOLEAN_H
#define HPY_CPYTHON_BOOLEAN_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy HPyBool_FromBool(HPyContext *ctx, bool v)
{
    (void)ctx;
    return _HPy_handle(PyBool_FromLong(v));
}

#endif /* HPY_CPYTHON_BOOLEAN_H */
