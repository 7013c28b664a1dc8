/* number.h in the CPython ABI: each function is the one of the C API with the same name. */
#ifndef HPY_CPYTHON_NUMBER_H
#define HPY_CPYTHON_NUMBER_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyIndex_Check, PyIndex_Check)
HPy_CALLS(HPyNumber_Check, PyNumber_Check, checks_null)
HPy_CALLS(HPy_Add, PyNumber_Add)
HPy_CALLS(HPy_Subtract, PyNumber_Subtract)
HPy_CALLS(HPy_Multiply, PyNumber_Multiply)
HPy_CALLS(HPy_MatrixMultiply, PyNumber_MatrixMultiply)
HPy_CALLS(HPy_FloorDivide, PyNumber_FloorDivide)
HPy_CALLS(HPy_TrueDivide, PyNumber_TrueDivide)
HPy_CALLS(HPy_Remainder, PyNumber_Remainder)
HPy_CALLS(HPy_Divmod, PyNumber_Divmod)
HPy_CALLS(HPy_Power, PyNumber_Power)
HPy_CALLS(HPy_Negative, PyNumber_Negative)
HPy_CALLS(HPy_Positive, PyNumber_Positive)
HPy_CALLS(HPy_Absolute, PyNumber_Absolute)
HPy_CALLS(HPy_Invert, PyNumber_Invert)
HPy_CALLS(HPy_Lshift, PyNumber_Lshift)
HPy_CALLS(HPy_Rshift, PyNumber_Rshift)
HPy_CALLS(HPy_And, PyNumber_And)
HPy_CALLS(HPy_Xor, PyNumber_Xor)
HPy_CALLS(HPy_Or, PyNumber_Or)
HPy_CALLS(HPy_Index, PyNumber_Index)
HPy_CALLS(HPy_Long, PyNumber_Long)
HPy_CALLS(HPy_Float, PyNumber_Float)
HPy_CALLS(HPy_InPlaceAdd, PyNumber_InPlaceAdd)
HPy_CALLS(HPy_InPlaceSubtract, PyNumber_InPlaceSubtract)
HPy_CALLS(HPy_InPlaceMultiply, PyNumber_InPlaceMultiply)
HPy_CALLS(HPy_InPlaceMatrixMultiply, PyNumber_InPlaceMatrixMultiply)
HPy_CALLS(HPy_InPlaceFloorDivide, PyNumber_InPlaceFloorDivide)
HPy_CALLS(HPy_InPlaceTrueDivide, PyNumber_InPlaceTrueDivide)
HPy_CALLS(HPy_InPlaceRemainder, PyNumber_InPlaceRemainder)
HPy_CALLS(HPy_InPlacePower, PyNumber_InPlacePower)
HPy_CALLS(HPy_InPlaceLshift, PyNumber_InPlaceLshift)
HPy_CALLS(HPy_InPlaceRshift, PyNumber_InPlaceRshift)
HPy_CALLS(HPy_InPlaceAnd, PyNumber_InPlaceAnd)
HPy_CALLS(HPy_InPlaceXor, PyNumber_InPlaceXor)
HPy_CALLS(HPy_InPlaceOr, PyNumber_InPlaceOr)

#include "hpy/generated/cpython/number.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_NUMBER_H */
