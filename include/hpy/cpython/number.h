/* number.h in the CPython ABI: each function is the one of the C API with the same name. */
#ifndef HPY_CPYTHON_NUMBER_H
#define HPY_CPYTHON_NUMBER_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC int HPyNumber_Check(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return PyNumber_Check(_HPy_object(h));
}

#define _HPy_UNARY(name) \
    HPyAPI_FUNC HPy HPy_##name(HPyContext *ctx, HPy h1) \
    { \
        (void)ctx; \
        _HPy_REQUIRE(h1._i, "ctx_" #name, HPy_NULL); \
        return _HPy_handle(PyNumber_##name(_HPy_object(h1))); \
    }

#define _HPy_BINARY(name) \
    HPyAPI_FUNC HPy HPy_##name(HPyContext *ctx, HPy h1, HPy h2) \
    { \
        (void)ctx; \
        _HPy_REQUIRE(h1._i, "ctx_" #name, HPy_NULL); \
        _HPy_REQUIRE(h2._i, "ctx_" #name, HPy_NULL); \
        return _HPy_handle(PyNumber_##name(_HPy_object(h1), _HPy_object(h2))); \
    }

#define _HPy_TERNARY(name) \
    HPyAPI_FUNC HPy HPy_##name(HPyContext *ctx, HPy h1, HPy h2, HPy h3) \
    { \
        (void)ctx; \
        _HPy_REQUIRE(h1._i, "ctx_" #name, HPy_NULL); \
        _HPy_REQUIRE(h2._i, "ctx_" #name, HPy_NULL); \
        _HPy_REQUIRE(h3._i, "ctx_" #name, HPy_NULL); \
        return _HPy_handle(PyNumber_##name(_HPy_object(h1), _HPy_object(h2), _HPy_object(h3))); \
    }

_HPy_BINARY(Add)
_HPy_BINARY(Subtract)
_HPy_BINARY(Multiply)
_HPy_BINARY(MatrixMultiply)
_HPy_BINARY(FloorDivide)
_HPy_BINARY(TrueDivide)
_HPy_BINARY(Remainder)
_HPy_BINARY(Divmod)
_HPy_TERNARY(Power)
_HPy_UNARY(Negative)
_HPy_UNARY(Positive)
_HPy_UNARY(Absolute)
_HPy_UNARY(Invert)
_HPy_BINARY(Lshift)
_HPy_BINARY(Rshift)
_HPy_BINARY(And)
_HPy_BINARY(Xor)
_HPy_BINARY(Or)
_HPy_UNARY(Index)
_HPy_UNARY(Long)
_HPy_UNARY(Float)
_HPy_BINARY(InPlaceAdd)
_HPy_BINARY(InPlaceSubtract)
_HPy_BINARY(InPlaceMultiply)
_HPy_BINARY(InPlaceMatrixMultiply)
_HPy_BINARY(InPlaceFloorDivide)
_HPy_BINARY(InPlaceTrueDivide)
_HPy_BINARY(InPlaceRemainder)
_HPy_TERNARY(InPlacePower)
_HPy_BINARY(InPlaceLshift)
_HPy_BINARY(InPlaceRshift)
_HPy_BINARY(InPlaceAnd)
_HPy_BINARY(InPlaceXor)
_HPy_BINARY(InPlaceOr)

#undef _HPy_UNARY
#undef _HPy_BINARY
#undef _HPy_TERNARY

#endif /* HPY_CPYTHON_NUMBER_H */
