/* The number protocol: the operators and conversions of Python.
 *
 * Operations return a new handle, or `HPy_NULL` with an exception; `TypeError` means that the operands do not support
 * the operation. In-place operations return a handle to the result, which may be another object than the left
 * operand: store it, and close the old handle.
 */
#ifndef HPY_NUMBER_H
#define HPY_NUMBER_H

#include "hpy/context.h"

/**
 * Whether the object can be converted to a number: it has `__index__`, `__int__` or `__float__`, or is a
 * `complex`.
 *
 * Returns 1 or 0; 0 for `HPy_NULL`.
 */
HPy_ID(99, since=0.0, python=no, error=none)
HPyAPI_FUNC int HPyNumber_Check(HPyContext *ctx, HPy_NULLABLE HPy h);

/** Whether the object has `__index__`, so that it can be used as an integer. Returns 1 or 0. */
HPy_ID(426, since=0.1, python=no, error=none)
HPyAPI_FUNC int HPyIndex_Check(HPyContext *ctx, HPy_NULLABLE HPy h);

/* Binary and unary operations. */

/** `h1 + h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(100, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Add(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 - h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(101, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Subtract(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 * h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(102, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Multiply(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 @ h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(103, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_MatrixMultiply(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 // h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(104, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_FloorDivide(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 / h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(105, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_TrueDivide(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 % h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(106, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Remainder(HPyContext *ctx, HPy h1, HPy h2);

/** `divmod(h1, h2)`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(107, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Divmod(HPyContext *ctx, HPy h1, HPy h2);

/**
 * `pow(h1, h2, h3)`; `h1 ** h2` if `h3` is `ctx->h_None`. Returns a new handle, or `HPy_NULL` with an
 * exception.
 */
HPy_ID(108, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Power(HPyContext *ctx, HPy h1, HPy h2, HPy h3);

/** `-h1`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(109, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Negative(HPyContext *ctx, HPy h1);

/** `+h1`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(110, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Positive(HPyContext *ctx, HPy h1);

/** `abs(h1)`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(111, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Absolute(HPyContext *ctx, HPy h1);

/** `~h1`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(112, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Invert(HPyContext *ctx, HPy h1);

/** `h1 << h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(113, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Lshift(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 >> h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(114, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Rshift(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 & h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(115, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_And(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 ^ h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(116, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Xor(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 | h2`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(117, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Or(HPyContext *ctx, HPy h1, HPy h2);

/* Conversions. */

/**
 * `operator.index(h1)`: the exact integer value of an object as an `int`. Returns a new handle, or `HPy_NULL`
 * with an exception.
 */
HPy_ID(118, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Index(HPyContext *ctx, HPy h1);

/** `int(h1)`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(119, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Long(HPyContext *ctx, HPy h1);

/** `float(h1)`. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(120, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Float(HPyContext *ctx, HPy h1);

/* In-place operations. */

/** `h1 += h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(121, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceAdd(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 -= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(122, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceSubtract(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 *= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(123, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceMultiply(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 @= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(124, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceMatrixMultiply(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 //= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(125, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceFloorDivide(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 /= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(126, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceTrueDivide(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 %= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(127, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceRemainder(HPyContext *ctx, HPy h1, HPy h2);

/**
 * `h1 **= h2`, with `ctx->h_None` as `h3`. Returns a new handle to the result, or `HPy_NULL` with an
 * exception.
 */
HPy_ID(128, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlacePower(HPyContext *ctx, HPy h1, HPy h2, HPy h3);

/** `h1 <<= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(129, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceLshift(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 >>= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(130, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceRshift(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 &= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(131, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceAnd(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 ^= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(132, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceXor(HPyContext *ctx, HPy h1, HPy h2);

/** `h1 |= h2`. Returns a new handle to the result, or `HPy_NULL` with an exception. */
HPy_ID(133, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_InPlaceOr(HPyContext *ctx, HPy h1, HPy h2);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/number.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_NUMBER_H */
