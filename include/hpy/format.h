/* Formatting strings from C values. Compiled into the extension (format.c).
 *
 * A format is ASCII text with units `%[0][width][.precision]unit`:
 *
 *   d i u x                 int (u: unsigned int), x in lower-case hexadecimal
 *   ld li lu lld lli llu    long and long long
 *   zd zi zu                HPy_ssize_t and size_t
 *   c                       int: one character
 *   p                       void *, beginning with 0x
 *   s                       const char * in UTF-8
 *   U                       HPy of a str
 *   V                       HPy of a str or HPy_NULL, followed by a const char * to use for HPy_NULL
 *   S R A                   HPy: its str, repr or ascii
 *   %                       a percent sign
 *
 * The text is right-aligned in `width` places; with `0`, a number is padded with zeros instead of spaces. The precision
 * is the minimum number of digits of a number, and the maximum number of characters of a text. For C strings (`s`, and
 * `V` when it uses one) width and precision count bytes, and with a precision the string need not end with a NUL. `c`
 * and `p` take neither width nor precision.
 *
 * In the functions that make `bytes`, `c` is one byte, the format may have any bytes, and there are no objects: no `U`, `V`,
 * `S`, `R` and `A`.
 */
#ifndef HPY_FORMAT_H
#define HPY_FORMAT_H

#include <stdarg.h>

#include "hpy/context.h"
#include "hpy/bytes.h"
#include "hpy/err.h"
#include "hpy/exception.h"
#include "hpy/handle.h"
#include "hpy/writer.h"

/**
 * Creates a `str` from a format and the arguments that follow it. Handles remain the caller's.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`SystemError` for an invalid format).
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_HELPER HPy HPyUnicode_FromFormat(HPyContext *ctx, const char *fmt, ...);

/** As `HPyUnicode_FromFormat`, with the arguments as a `va_list`, which is indeterminate afterwards. */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_HELPER HPy HPyUnicode_FromFormatV(HPyContext *ctx, const char *fmt, va_list vargs);

/**
 * Creates a `bytes` from a format and the arguments that follow it.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`SystemError` for an invalid format).
 */
HPy_FACTS(since=0.0, python=no, error=HPy_NULL)
HPyAPI_HELPER HPy HPyBytes_FromFormat(HPyContext *ctx, const char *fmt, ...);

/** As `HPyBytes_FromFormat`, with the arguments as a `va_list`, which is indeterminate afterwards. */
HPy_FACTS(since=0.0, python=no, error=HPy_NULL)
HPyAPI_HELPER HPy HPyBytes_FromFormatV(HPyContext *ctx, const char *fmt, va_list vargs);

/**
 * As `HPyErr_WarnEx`, with a formatted message.
 *
 * Returns 0, or -1 with an exception; filters may turn the warning itself into one.
 */
HPy_FACTS(since=0.0, python=yes, error=-1)
HPyAPI_HELPER int HPyErr_WarnFormat(HPyContext *ctx, HPy_NULLABLE HPy category, HPy_ssize_t stack_level,
                                    const char *fmt, ...);

/**
 * Raises `h_type` with a formatted message. If formatting fails, its exception is raised instead.
 *
 * Returns `HPy_NULL`.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL, raises, pending)
HPyAPI_HELPER HPy HPyErr_Format(HPyContext *ctx, HPy h_type, const char *fmt, ...);

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/**
 * Raises `h_type` with a formatted message, and with the pending exception as its cause, as `raise … from` does; or without
 * one if none is pending. If formatting fails, its exception is raised instead.
 *
 * Returns `HPy_NULL`.
 */
HPy_FACTS(since=0.1, python=yes, error=HPy_NULL, raises, pending)
HPyAPI_VARIADIC HPy HPyErr_FormatFromCause(HPyContext *ctx, HPy h_type, const char *fmt, ...)
{
    va_list args;
    HPy cause = HPyErr_GetRaisedException(ctx);
    va_start(args, fmt);
    HPy message = HPyUnicode_FromFormatV(ctx, fmt, args);
    va_end(args);
    if (!HPy_IsNull(message)) {
        HPyErr_SetObject(ctx, h_type, message);
        HPy_Close(ctx, message);
    }
    if (!HPy_IsNull(cause)) {
        HPy exc = HPyErr_GetRaisedException(ctx);
        if (HPyException_SetCause(ctx, exc, cause) < 0 || HPyException_SetContext(ctx, exc, cause) < 0)
            HPyErr_Clear(ctx);
        HPyErr_SetRaisedException(ctx, exc);
        HPy_Close(ctx, exc);
        HPy_Close(ctx, cause);
    }
    return HPy_NULL;
}

/**
 * Reports the pending exception through `sys.unraisablehook` and clears it, for code that cannot raise. The formatted message
 * says what was going on, and begins with "Exception ignored": CPython before 3.13 puts this before other messages. Does
 * nothing if no exception is pending.
 */
HPy_FACTS(since=0.1, python=yes, error=none, pending)
HPyAPI_VARIADIC void HPyErr_FormatUnraisable(HPyContext *ctx, const char *fmt, ...)
{
    va_list args;
    HPy exc = HPyErr_GetRaisedException(ctx);
    if (HPy_IsNull(exc))
        return;
    va_start(args, fmt);
    HPy message = HPyUnicode_FromFormatV(ctx, fmt, args);
    va_end(args);
    HPyErr_SetRaisedException(ctx, exc);
    HPy_Close(ctx, exc);
    _HPyErr_WriteUnraisableMessage(ctx, message);
    HPy_Close(ctx, message);
}

/** Writes what `HPyUnicode_FromFormat` makes of a format and the arguments that follow it. Returns 0, or -1 with an
 *  exception. */
HPy_FACTS(since=0.1, python=yes, error=-1)
HPyAPI_VARIADIC int HPyUnicodeWriter_Format(HPyContext *ctx, HPyUnicodeWriter writer, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    HPy text = HPyUnicode_FromFormatV(ctx, fmt, args);
    va_end(args);
    int status = HPy_IsNull(text) ? -1 : HPyUnicodeWriter_WriteStr(ctx, writer, text);
    HPy_Close(ctx, text);
    return status;
}

/** Adds what `HPyBytes_FromFormat` makes of a format and the arguments that follow it. Returns 0, or -1 with an
 *  exception. */
HPy_FACTS(since=0.1, python=no, error=-1)
HPyAPI_VARIADIC int HPyBytesWriter_Format(HPyContext *ctx, HPyBytesWriter writer, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    HPy bytes = HPyBytes_FromFormatV(ctx, fmt, args);
    va_end(args);
    if (HPy_IsNull(bytes))
        return -1;
    int status =
        HPyBytesWriter_WriteBytes(ctx, writer, HPyBytes_AsString(ctx, bytes), HPyBytes_Size(ctx, bytes));
    HPy_Close(ctx, bytes);
    return status;
}

#endif

#if !defined(HPY_H) && !defined(HPY_ABI_CPYTHON)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_FORMAT_H */
