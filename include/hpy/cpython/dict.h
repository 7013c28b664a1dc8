/* dict.h in the CPython ABI. */
#ifndef HPY_CPYTHON_DICT_H
#define HPY_CPYTHON_DICT_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC int HPyDict_Check(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return !HPy_IsNull(h) && PyDict_Check(_HPy_object(h));
}

HPyAPI_FUNC HPy HPyDict_New(HPyContext *ctx)
{
    (void)ctx;
    return _HPy_handle(PyDict_New());
}

HPyAPI_FUNC HPy HPyDict_Keys(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Dict_Keys", HPy_NULL);
    return _HPy_handle(PyDict_Keys(_HPy_object(h)));
}

HPyAPI_FUNC HPy HPyDict_Copy(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Dict_Copy", HPy_NULL);
    return _HPy_handle(PyDict_Copy(_HPy_object(h)));
}

#endif /* HPY_CPYTHON_DICT_H */
