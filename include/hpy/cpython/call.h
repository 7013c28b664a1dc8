/* call.h in the CPython ABI. */
#ifndef HPY_CPYTHON_CALL_H
#define HPY_CPYTHON_CALL_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyCallable_Check, PyCallable_Check, checks_null)
HPy_CALLS(HPy_SetCallFunction, _HPyC_SetCallFunction)
HPy_CALLS(HPyFunction_New, _HPyC_Function_New)

#include "hpy/generated/cpython/call.h"

HPyAPI_FUNC HPy HPy_CallTupleDict(HPyContext *ctx, HPy callable, HPy args, HPy kw)
{
    (void)ctx;
    _HPy_REQUIRE(callable._i, HPy_CallTupleDict);
    if (_HPy_UNLIKELY(!HPy_IsNull(args) && !PyTuple_Check(_HPy_object(args)))) {
        _HPy_raise(PyExc_TypeError, "HPy_CallTupleDict requires args to be a tuple or null handle");
        return HPy_NULL;
    }
    if (_HPy_UNLIKELY(!HPy_IsNull(kw) && !PyDict_Check(_HPy_object(kw)))) {
        _HPy_raise(PyExc_TypeError, "HPy_CallTupleDict requires kw to be a dict or null handle");
        return HPy_NULL;
    }
    if (!HPy_IsNull(args))
        return _HPy_handle(PyObject_Call(_HPy_object(callable), _HPy_object(args), _HPy_object(kw)));
    if (HPy_IsNull(kw))
        return _HPy_handle(PyObject_CallNoArgs(_HPy_object(callable)));
    PyObject *no_args = PyTuple_New(0);
    if (no_args == NULL)
        return HPy_NULL;
    PyObject *result = PyObject_Call(_HPy_object(callable), no_args, _HPy_object(kw));
    Py_DECREF(no_args);
    return _HPy_handle(result);
}

/* HPy_Call with NULL as `args`: a call without arguments, or a mistake. Empty `kwnames` count as none. */
_HPy_NOINLINE HPy _HPy_call_without_array(PyObject *callable, size_t nargs, PyObject *kwnames)
{
    bool has_names = kwnames != NULL && !(PyTuple_Check(kwnames) && PyTuple_GET_SIZE(kwnames) == 0);
    _HPy_REQUIRE(nargs == 0 && !has_names, HPy_Call);
    return _HPy_handle(PyObject_CallNoArgs(callable));
}

/* The handles in `args` are not tested for null, since testing each of them would cost too much. */
HPyAPI_FUNC HPy HPy_Call(HPyContext *ctx, HPy callable, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)ctx;
    _HPy_REQUIRE(callable._i, HPy_Call);
    if (_HPy_UNLIKELY(args == NULL))
        return _HPy_call_without_array(_HPy_object(callable), nargs, _HPy_object(kwnames));
    if (_HPy_UNLIKELY(!HPy_IsNull(kwnames) && !PyTuple_Check(_HPy_object(kwnames)))) {
        _HPy_raise(PyExc_TypeError, "HPy_Call arg 'kwnames' must be a tuple object or HPy_NULL");
        return HPy_NULL;
    }
    return _HPy_handle(
        PyObject_Vectorcall(_HPy_object(callable), _HPy_objects(args), nargs, _HPy_object(kwnames)));
}

/* As HPy_Call; of the handles in `args`, only the receiver is tested. */
HPyAPI_FUNC HPy HPy_CallMethod(HPyContext *ctx, HPy name, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)ctx;
    if (_HPy_UNLIKELY(nargs == 0)) {
        _HPy_raise(PyExc_SystemError, "HPy_CallMethod: nargs is 0, but args[0] must be the receiver");
        return HPy_NULL;
    }
    _HPy_REQUIRE(name._i, HPy_CallMethod);
    _HPy_REQUIRE(args != NULL && !HPy_IsNull(args[0]), HPy_CallMethod);
    if (_HPy_UNLIKELY(!HPy_IsNull(kwnames) && !PyTuple_Check(_HPy_object(kwnames)))) {
        _HPy_raise(PyExc_TypeError, "HPy_CallMethod arg 'kwnames' must be a tuple object or HPy_NULL");
        return HPy_NULL;
    }
    return _HPy_handle(
        PyObject_VectorcallMethod(_HPy_object(name), _HPy_objects(args), nargs, _HPy_object(kwnames)));
}

#endif /* HPY_CPYTHON_CALL_H */
