/* iter.h in the CPython ABI. */
#ifndef HPY_CPYTHON_ITER_H
#define HPY_CPYTHON_ITER_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy HPy_GetIter(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_GetIter", HPy_NULL);
    return _HPy_handle(PyObject_GetIter(_HPy_object(obj)));
}

/* PyIter_Next calls the slot without looking whether there is one. */
HPyAPI_FUNC HPy HPyIter_Next(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_Iter_Next", HPy_NULL);
    if (_HPy_UNLIKELY(Py_TYPE(_HPy_object(obj))->tp_iternext == NULL)) {
        _HPy_wrong_type("an iterator", _HPy_object(obj));
        return HPy_NULL;
    }
    return _HPy_handle(PyIter_Next(_HPy_object(obj)));
}

HPyAPI_FUNC int HPyIter_Check(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    return !HPy_IsNull(obj) && PyIter_Check(_HPy_object(obj));
}

#endif /* HPY_CPYTHON_ITER_H */
