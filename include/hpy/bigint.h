/* Large integers: to and from bytes, and to and from the digits that the engine has them in (PEP 757).
 *
 * Digits are for libraries that calculate with large integers of their own, such as GMP: nothing is as fast, since they
 * are what the engine has. What they are like, `HPyLong_GetNativeLayout` tells. To read an integer:
 *
 *     HPyLongExport exported;
 *     if (HPyLong_Export(ctx, h, &exported) < 0)
 *         return HPy_NULL;
 *     if (exported.digits == NULL)
 *         mpz_set_si(z, exported.value);
 *     else
 *         mpz_import(z, exported.ndigits, layout->digits_order, layout->digit_size, layout->digit_endianness,
 *                    8 * layout->digit_size - layout->bits_per_digit, exported.digits);
 *     HPyLong_FreeExport(ctx, &exported);
 */
#ifndef HPY_BIGINT_H
#define HPY_BIGINT_H

#include "hpy/context.h"

/* Bytes. */

/** How an integer is read from bytes, or written to them. The numbers are CPython's `Py_ASNATIVEBYTES_...`, and are combined
 *  by `|`. */
typedef enum {
    /** As C casts integers: the order of the machine, signed. Not combined with others. */
    HPyLong_NATIVEBYTES_DEFAULTS HPy_SINCE(0, 1) = -1,
    /** The highest byte first. */
    HPyLong_NATIVEBYTES_BIG_ENDIAN HPy_SINCE(0, 1) = 0,
    /** The lowest byte first. */
    HPyLong_NATIVEBYTES_LITTLE_ENDIAN HPy_SINCE(0, 1) = 1,
    /** The order of the machine. */
    HPyLong_NATIVEBYTES_NATIVE_ENDIAN HPy_SINCE(0, 1) = 3,
    /** Writing: integers that are not negative need no bit for the sign. */
    HPyLong_NATIVEBYTES_UNSIGNED_BUFFER HPy_SINCE(0, 1) = 4,
    /** Writing: `ValueError` for negative integers. */
    HPyLong_NATIVEBYTES_REJECT_NEGATIVE HPy_SINCE(0, 1) = 8,
    /** Writing: objects with `__index__` as well, for which Python code may run. */
    HPyLong_NATIVEBYTES_ALLOW_INDEX HPy_SINCE(0, 1) = 16,
} HPyLong_NativeBytes;

/**
 * Writes an integer to `n_bytes` bytes, in two's complement. `flags` are those of `HPyLong_NativeBytes`.
 *
 * Returns how many bytes are enough, which is at most `n_bytes` if the integer fits; otherwise only its lowest bytes were
 * written. With `n_bytes` 0 it only asks, and may be told somewhat more than needed. Returns -1 with an exception:
 * `TypeError` if `h` is not an integer, `ValueError` if `n_bytes` is negative or the integer is, and `flags` reject that.
 */
HPy_ID(409, since=0.1, python=yes, error=-1)
HPyAPI_FUNC HPy_ssize_t HPyLong_AsNativeBytes(HPyContext *ctx, HPy h,
                                              HPy_NULLABLE HPy_OUT HPy_ARRAY(n_bytes) void *buffer,
                                              HPy_ssize_t n_bytes, int flags);

/** Creates an `int` from bytes in two's complement. `flags` tell their order. Returns a new handle, or `HPy_NULL` with
 *  `MemoryError`. */
HPy_ID(410, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromNativeBytes(HPyContext *ctx, HPy_ARRAY(n_bytes) const void *buffer, size_t n_bytes,
                                        int flags);

/** Creates an `int` from bytes, which is not negative. `flags` tell their order. Returns a new handle, or `HPy_NULL` with
 *  `MemoryError`. */
HPy_ID(411, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLong_FromUnsignedNativeBytes(HPyContext *ctx, HPy_ARRAY(n_bytes) const void *buffer,
                                                size_t n_bytes, int flags);

/* Digits. */

/** What the digits of the engine's integers are like. */
struct _HPyLongLayout_s {
    /** How many bits of a digit are used: its base is 2 to the power of that. */
    uint8_t bits_per_digit;
    /** The size of a digit in bytes. */
    uint8_t digit_size;
    /** 1 for the most significant digit first, -1 for the least significant. */
    int8_t digits_order;
    /** 1 for the most significant byte of a digit first, -1 for the least significant. */
    int8_t digit_endianness;
};

/** An integer that `HPyLong_Export` has filled in. */
struct _HPyLongExport_s {
    /** The value, if `digits` is NULL. */
    int64_t value;
    /** 1 if it is negative, and there are digits. */
    uint8_t negative;
    /** How many digits there are. */
    HPy_ssize_t ndigits;
    /** The digits of the absolute value, read-only and valid until `HPyLong_FreeExport`; or NULL. */
    const void *digits;
    /* A handle that keeps them; 0 for none. */
    uintptr_t _reserved;
};

/** What the digits are like. Returns a pointer that is valid as long as the process. Never fails. */
HPy_ID(412, since=0.1, python=no, error=none)
HPyAPI_FUNC const HPyLongLayout *HPyLong_GetNativeLayout(HPyContext *ctx);

/**
 * Exports an integer: as `value` if that has room for it, which an engine need not use; otherwise as digits. It must be ended
 * with `HPyLong_FreeExport`. Integers only.
 *
 * Returns 0, or -1 with an exception (`TypeError` if `h` is not an integer); then there is nothing to free.
 */
HPy_ID(413, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyLong_Export(HPyContext *ctx, HPy h, HPy_OUT HPyLongExport *exported);

/** Ends an export. A second time for the same variable has no effect. */
HPy_ID(414, since=0.1, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyLong_FreeExport(HPyContext *ctx, HPy_NULLABLE HPy_INOUT HPyLongExport *exported);

/**
 * Starts an integer of `ndigits` digits, and stores in `*digits` where the caller is to write them: all of them, each below
 * the base, of which the most significant ones may be 0.
 *
 * Returns a writer, which must be ended with `HPyLongWriter_Finish` or `HPyLongWriter_Discard`; or a null one with an
 * exception: `ValueError` if `ndigits` is not positive, `OverflowError` or `MemoryError` if there cannot be so many. Then
 * `*digits` is NULL.
 */
HPy_ID(415, since=0.1, python=no, error=null)
HPyAPI_FUNC HPyLongWriter HPyLongWriter_Create(HPyContext *ctx, int negative, HPy_ssize_t ndigits,
                                               HPy_OUT void **digits);

/**
 * Ends the writer and returns the integer.
 *
 * Returns a new handle, or `HPy_NULL` with an exception: `ValueError` for a digit that is not below the base, `SystemError`
 * for a null writer.
 */
HPy_ID(416, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyLongWriter_Finish(HPyContext *ctx, HPy_CONSUMED HPyLongWriter writer);

/** Ends the writer without an integer. Does nothing for a null one. */
HPy_ID(417, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC void HPyLongWriter_Discard(HPyContext *ctx, HPy_NULLABLE HPy_CONSUMED HPyLongWriter writer);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/bigint.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_BIGINT_H */
