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
HPy_CALLS(HPyUnicode_AsEncodedString, PyUnicode_AsEncodedString)
HPy_CALLS(HPyUnicode_Export, _HPyC_Unicode_Export)
HPy_CALLS(HPyUnicode_Find, PyUnicode_Find)
HPy_CALLS(HPyUnicode_Tailmatch, PyUnicode_Tailmatch)
HPy_CALLS(HPyUnicode_Compare, PyUnicode_Compare)
HPy_CALLS(HPyUnicode_Join, PyUnicode_Join)

#include "hpy/generated/cpython/unicode.h"

/* Returns from `function` with TypeError if `h` is null or no str. */
#define _HPy_REQUIRE_STR(h, function) \
    do { \
        _HPy_REQUIRE((h)._i, function); \
        if (_HPy_UNLIKELY(!PyUnicode_Check(_HPy_object(h)))) { \
            _HPy_wrong_type("str", _HPy_object(h)); \
            return _HPy_FAILURE_##function; \
        } \
    } while (0)

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
    _HPy_REQUIRE_STR(str, HPyUnicode_Substring);
    return _HPy_handle(PyUnicode_Substring(_HPy_object(str), start, end));
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC HPy HPyUnicode_Intern(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE_STR(h, HPyUnicode_Intern);
    PyObject *text = _HPy_object(h);
    Py_INCREF(text);
    PyUnicode_InternInPlace(&text);
    return _HPy_handle(text);
}

HPyAPI_FUNC HPy HPyUnicode_DecodeUTF8(HPyContext *ctx, const char *utf8, HPy_ssize_t size, const char *errors)
{
    (void)ctx;
    _HPy_REQUIRE(utf8 != NULL || size == 0, HPyUnicode_DecodeUTF8);
    _HPy_REQUIRE_SIZE(size, HPyUnicode_DecodeUTF8);
    return _HPy_handle(PyUnicode_DecodeUTF8(utf8 != NULL ? utf8 : "", size, errors));
}

HPyAPI_FUNC HPy HPyUnicode_Decode(HPyContext *ctx, const char *bytes, HPy_ssize_t size, const char *encoding,
                                  const char *errors)
{
    (void)ctx;
    _HPy_REQUIRE(bytes != NULL || size == 0, HPyUnicode_Decode);
    _HPy_REQUIRE_SIZE(size, HPyUnicode_Decode);
    return _HPy_handle(PyUnicode_Decode(bytes != NULL ? bytes : "", size, encoding, errors));
}

_HPy_COLD void _HPy_not_a_code_point(void)
{
    _HPy_raise(PyExc_ValueError, "code point not in range(0x110000)");
}

/* CPython does not look at the code points. */
HPyAPI_FUNC HPy HPyUnicode_FromKindAndData(HPyContext *ctx, int kind, const void *data, HPy_ssize_t size)
{
    (void)ctx;
    _HPy_REQUIRE(data != NULL || size == 0, HPyUnicode_FromKindAndData);
    _HPy_REQUIRE_SIZE(size, HPyUnicode_FromKindAndData);
    for (HPy_ssize_t i = 0; kind == 4 && i < size; i++) {
        if (_HPy_UNLIKELY(((const Py_UCS4 *)data)[i] > 0x10ffff)) {
            _HPy_not_a_code_point();
            return HPy_NULL;
        }
    }
    return _HPy_handle(PyUnicode_FromKindAndData(kind, data, size));
}

HPyAPI_FUNC HPy_ssize_t HPyUnicode_AsWideChar(HPyContext *ctx, HPy h, wchar_t *w, HPy_ssize_t size)
{
    (void)ctx;
    _HPy_REQUIRE_STR(h, HPyUnicode_AsWideChar);
    _HPy_REQUIRE_SIZE(size, HPyUnicode_AsWideChar);
    return PyUnicode_AsWideChar(_HPy_object(h), w, size);
}

HPyAPI_FUNC HPy_ssize_t HPyUnicode_FindChar(HPyContext *ctx, HPy str, HPy_UCS4 ch, HPy_ssize_t start,
                                            HPy_ssize_t end, int direction)
{
    (void)ctx;
    _HPy_REQUIRE_STR(str, HPyUnicode_FindChar);
    return PyUnicode_FindChar(_HPy_object(str), ch, start, end, direction);
}

HPyAPI_FUNC int HPyUnicode_Equal(HPyContext *ctx, HPy a, HPy b)
{
    (void)ctx;
    _HPy_REQUIRE_STR(a, HPyUnicode_Equal);
    _HPy_REQUIRE_STR(b, HPyUnicode_Equal);
#  if PY_VERSION_HEX >= 0x030e0000
    return PyUnicode_Equal(_HPy_object(a), _HPy_object(b));
#  else
    PyObject *equal = PyUnicode_RichCompare(_HPy_object(a), _HPy_object(b), Py_EQ);
    if (_HPy_UNLIKELY(equal == NULL))
        return -1;
    Py_DECREF(equal);
    return equal == Py_True;
#  endif
}

HPyAPI_FUNC int HPyUnicode_EqualToUTF8AndSize(HPyContext *ctx, HPy h, const char *utf8, HPy_ssize_t size)
{
    (void)ctx;
    _HPy_REQUIRE(utf8, HPyUnicode_EqualToUTF8AndSize);
    _HPy_REQUIRE_STR(h, HPyUnicode_EqualToUTF8AndSize);
    size_t length = size < 0 ? strlen(utf8) : (size_t)size;
#  if PY_VERSION_HEX >= 0x030d0000
    return PyUnicode_EqualToUTF8AndSize(_HPy_object(h), utf8, (Py_ssize_t)length);
#  else
    Py_ssize_t own_length;
    const char *own = PyUnicode_AsUTF8AndSize(_HPy_object(h), &own_length);
    if (own != NULL)
        return (size_t)own_length == length && memcmp(own, utf8, length) == 0;
    /* Lone surrogates are no UTF-8. */
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return -1;
    PyErr_Clear();
    return 0;
#  endif
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_UNICODE_H */
