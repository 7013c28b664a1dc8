/* unicode.h in the CPython ABI. */
#ifndef HPY_CPYTHON_UNICODE_H
#define HPY_CPYTHON_UNICODE_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyUnicode_FromString, PyUnicode_FromString)
HPy_CALLS(HPyUnicode_InternFromString, PyUnicode_InternFromString)
HPy_CALLS(HPyUnicode_Check, PyUnicode_Check)
HPy_CALLS(HPyUnicode_AsASCIIString, PyUnicode_AsASCIIString)
HPy_CALLS(HPyUnicode_AsLatin1String, PyUnicode_AsLatin1String)
HPy_CALLS(HPyUnicode_AsUTF8String, PyUnicode_AsUTF8String)
HPy_CALLS(HPyUnicode_AsUTF8AndSize, PyUnicode_AsUTF8AndSize)
HPy_CALLS(HPyUnicode_DecodeFSDefault, PyUnicode_DecodeFSDefault)
HPy_CALLS(HPyUnicode_EncodeFSDefault, PyUnicode_EncodeFSDefault)
HPy_CALLS(HPyUnicode_ReadChar, PyUnicode_ReadChar)
HPy_CALLS(HPyUnicode_FromEncodedObject, PyUnicode_FromEncodedObject)

#include "hpy/generated/cpython/unicode.h"

HPyAPI_FUNC HPy HPyUnicode_FromWideChar(HPyContext *ctx, const wchar_t *w, HPy_ssize_t size)
{
    (void)ctx;
    return _HPy_handle(PyUnicode_FromWideChar(w, size));
}

/* NULL is the empty text if the size is 0. */
HPyAPI_FUNC HPy HPyUnicode_DecodeFSDefaultAndSize(HPyContext *ctx, const char *v, HPy_ssize_t size)
{
    (void)ctx;
    _HPy_REQUIRE(v != NULL || size == 0, HPyUnicode_DecodeFSDefaultAndSize);
    return _HPy_handle(PyUnicode_DecodeFSDefaultAndSize(v != NULL ? v : "", size));
}

HPyAPI_FUNC HPy HPyUnicode_DecodeASCII(HPyContext *ctx, const char *ascii, HPy_ssize_t size,
                                       const char *errors)
{
    (void)ctx;
    _HPy_REQUIRE(ascii != NULL || size == 0, HPyUnicode_DecodeASCII);
    return _HPy_handle(PyUnicode_DecodeASCII(ascii != NULL ? ascii : "", size, errors));
}

HPyAPI_FUNC HPy HPyUnicode_DecodeLatin1(HPyContext *ctx, const char *latin1, HPy_ssize_t size,
                                        const char *errors)
{
    (void)ctx;
    _HPy_REQUIRE(latin1 != NULL || size == 0, HPyUnicode_DecodeLatin1);
    return _HPy_handle(PyUnicode_DecodeLatin1(latin1 != NULL ? latin1 : "", size, errors));
}

/* CPython does not check the type here. */
HPyAPI_FUNC HPy HPyUnicode_Substring(HPyContext *ctx, HPy str, HPy_ssize_t start, HPy_ssize_t end)
{
    (void)ctx;
    _HPy_REQUIRE(str._i, HPyUnicode_Substring);
    if (_HPy_UNLIKELY(!PyUnicode_Check(_HPy_object(str)))) {
        _HPy_wrong_type("str", _HPy_object(str));
        return HPy_NULL;
    }
    return _HPy_handle(PyUnicode_Substring(_HPy_object(str), start, end));
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC HPy HPyUnicode_Intern(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, HPyUnicode_Intern);
    PyObject *text = _HPy_object(h);
    if (_HPy_UNLIKELY(!PyUnicode_Check(text))) {
        _HPy_wrong_type("str", text);
        return HPy_NULL;
    }
    Py_INCREF(text);
    PyUnicode_InternInPlace(&text);
    return _HPy_handle(text);
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_UNICODE_H */
