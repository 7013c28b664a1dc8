/* long.h in the CPython ABI. */
#ifndef HPY_CPYTHON_LONG_H
#define HPY_CPYTHON_LONG_H

#include "hpy/cpython/base.h"

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

HPyAPI_FUNC HPy HPyLong_FromInt64_t(HPyContext *ctx, int64_t v)
{
    (void)ctx;
    return _HPy_handle(PyLong_FromLongLong(v));
}

HPyAPI_FUNC HPy HPyLong_FromUInt64_t(HPyContext *ctx, uint64_t v)
{
    (void)ctx;
    return _HPy_handle(PyLong_FromUnsignedLongLong(v));
}

HPyAPI_FUNC HPy HPyLong_FromSize_t(HPyContext *ctx, size_t value)
{
    (void)ctx;
    return _HPy_handle(PyLong_FromSize_t(value));
}

HPyAPI_FUNC HPy HPyLong_FromSsize_t(HPyContext *ctx, HPy_ssize_t value)
{
    (void)ctx;
    return _HPy_handle(PyLong_FromSsize_t(value));
}

HPyAPI_FUNC int32_t HPyLong_AsInt32_t(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Long_AsInt32_t", -1);
    /* An error passes as -1. */
    long value = PyLong_AsLong(_HPy_object(h));
    if (_HPy_UNLIKELY((int32_t)value != value)) {
        _HPy_raise(PyExc_OverflowError, "Python int too large to convert to C int32_t");
        return -1;
    }
    return (int32_t)value;
}

/* Not by way of PyLong_AsUnsignedLong, whose size and texts depend on the platform. */
HPyAPI_FUNC uint32_t HPyLong_AsUInt32_t(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Long_AsUInt32_t", UINT32_MAX);
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
    _HPy_REQUIRE(h._i, "ctx_Long_AsUInt32_tMask", UINT32_MAX);
    return (uint32_t)PyLong_AsUnsignedLongMask(_HPy_object(h));
}

HPyAPI_FUNC int64_t HPyLong_AsInt64_t(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Long_AsInt64_t", -1);
    return PyLong_AsLongLong(_HPy_object(h));
}

HPyAPI_FUNC uint64_t HPyLong_AsUInt64_t(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Long_AsUInt64_t", UINT64_MAX);
    return PyLong_AsUnsignedLongLong(_HPy_object(h));
}

HPyAPI_FUNC uint64_t HPyLong_AsUInt64_tMask(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Long_AsUInt64_tMask", UINT64_MAX);
    return PyLong_AsUnsignedLongLongMask(_HPy_object(h));
}

HPyAPI_FUNC size_t HPyLong_AsSize_t(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Long_AsSize_t", (size_t)-1);
    return PyLong_AsSize_t(_HPy_object(h));
}

HPyAPI_FUNC HPy_ssize_t HPyLong_AsSsize_t(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Long_AsSsize_t", -1);
    return PyLong_AsSsize_t(_HPy_object(h));
}

HPyAPI_FUNC void *HPyLong_AsVoidPtr(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Long_AsVoidPtr", NULL);
    return PyLong_AsVoidPtr(_HPy_object(h));
}

HPyAPI_FUNC double HPyLong_AsDouble(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Long_AsDouble", -1.0);
    return PyLong_AsDouble(_HPy_object(h));
}

#endif /* HPY_CPYTHON_LONG_H */
