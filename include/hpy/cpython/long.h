/* long.h in the CPython ABI. */
#ifndef HPY_CPYTHON_LONG_H
#define HPY_CPYTHON_LONG_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyLong_FromInt64_t, PyLong_FromLongLong)
HPy_CALLS(HPyLong_FromUInt64_t, PyLong_FromUnsignedLongLong)
HPy_CALLS(HPyLong_FromSize_t, PyLong_FromSize_t)
HPy_CALLS(HPyLong_FromSsize_t, PyLong_FromSsize_t)
HPy_CALLS(HPyLong_AsInt64_t, PyLong_AsLongLong)
HPy_CALLS(HPyLong_AsUInt64_t, PyLong_AsUnsignedLongLong)
HPy_CALLS(HPyLong_AsUInt64_tMask, PyLong_AsUnsignedLongLongMask)
HPy_CALLS(HPyLong_AsSize_t, PyLong_AsSize_t)
HPy_CALLS(HPyLong_AsSsize_t, PyLong_AsSsize_t)
HPy_CALLS(HPyLong_AsVoidPtr, PyLong_AsVoidPtr)
HPy_CALLS(HPyLong_AsDouble, PyLong_AsDouble)
HPy_CALLS(HPyLong_FromString, PyLong_FromString)

#include "hpy/generated/cpython/long.h"

HPyAPI_FUNC HPy HPyLong_FromInt32_t(HPyContext *ctx, int32_t value)
{
    (void)ctx;
    return _HPy_handle(PyLong_FromLong(value));
}

HPyAPI_FUNC HPy HPyLong_FromUInt32_t(HPyContext *ctx, uint32_t value)
{
    (void)ctx;
    return _HPy_handle(PyLong_FromUnsignedLong(value));
}

HPyAPI_FUNC int32_t HPyLong_AsInt32_t(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, HPyLong_AsInt32_t);
    /* -1 for an error is passed on. */
    long value = PyLong_AsLong(_HPy_object(h));
    if (_HPy_UNLIKELY((int32_t)value != value)) {
        _HPy_raise(PyExc_OverflowError, "Python int too large to convert to C int32_t");
        return -1;
    }
    return (int32_t)value;
}

/* PyLong_AsUnsignedLong is not used, since its size and error messages depend on the platform. */
HPyAPI_FUNC uint32_t HPyLong_AsUInt32_t(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, HPyLong_AsUInt32_t);
    if (_HPy_UNLIKELY(!PyLong_Check(_HPy_object(h)))) {
        _HPy_raise(PyExc_TypeError, "an integer is required");
        return UINT32_MAX;
    }
    int overflow;
    /* -1 on overflow. */
    long long value = PyLong_AsLongLongAndOverflow(_HPy_object(h), &overflow);
    if (_HPy_UNLIKELY((uint32_t)value != value)) {
        _HPy_raise(PyExc_OverflowError, overflow < 0 || (overflow == 0 && value < 0)
                                            ? "can't convert negative value to C uint32_t"
                                            : "Python int too large to convert to C uint32_t");
        return UINT32_MAX;
    }
    return (uint32_t)value;
}

HPyAPI_FUNC uint32_t HPyLong_AsUInt32_tMask(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, HPyLong_AsUInt32_tMask);
    return (uint32_t)PyLong_AsUnsignedLongMask(_HPy_object(h));
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC int HPyLong_GetSign(HPyContext *ctx, HPy h, int *sign)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, HPyLong_GetSign);
    _HPy_REQUIRE(sign, HPyLong_GetSign);
    if (_HPy_UNLIKELY(!PyLong_Check(_HPy_object(h)))) {
        _HPy_wrong_type("an int", _HPy_object(h));
        return -1;
    }
#  if PY_VERSION_HEX >= 0x030e0000
    return PyLong_GetSign(_HPy_object(h), sign);
#  else
    *sign = _PyLong_Sign(_HPy_object(h));
    return 0;
#  endif
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_LONG_H */
