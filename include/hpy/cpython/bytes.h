/* bytes.h in the CPython ABI. */
#ifndef HPY_CPYTHON_BYTES_H
#define HPY_CPYTHON_BYTES_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC int HPyBytes_Check(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return !HPy_IsNull(h) && PyBytes_Check(_HPy_object(h));
}

HPyAPI_FUNC HPy_ssize_t HPyBytes_Size(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Bytes_Size", -1);
    return PyBytes_Size(_HPy_object(h));
}

HPyAPI_FUNC HPy_ssize_t HPyBytes_GET_SIZE(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Bytes_GET_SIZE", -1);
    return PyBytes_GET_SIZE(_HPy_object(h));
}

HPyAPI_FUNC const char *HPyBytes_AsString(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Bytes_AsString", NULL);
    return PyBytes_AsString(_HPy_object(h));
}

HPyAPI_FUNC const char *HPyBytes_AS_STRING(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Bytes_AS_STRING", NULL);
    return PyBytes_AS_STRING(_HPy_object(h));
}

HPyAPI_FUNC HPy HPyBytes_FromString(HPyContext *ctx, const char *bytes)
{
    (void)ctx;
    _HPy_REQUIRE(bytes, "ctx_Bytes_FromString", HPy_NULL);
    return _HPy_handle(PyBytes_FromString(bytes));
}

/* CPython gives uninitialised bytes for NULL; nobody could fill them here. */
HPyAPI_FUNC HPy HPyBytes_FromStringAndSize(HPyContext *ctx, const char *bytes, HPy_ssize_t len)
{
    (void)ctx;
    if (_HPy_UNLIKELY(bytes == NULL)) {
        _HPy_raise(PyExc_ValueError, "NULL char * passed to HPyBytes_FromStringAndSize");
        return HPy_NULL;
    }
    return _HPy_handle(PyBytes_FromStringAndSize(bytes, len));
}

#endif /* HPY_CPYTHON_BYTES_H */
