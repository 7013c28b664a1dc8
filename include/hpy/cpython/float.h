/* float.h in the CPython ABI. */
#ifndef HPY_CPYTHON_FLOAT_H
#define HPY_CPYTHON_FLOAT_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy HPyFloat_FromDouble(HPyContext *ctx, double v)
{
    (void)ctx;
    return _HPy_handle(PyFloat_FromDouble(v));
}

HPyAPI_FUNC double HPyFloat_AsDouble(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Float_AsDouble", -1.0);
    return PyFloat_AsDouble(_HPy_object(h));
}

#endif /* HPY_CPYTHON_FLOAT_H */
