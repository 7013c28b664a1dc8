/* iter.h in the CPython ABI. */
#ifndef HPY_CPYTHON_ITER_H
#define HPY_CPYTHON_ITER_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPy_GetIter, PyObject_GetIter)
HPy_CALLS(HPyIter_Check, PyIter_Check)
HPy_CALLS(HPySeqIter_New, PySeqIter_New)

#include "hpy/generated/cpython/iter.h"

/* PyIter_Next calls the slot without checking that there is one. */
HPyAPI_FUNC HPy HPyIter_Next(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, HPyIter_Next);
    if (_HPy_UNLIKELY(Py_TYPE(_HPy_object(obj))->tp_iternext == NULL)) {
        _HPy_wrong_type("an iterator", _HPy_object(obj));
        return HPy_NULL;
    }
    return _HPy_handle(PyIter_Next(_HPy_object(obj)));
}

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_ITER_H */
