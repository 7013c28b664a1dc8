/* Integers: to and from the integer types of C.
 *
 * `HPyLong_Check` is in check.h. "Integers only" means `int` and
 * its subclasses, but not other objects with `__index__`, for which Python code may run.
 */
#ifndef HPY_LONG_H
#define HPY_LONG_H

#include "hpy/context.h"

/* From C. All return a new handle, or `HPy_NULL` with `MemoryError`. */

/** Creates an `int` from an `int32_t`. Returns a new handle. */
HPy_ID(79, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromInt32_t(HPyContext *ctx, int32_t value);

/** Creates an `int` from a `uint32_t`. Returns a new handle. */
HPy_ID(80, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromUInt32_t(HPyContext *ctx, uint32_t value);

/** Creates an `int` from an `int64_t`. Returns a new handle. */
HPy_ID(81, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromInt64_t(HPyContext *ctx, int64_t v);

/** Creates an `int` from a `uint64_t`. Returns a new handle. */
HPy_ID(82, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromUInt64_t(HPyContext *ctx, uint64_t v);

/** Creates an `int` from a `size_t`. Returns a new handle. */
HPy_ID(83, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromSize_t(HPyContext *ctx, size_t value);

/** Creates an `int` from an `HPy_ssize_t`. Returns a new handle. */
HPy_ID(84, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromSsize_t(HPyContext *ctx, HPy_ssize_t value);

/* To C. The value returned on failure may also be a result: ask `HPyErr_Occurred` to tell them apart. */

/**
 * The value of an integer, or of an object with `__index__`, as `int32_t`.
 *
 * Returns -1 with `OverflowError` if it does not fit, with `TypeError` if `h` is not an integer.
 */
HPy_ID(85, since=0.0, python=yes, error=-1?)
HPyAPI_FUNC int32_t HPyLong_AsInt32_t(HPyContext *ctx, HPy h);

/**
 * The value of an integer as `uint32_t`. Integers only.
 *
 * Returns `(uint32_t)-1` with `OverflowError` if it is negative or does not fit, with `TypeError` if `h` is
 * not an integer.
 */
HPy_ID(86, since=0.0, python=no, error=(uint32_t)-1?)
HPyAPI_FUNC uint32_t HPyLong_AsUInt32_t(HPyContext *ctx, HPy h);

/**
 * The value of an integer, or of an object with `__index__`, modulo 2**32.
 *
 * Returns `(uint32_t)-1` with `TypeError` if `h` is not an integer.
 */
HPy_ID(87, since=0.0, python=yes, error=(uint32_t)-1?)
HPyAPI_FUNC uint32_t HPyLong_AsUInt32_tMask(HPyContext *ctx, HPy h);

/**
 * The value of an integer, or of an object with `__index__`, as `int64_t`.
 *
 * Returns -1 with `OverflowError` if it does not fit, with `TypeError` if `h` is not an integer.
 */
HPy_ID(88, since=0.0, python=yes, error=-1?)
HPyAPI_FUNC int64_t HPyLong_AsInt64_t(HPyContext *ctx, HPy h);

/**
 * The value of an integer as `uint64_t`. Integers only.
 *
 * Returns `(uint64_t)-1` with `OverflowError` if it is negative or does not fit, with `TypeError` if `h` is
 * not an integer.
 */
HPy_ID(89, since=0.0, python=no, error=(uint64_t)-1?)
HPyAPI_FUNC uint64_t HPyLong_AsUInt64_t(HPyContext *ctx, HPy h);

/**
 * The value of an integer, or of an object with `__index__`, modulo 2**64.
 *
 * Returns `(uint64_t)-1` with `TypeError` if `h` is not an integer.
 */
HPy_ID(90, since=0.0, python=yes, error=(uint64_t)-1?)
HPyAPI_FUNC uint64_t HPyLong_AsUInt64_tMask(HPyContext *ctx, HPy h);

/**
 * The value of an integer as `size_t`. Integers only.
 *
 * Returns `(size_t)-1` with `OverflowError` if it is negative or does not fit, with `TypeError` if `h` is not an
 * integer.
 */
HPy_ID(91, since=0.0, python=no, error=(size_t)-1?)
HPyAPI_FUNC size_t HPyLong_AsSize_t(HPyContext *ctx, HPy h);

/**
 * The value of an integer as `HPy_ssize_t`. Integers only.
 *
 * Returns -1 with `OverflowError` if it does not fit, with `TypeError` if `h` is not an integer.
 */
HPy_ID(92, since=0.0, python=no, error=-1?)
HPyAPI_FUNC HPy_ssize_t HPyLong_AsSsize_t(HPyContext *ctx, HPy h);

/**
 * The pointer whose value is an integer. Integers only.
 *
 * Returns NULL with `OverflowError` if it does not fit, with `TypeError` if `h` is not an integer.
 */
HPy_ID(93, since=0.0, python=no, error=NULL?)
HPyAPI_FUNC void *HPyLong_AsVoidPtr(HPyContext *ctx, HPy h);

/**
 * The nearest `double` to an integer. Integers only.
 *
 * Returns -1.0 with `OverflowError` if it is out of range, with `TypeError` if `h` is not an integer.
 */
HPy_ID(94, since=0.0, python=no, error=-1.0?)
HPyAPI_FUNC double HPyLong_AsDouble(HPyContext *ctx, HPy h);

/* The basic integer types of C. Each function does what the one for the same number of bits does. */

/** Creates an `int` from a `long`. Returns a new handle. */
HPy_FACTS(since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromLong(HPyContext *ctx, long value)
{
    if (sizeof(long) == sizeof(int32_t))
        return HPyLong_FromInt32_t(ctx, (int32_t)value);
    return HPyLong_FromInt64_t(ctx, (int64_t)value);
}

/** Creates an `int` from an `unsigned long`. Returns a new handle. */
HPy_FACTS(since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromUnsignedLong(HPyContext *ctx, unsigned long value)
{
    if (sizeof(unsigned long) == sizeof(uint32_t))
        return HPyLong_FromUInt32_t(ctx, (uint32_t)value);
    return HPyLong_FromUInt64_t(ctx, (uint64_t)value);
}

/** Creates an `int` from a `long long`. Returns a new handle. */
HPy_FACTS(since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromLongLong(HPyContext *ctx, long long value)
{
    return HPyLong_FromInt64_t(ctx, (int64_t)value);
}

/** Creates an `int` from an `unsigned long long`. Returns a new handle. */
HPy_FACTS(since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromUnsignedLongLong(HPyContext *ctx, unsigned long long value)
{
    return HPyLong_FromUInt64_t(ctx, (uint64_t)value);
}

/** As `HPyLong_AsInt32_t` or `HPyLong_AsInt64_t`. Returns -1 with an exception. */
HPy_FACTS(since=0.0, python=yes, error=-1?)
HPyAPI_FUNC long HPyLong_AsLong(HPyContext *ctx, HPy h)
{
    if (sizeof(long) == sizeof(int32_t))
        return (long)HPyLong_AsInt32_t(ctx, h);
    return (long)HPyLong_AsInt64_t(ctx, h);
}

/** As `HPyLong_AsUInt32_t` or `HPyLong_AsUInt64_t`. Returns `(unsigned long)-1` with an exception. */
HPy_FACTS(since=0.0, python=no, error=(unsigned long)-1?)
HPyAPI_FUNC unsigned long HPyLong_AsUnsignedLong(HPyContext *ctx, HPy h)
{
    if (sizeof(unsigned long) == sizeof(uint32_t))
        return (unsigned long)HPyLong_AsUInt32_t(ctx, h);
    return (unsigned long)HPyLong_AsUInt64_t(ctx, h);
}

/** As `HPyLong_AsUInt32_tMask` or `HPyLong_AsUInt64_tMask`. Returns `(unsigned long)-1` with an exception. */
HPy_FACTS(since=0.0, python=yes, error=(unsigned long)-1?)
HPyAPI_FUNC unsigned long HPyLong_AsUnsignedLongMask(HPyContext *ctx, HPy h)
{
    if (sizeof(unsigned long) == sizeof(uint32_t))
        return (unsigned long)HPyLong_AsUInt32_tMask(ctx, h);
    return (unsigned long)HPyLong_AsUInt64_tMask(ctx, h);
}

/** As `HPyLong_AsInt64_t`. Returns -1 with an exception. */
HPy_FACTS(since=0.0, python=yes, error=-1?)
HPyAPI_FUNC long long HPyLong_AsLongLong(HPyContext *ctx, HPy h)
{
    return (long long)HPyLong_AsInt64_t(ctx, h);
}

/** As `HPyLong_AsUInt64_t`. Returns `(unsigned long long)-1` with an exception. */
HPy_FACTS(since=0.0, python=no, error=(unsigned long long)-1?)
HPyAPI_FUNC unsigned long long HPyLong_AsUnsignedLongLong(HPyContext *ctx, HPy h)
{
    return (unsigned long long)HPyLong_AsUInt64_t(ctx, h);
}

/** As `HPyLong_AsUInt64_tMask`. Returns `(unsigned long long)-1` with an exception. */
HPy_FACTS(since=0.0, python=yes, error=(unsigned long long)-1?)
HPyAPI_FUNC unsigned long long HPyLong_AsUnsignedLongLongMask(HPyContext *ctx, HPy h)
{
    return (unsigned long long)HPyLong_AsUInt64_tMask(ctx, h);
}

/* Since ABI 0.1. */

/**
 * The integer that an ASCII text stands for, as `int(text, base)` reads it; with base 0, as a literal of Python. White space
 * may surround it. Stores in `*end`, unless `end` is NULL, where the text ends or, on failure, what could not be read.
 *
 * Returns a new handle, or `HPy_NULL` with `ValueError` if the text is not a number, or the base not 0 or 2 to 36.
 */
HPy_ID(407, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromString(HPyContext *ctx, const char *text, HPy_NULLABLE HPy_OUT char **end, int base);

/**
 * Stores in `*sign` whether an integer is negative (-1), 0, or positive (1). Integers only.
 *
 * Returns 0, or -1 with `TypeError` if `h` is not an integer.
 */
HPy_ID(408, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyLong_GetSign(HPyContext *ctx, HPy h, HPy_OUT int *sign);

/* Process ids. `pid_t` is an `int` wherever the build system does not say otherwise through `SIZEOF_PID_T`.
 * `_HPy_PARSE_PID` is the unit for `HPyArg_Parse` and `HPy_BuildValue`. */

#if !defined(SIZEOF_PID_T) || SIZEOF_PID_T <= 4
#  define _HPy_PARSE_PID "i"
/** Creates an `int` from a `pid_t`. Returns a new handle, or `HPy_NULL` with an exception. */
#  define HPyLong_FromPid HPyLong_FromLong
/** The `pid_t` that an integer stands for. Returns -1 with an exception; ask `HPyErr_Occurred`. */
#  define HPyLong_AsPid HPyLong_AsLong
#elif SIZEOF_PID_T == __SIZEOF_LONG__
#  define _HPy_PARSE_PID "l"
#  define HPyLong_FromPid HPyLong_FromLong
#  define HPyLong_AsPid HPyLong_AsLong
#else
#  define _HPy_PARSE_PID "L"
#  define HPyLong_FromPid HPyLong_FromLongLong
#  define HPyLong_AsPid HPyLong_AsLongLong
#endif

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/long.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_LONG_H */
