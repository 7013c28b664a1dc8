/* iter.h in the CPython ABI. */
#ifndef HPY_CPYTHON_ITER_H
#define HPY_CPYTHON_ITER_H

#include "hpy/cpython/lookup.h"

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

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC int HPyAIter_Check(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    if (HPy_IsNull(obj))
        return 0;
#  if PY_VERSION_HEX >= 0x030a0000
    return PyAIter_Check(_HPy_object(obj));
#  else
    PyAsyncMethods *methods = Py_TYPE(_HPy_object(obj))->tp_as_async;
    return methods != NULL && methods->am_anext != NULL && methods->am_anext != _PyObject_NextNotImplemented;
#  endif
}

/* PyIter_Send, which CPython has from 3.10 on. */
_HPy_NOINLINE int _HPy_iter_send(PyObject *iter, PyObject *arg, PyObject **result)
{
#  if PY_VERSION_HEX >= 0x030a0000
    return (int)PyIter_Send(iter, arg, result);
#  else
    if (arg == Py_None && PyIter_Check(iter))
        *result = Py_TYPE(iter)->tp_iternext(iter);
    else
        *result = PyObject_CallMethod(iter, "send", "(O)", arg);
    if (*result != NULL)
        return HPy_SEND_NEXT;
    return _PyGen_FetchStopIterationValue(result) == 0 ? HPy_SEND_RETURN : HPy_SEND_ERROR;
#  endif
}

HPyAPI_FUNC int HPyIter_Send(HPyContext *ctx, HPy iter, HPy arg, HPy *result)
{
    (void)ctx;
    _HPy_REQUIRE_LOOK_UP(iter, arg._i, result, HPyIter_Send);
    PyObject *value = NULL;
    int status = _HPy_iter_send(_HPy_object(iter), _HPy_object(arg), &value);
    *result = _HPy_handle(value);
    return status;
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_ITER_H */
