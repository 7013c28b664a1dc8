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
 */
#ifndef HPY_FORMAT_H
#define HPY_FORMAT_H

#include <stdarg.h>

#include "hpy/context.h"

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
 * Raises `h_type` with a formatted message. If formatting fails, its exception is raised instead.
 *
 * Returns `HPy_NULL`.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL, raises, pending)
HPyAPI_HELPER HPy HPyErr_Format(HPyContext *ctx, HPy h_type, const char *fmt, ...);

#if !defined(HPY_H) && !defined(HPY_ABI_CPYTHON)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_FORMAT_H */
