/* unicode.h in the CPython ABI. */
#ifndef HPY_CPYTHON_UNICODE_H
#define HPY_CPYTHON_UNICODE_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy HPyUnicode_FromString(HPyContext *ctx, const char *utf8)
{
    (void)ctx;
    _HPy_REQUIRE(utf8, "ctx_Unicode_FromString", HPy_NULL);
    return _HPy_handle(PyUnicode_FromString(utf8));
}

HPyAPI_FUNC int HPyUnicode_Check(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return !HPy_IsNull(h) && PyUnicode_Check(_HPy_object(h));
}

HPyAPI_FUNC HPy HPyUnicode_AsASCIIString(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Unicode_AsASCIIString", HPy_NULL);
    return _HPy_handle(PyUnicode_AsASCIIString(_HPy_object(h)));
}

HPyAPI_FUNC HPy HPyUnicode_AsLatin1String(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Unicode_AsLatin1String", HPy_NULL);
    return _HPy_handle(PyUnicode_AsLatin1String(_HPy_object(h)));
}

HPyAPI_FUNC HPy HPyUnicode_AsUTF8String(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Unicode_AsUTF8String", HPy_NULL);
    return _HPy_handle(PyUnicode_AsUTF8String(_HPy_object(h)));
}

HPyAPI_FUNC const char *HPyUnicode_AsUTF8AndSize(HPyContext *ctx, HPy h, HPy_ssize_t *size)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Unicode_AsUTF8AndSize", NULL);
    return PyUnicode_AsUTF8AndSize(_HPy_object(h), size);
}

HPyAPI_FUNC HPy HPyUnicode_FromWideChar(HPyContext *ctx, const wchar_t *w, HPy_ssize_t size)
{
    (void)ctx;
    return _HPy_handle(PyUnicode_FromWideChar(w, size));
}

HPyAPI_FUNC HPy HPyUnicode_DecodeFSDefault(HPyContext *ctx, const char *v)
{
    (void)ctx;
    _HPy_REQUIRE(v, "ctx_Unicode_DecodeFSDefault", HPy_NULL);
    return _HPy_handle(PyUnicode_DecodeFSDefault(v));
}

/* No data at all is the empty text, as long as its size is 0. */
HPyAPI_FUNC HPy HPyUnicode_DecodeFSDefaultAndSize(HPyContext *ctx, const char *v, HPy_ssize_t size)
{
    (void)ctx;
    _HPy_REQUIRE(v != NULL || size == 0, "ctx_Unicode_DecodeFSDefaultAndSize", HPy_NULL);
    return _HPy_handle(PyUnicode_DecodeFSDefaultAndSize(v != NULL ? v : "", size));
}

HPyAPI_FUNC HPy HPyUnicode_EncodeFSDefault(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Unicode_EncodeFSDefault", HPy_NULL);
    return _HPy_handle(PyUnicode_EncodeFSDefault(_HPy_object(h)));
}

HPyAPI_FUNC HPy_UCS4 HPyUnicode_ReadChar(HPyContext *ctx, HPy h, HPy_ssize_t index)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_Unicode_ReadChar", (HPy_UCS4)-1);
    return PyUnicode_ReadChar(_HPy_object(h), index);
}

HPyAPI_FUNC HPy HPyUnicode_DecodeASCII(HPyContext *ctx, const char *ascii, HPy_ssize_t size,
                                       const char *errors)
{
    (void)ctx;
    _HPy_REQUIRE(ascii != NULL || size == 0, "ctx_Unicode_DecodeASCII", HPy_NULL);
    return _HPy_handle(PyUnicode_DecodeASCII(ascii != NULL ? ascii : "", size, errors));
}

HPyAPI_FUNC HPy HPyUnicode_DecodeLatin1(HPyContext *ctx, const char *latin1, HPy_ssize_t size,
                                        const char *errors)
{
    (void)ctx;
    _HPy_REQUIRE(latin1 != NULL || size == 0, "ctx_Unicode_DecodeLatin1", HPy_NULL);
    return _HPy_handle(PyUnicode_DecodeLatin1(latin1 != NULL ? latin1 : "", size, errors));
}

HPyAPI_FUNC HPy HPyUnicode_FromEncodedObject(HPyContext *ctx, HPy obj, const char *encoding,
                                             const char *errors)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_Unicode_FromEncodedObject", HPy_NULL);
    return _HPy_handle(PyUnicode_FromEncodedObject(_HPy_object(obj), encoding, errors));
}

/* CPython does not look at the type here. */
HPyAPI_FUNC HPy HPyUnicode_Substring(HPyContext *ctx, HPy str, HPy_ssize_t start, HPy_ssize_t end)
{
    (void)ctx;
    _HPy_REQUIRE(str._i, "ctx_Unicode_Substring", HPy_NULL);
    if (_HPy_UNLIKELY(!PyUnicode_Check(_HPy_object(str)))) {
        _HPy_wrong_type("str", _HPy_object(str));
        return HPy_NULL;
    }
    return _HPy_handle(PyUnicode_Substring(_HPy_object(str), start, end));
}

#endif /* HPY_CPYTHON_UNICODE_H */
