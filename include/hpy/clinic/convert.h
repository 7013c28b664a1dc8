/* From an argument to values in C, and from a value in C to a result. Not to be included directly; clinic.h explains it.
 *
 * The functions that convert return 1, or 0 with an exception. Those that need it for their message get the signature of the
 * function and the index of the parameter.
 */
#ifndef HPY_CLINIC_CONVERT_H
#define HPY_CLINIC_CONVERT_H

#include <float.h>
#include <limits.h>

#include "hpy/clinic/match.h"

/** What the converter `complex` gives. */
typedef struct {
    /** The real part. */
    double real;
    /** The imaginary part. */
    double imag;
} HPyClinic_complex;

/* Long enough for names of ordinary length; longer texts are cut. */
#define _HPyClinic_TEXT 500

/* Writes "f() argument 'x'"; a parameter without a keyword has its number there. */
_HPyClinic_COLD void _HPyClinic_which(const _HPyClinic_Signature *signature, int index, char *text, size_t size)
{
    if (signature->_twin == NULL)
        snprintf(text, size, "%s", signature->_name);
    else if ((uint32_t)index < signature->_names._first)
        snprintf(text, size, "%s() argument %d", signature->_name, index + 1);
    else
        snprintf(text, size, "%s() argument '%s'", signature->_name, signature->_names._names[index]);
}

/* Raises TypeError. */
_HPyClinic_COLD void _HPyClinic_BadArgument(HPyContext *ctx, const _HPyClinic_Signature *signature, int index,
                                           const char *expected, HPy arg)
{
    char which[_HPyClinic_TEXT], text[2 * _HPyClinic_TEXT];
    HPy type = HPy_Is(ctx, arg, ctx->h_None) ? HPy_NULL : HPy_Type(ctx, arg);
    HPy name = HPy_IsNull(type) ? HPy_NULL : HPy_GetAttr_s(ctx, type, "__name__");
    const char *found = HPy_IsNull(name) ? "None" : HPyUnicode_AsUTF8AndSize(ctx, name, NULL);
    if (!HPyErr_Occurred(ctx)) {
        _HPyClinic_which(signature, index, which, sizeof(which));
        snprintf(text, sizeof(text), "%s must be %s, not %.200s", which, expected, found);
        HPyErr_SetString(ctx, ctx->h_TypeError, text);
    }
    HPy_Close(ctx, name);
    HPy_Close(ctx, type);
}

_HPyClinic_COLD void _HPyClinic_OutOfRange(HPyContext *ctx, const char *type, int is_negative)
{
    char text[_HPyClinic_TEXT];
    snprintf(text, sizeof(text),
             is_negative ? "can't convert negative int to %s" : "Python int too large to convert to C %s", type);
    HPyErr_SetString(ctx, ctx->h_OverflowError, text);
}

/* Integers. One of each type is read as a wider one that the API has a function for, and narrowed. */

#define _HPyClinic_EXACT(NAME, TYPE, READ) \
    HPyAPI_FUNC int _HPyClinic_##NAME(HPyContext *ctx, HPy arg, TYPE *target) \
    { \
        *target = READ(ctx, arg); \
        return *target != (TYPE)-1 || !HPyErr_Occurred(ctx); \
    }
#define _HPyClinic_NARROW(NAME, TYPE, MINIMUM, MAXIMUM) \
    HPyAPI_FUNC int _HPyClinic_##NAME(HPyContext *ctx, HPy arg, TYPE *target) \
    { \
        int64_t value = HPyLong_AsInt64_t(ctx, arg); \
        *target = (TYPE)value; \
        if (value == -1 && HPyErr_Occurred(ctx)) \
            return 0; \
        if (value >= (MINIMUM) && value <= (int64_t)(MAXIMUM)) \
            return 1; \
        _HPyClinic_OutOfRange(ctx, #TYPE, (MINIMUM) == 0 && value < 0); \
        return 0; \
    }
#define _HPyClinic_MASK(NAME, TYPE, WIDE, READ) \
    HPyAPI_FUNC int _HPyClinic_##NAME##_mask(HPyContext *ctx, HPy arg, TYPE *target) \
    { \
        WIDE value = READ(ctx, arg); \
        *target = (TYPE)value; \
        return value != (WIDE)-1 || !HPyErr_Occurred(ctx); \
    }
#define _HPyClinic_RETURN(NAME, TYPE, MAKE) \
    HPyAPI_FUNC HPy _HPyClinic_from_##NAME(HPyContext *ctx, TYPE value) \
    { \
        return MAKE(ctx, value); \
    }

_HPyClinic_NARROW(signed_char, signed char, SCHAR_MIN, SCHAR_MAX)
_HPyClinic_NARROW(short, short, SHRT_MIN, SHRT_MAX)
_HPyClinic_NARROW(int, int, INT_MIN, INT_MAX)
_HPyClinic_EXACT(long, long, HPyLong_AsLong)
_HPyClinic_EXACT(long_long, long long, HPyLong_AsLongLong)
_HPyClinic_EXACT(Py_ssize_t, HPy_ssize_t, HPyLong_AsSsize_t)
_HPyClinic_EXACT(HPy_ssize_t, HPy_ssize_t, HPyLong_AsSsize_t)
_HPyClinic_NARROW(int8_t, int8_t, INT8_MIN, INT8_MAX)
_HPyClinic_NARROW(int16_t, int16_t, INT16_MIN, INT16_MAX)
_HPyClinic_NARROW(int32_t, int32_t, INT32_MIN, INT32_MAX)
_HPyClinic_EXACT(int64_t, int64_t, HPyLong_AsInt64_t)
_HPyClinic_NARROW(unsigned_char, unsigned char, 0, UCHAR_MAX)
_HPyClinic_NARROW(unsigned_short, unsigned short, 0, USHRT_MAX)
_HPyClinic_NARROW(unsigned_int, unsigned int, 0, UINT_MAX)
_HPyClinic_EXACT(unsigned_long, unsigned long, HPyLong_AsUnsignedLong)
_HPyClinic_EXACT(unsigned_long_long, unsigned long long, HPyLong_AsUnsignedLongLong)
_HPyClinic_EXACT(size_t, size_t, HPyLong_AsSize_t)
_HPyClinic_NARROW(uint8_t, uint8_t, 0, UINT8_MAX)
_HPyClinic_NARROW(uint16_t, uint16_t, 0, UINT16_MAX)
_HPyClinic_NARROW(uint32_t, uint32_t, 0, UINT32_MAX)
_HPyClinic_EXACT(uint64_t, uint64_t, HPyLong_AsUInt64_t)
_HPyClinic_MASK(unsigned_char, unsigned char, unsigned long, HPyLong_AsUnsignedLongMask)
_HPyClinic_MASK(unsigned_short, unsigned short, unsigned long, HPyLong_AsUnsignedLongMask)
_HPyClinic_MASK(unsigned_int, unsigned int, unsigned long, HPyLong_AsUnsignedLongMask)
_HPyClinic_MASK(unsigned_long, unsigned long, unsigned long, HPyLong_AsUnsignedLongMask)
_HPyClinic_MASK(unsigned_long_long, unsigned long long, unsigned long long, HPyLong_AsUnsignedLongLongMask)
_HPyClinic_MASK(size_t, size_t, unsigned long long, HPyLong_AsUnsignedLongLongMask)
_HPyClinic_MASK(uint8_t, uint8_t, uint32_t, HPyLong_AsUInt32_tMask)
_HPyClinic_MASK(uint16_t, uint16_t, uint32_t, HPyLong_AsUInt32_tMask)
_HPyClinic_MASK(uint32_t, uint32_t, uint32_t, HPyLong_AsUInt32_tMask)
_HPyClinic_MASK(uint64_t, uint64_t, uint64_t, HPyLong_AsUInt64_tMask)
_HPyClinic_RETURN(signed_char, signed char, HPyLong_FromLong)
_HPyClinic_RETURN(short, short, HPyLong_FromLong)
_HPyClinic_RETURN(int, int, HPyLong_FromLong)
_HPyClinic_RETURN(long, long, HPyLong_FromLong)
_HPyClinic_RETURN(long_long, long long, HPyLong_FromLongLong)
_HPyClinic_RETURN(Py_ssize_t, HPy_ssize_t, HPyLong_FromSsize_t)
_HPyClinic_RETURN(HPy_ssize_t, HPy_ssize_t, HPyLong_FromSsize_t)
_HPyClinic_RETURN(int8_t, int8_t, HPyLong_FromInt32_t)
_HPyClinic_RETURN(int16_t, int16_t, HPyLong_FromInt32_t)
_HPyClinic_RETURN(int32_t, int32_t, HPyLong_FromInt32_t)
_HPyClinic_RETURN(int64_t, int64_t, HPyLong_FromInt64_t)
_HPyClinic_RETURN(unsigned_char, unsigned char, HPyLong_FromUnsignedLong)
_HPyClinic_RETURN(unsigned_short, unsigned short, HPyLong_FromUnsignedLong)
_HPyClinic_RETURN(unsigned_int, unsigned int, HPyLong_FromUnsignedLong)
_HPyClinic_RETURN(unsigned_long, unsigned long, HPyLong_FromUnsignedLong)
_HPyClinic_RETURN(unsigned_long_long, unsigned long long, HPyLong_FromUnsignedLongLong)
_HPyClinic_RETURN(size_t, size_t, HPyLong_FromSize_t)
_HPyClinic_RETURN(uint8_t, uint8_t, HPyLong_FromUInt32_t)
_HPyClinic_RETURN(uint16_t, uint16_t, HPyLong_FromUInt32_t)
_HPyClinic_RETURN(uint32_t, uint32_t, HPyLong_FromUInt32_t)
_HPyClinic_RETURN(uint64_t, uint64_t, HPyLong_FromUInt64_t)

/* Other numbers. */

_HPyClinic_EXACT(double, double, HPyFloat_AsDouble)
_HPyClinic_RETURN(double, double, HPyFloat_FromDouble)
_HPyClinic_RETURN(float, float, HPyFloat_FromDouble)

/* As in CPython, a number that is too large becomes infinite. */
HPyAPI_FUNC int _HPyClinic_float(HPyContext *ctx, HPy arg, float *target)
{
    double value = HPyFloat_AsDouble(ctx, arg);
    *target = (float)value;
    return value != -1.0 || !HPyErr_Occurred(ctx);
}

HPyAPI_FUNC int _HPyClinic_part(HPyContext *ctx, HPy number, const char *name, double *target)
{
    HPy part = HPy_GetAttr_s(ctx, number, name);
    int status = !HPy_IsNull(part) && _HPyClinic_double(ctx, part, target);
    HPy_Close(ctx, part);
    return status;
}

HPyAPI_FUNC int _HPyClinic_complex(HPyContext *ctx, const _HPyClinic_Signature *signature, int index, HPy arg,
                                   HPyClinic_complex *target)
{
    /* complex() reads strings, too. */
    if (HPyUnicode_Check(ctx, arg)) {
        _HPyClinic_BadArgument(ctx, signature, index, "complex", arg);
        return 0;
    }
    HPy number = HPy_TypeCheck(ctx, arg, ctx->h_ComplexType) ? HPy_Dup(ctx, arg)
                                                            : HPy_Call(ctx, ctx->h_ComplexType, &arg, 1, HPy_NULL);
    int status = !HPy_IsNull(number) && _HPyClinic_part(ctx, number, "real", &target->real) &&
                 _HPyClinic_part(ctx, number, "imag", &target->imag);
    HPy_Close(ctx, number);
    return status;
}

/* Text and bytes, which live as long as the argument. */

HPyAPI_FUNC int _HPyClinic_str_and_size(HPyContext *ctx, const _HPyClinic_Signature *signature, int index, HPy arg,
                                        const char **target, HPy_ssize_t *size)
{
    if (!HPyUnicode_Check(ctx, arg)) {
        _HPyClinic_BadArgument(ctx, signature, index, "str", arg);
        return 0;
    }
    *target = HPyUnicode_AsUTF8AndSize(ctx, arg, size);
    return *target != NULL;
}

HPyAPI_FUNC int _HPyClinic_str(HPyContext *ctx, const _HPyClinic_Signature *signature, int index, HPy arg,
                               const char **target)
{
    HPy_ssize_t size;
    if (!_HPyClinic_str_and_size(ctx, signature, index, arg, target, &size))
        return 0;
    if (strlen(*target) != (size_t)size) {
        HPyErr_SetString(ctx, ctx->h_ValueError, "embedded null character");
        return 0;
    }
    return 1;
}

HPyAPI_FUNC int _HPyClinic_bytes(HPyContext *ctx, const _HPyClinic_Signature *signature, int index, HPy arg,
                                 const char **target, HPy_ssize_t *size)
{
    if (!HPyBytes_Check(ctx, arg)) {
        _HPyClinic_BadArgument(ctx, signature, index, "bytes", arg);
        return 0;
    }
    *target = HPyBytes_AsString(ctx, arg);
    *size = HPyBytes_Size(ctx, arg);
    return *target != NULL && *size >= 0;
}

/* The index of the text among `names`; -1 with an exception. */
HPyAPI_FUNC int _HPyClinic_enum(HPyContext *ctx, const _HPyClinic_Signature *signature, int index, HPy arg,
                                const char *const *names)
{
    const char *text;
    HPy_ssize_t size;
    if (!_HPyClinic_str_and_size(ctx, signature, index, arg, &text, &size))
        return -1;
    for (int i = 0; names[i] != NULL; i++)
        if (strlen(names[i]) == (size_t)size && memcmp(names[i], text, (size_t)size) == 0)
            return i;
    char message[3 * _HPyClinic_TEXT];
    _HPyClinic_which(signature, index, message, _HPyClinic_TEXT);
    size_t used = strlen(message);
    for (int i = 0; names[i] != NULL && used < 2 * _HPyClinic_TEXT; i++) {
        const char *before = i == 0 ? " must be" : names[i + 1] == NULL ? " or" : ",";
        used += (size_t)snprintf(message + used, sizeof(message) - used, "%s '%.100s'", before, names[i]);
    }
    snprintf(message + used, sizeof(message) - used, ", not '%.200s'", text);
    HPyErr_SetString(ctx, ctx->h_ValueError, message);
    return -1;
}

/* Objects of a type. */

HPyAPI_FUNC int _HPyClinic_is_instance(HPyContext *ctx, const _HPyClinic_Signature *signature, int index, HPy arg,
                                       HPy type, const char *name)
{
    if (HPy_TypeCheck(ctx, arg, type))
        return 1;
    _HPyClinic_BadArgument(ctx, signature, index, name, arg);
    return 0;
}

HPyAPI_FUNC int _HPyClinic_is_of_global(HPyContext *ctx, const _HPyClinic_Signature *signature, int index, HPy arg,
                                        HPyGlobal global)
{
    HPy type = HPyGlobal_Load(ctx, global);
    if (HPy_IsNull(type)) {
        HPyErr_SetString(ctx, ctx->h_SystemError, "the type that an argument has to be of has not been stored yet");
        return 0;
    }
    int fits = HPy_TypeCheck(ctx, arg, type);
    if (!fits) {
        HPy name = HPy_GetAttr_s(ctx, type, "__name__");
        const char *text = HPy_IsNull(name) ? NULL : HPyUnicode_AsUTF8AndSize(ctx, name, NULL);
        if (text != NULL)
            _HPyClinic_BadArgument(ctx, signature, index, text, arg);
        HPy_Close(ctx, name);
    }
    HPy_Close(ctx, type);
    return fits;
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/* The memory of an object in `view`, which is returned; NULL with an exception. */
HPyAPI_FUNC HPy_buffer *_HPyClinic_buffer(HPyContext *ctx, HPy arg, HPy_buffer *view, int is_writable)
{
    return HPy_GetBuffer(ctx, arg, view, is_writable) < 0 ? NULL : view;
}

HPyAPI_FUNC void _HPyClinic_release(HPyContext *ctx, HPy_buffer *view)
{
    if (view != NULL)
        HPyBuffer_Release(ctx, view);
}

#endif

/* Whether `self` of a typed method is what it has to be, as no descriptor has checked it. */
HPyAPI_FUNC int _HPyClinic_is_self(HPyContext *ctx, const char *function, HPy self, HPyGlobal global)
{
    static const char *const names[] = {"self"};
    const _HPyClinic_Signature signature = {function, "", 1, 1, {names, NULL, 1, 0, 0, 0, 0}};
    return _HPyClinic_is_of_global(ctx, &signature, 0, self, global);
}

/* The definition of typed functions in a list of definitions; nothing before ABI 0.1. */
#if HPY_TARGET_ABI_VERSION >= 0x00000001
#  define _HPyClinic_TYPED(SYM) &SYM,
#else
#  define _HPyClinic_TYPED(SYM)
#endif

#endif /* HPY_CLINIC_CONVERT_H */
