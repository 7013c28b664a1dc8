//! The number protocol.

use hpy_abi::HPy;
use pyo3_ffi::{
    PyNumber_Absolute, PyNumber_Add, PyNumber_And, PyNumber_Check, PyNumber_Divmod, PyNumber_Float,
    PyNumber_FloorDivide, PyNumber_InPlaceAdd, PyNumber_InPlaceAnd, PyNumber_InPlaceFloorDivide,
    PyNumber_InPlaceLshift, PyNumber_InPlaceMatrixMultiply, PyNumber_InPlaceMultiply, PyNumber_InPlaceOr,
    PyNumber_InPlacePower, PyNumber_InPlaceRemainder, PyNumber_InPlaceRshift, PyNumber_InPlaceSubtract,
    PyNumber_InPlaceTrueDivide, PyNumber_InPlaceXor, PyNumber_Index, PyNumber_Invert, PyNumber_Long,
    PyNumber_Lshift, PyNumber_MatrixMultiply, PyNumber_Multiply, PyNumber_Negative, PyNumber_Or,
    PyNumber_Positive, PyNumber_Power, PyNumber_Remainder, PyNumber_Rshift, PyNumber_Subtract,
    PyNumber_TrueDivide, PyNumber_Xor,
};

use crate::forward::{forward, predicates};

predicates! {
    ctx_Number_Check = PyNumber_Check;
}

forward! {
    ctx_Add = PyNumber_Add(h1: HPy, h2: HPy) -> HPy;
    ctx_Subtract = PyNumber_Subtract(h1: HPy, h2: HPy) -> HPy;
    ctx_Multiply = PyNumber_Multiply(h1: HPy, h2: HPy) -> HPy;
    ctx_MatrixMultiply = PyNumber_MatrixMultiply(h1: HPy, h2: HPy) -> HPy;
    ctx_FloorDivide = PyNumber_FloorDivide(h1: HPy, h2: HPy) -> HPy;
    ctx_TrueDivide = PyNumber_TrueDivide(h1: HPy, h2: HPy) -> HPy;
    ctx_Remainder = PyNumber_Remainder(h1: HPy, h2: HPy) -> HPy;
    ctx_Divmod = PyNumber_Divmod(h1: HPy, h2: HPy) -> HPy;
    ctx_Power = PyNumber_Power(h1: HPy, h2: HPy, h3: HPy) -> HPy;
    ctx_Lshift = PyNumber_Lshift(h1: HPy, h2: HPy) -> HPy;
    ctx_Rshift = PyNumber_Rshift(h1: HPy, h2: HPy) -> HPy;
    ctx_And = PyNumber_And(h1: HPy, h2: HPy) -> HPy;
    ctx_Xor = PyNumber_Xor(h1: HPy, h2: HPy) -> HPy;
    ctx_Or = PyNumber_Or(h1: HPy, h2: HPy) -> HPy;
    ctx_Negative = PyNumber_Negative(h1: HPy) -> HPy;
    ctx_Positive = PyNumber_Positive(h1: HPy) -> HPy;
    ctx_Absolute = PyNumber_Absolute(h1: HPy) -> HPy;
    ctx_Invert = PyNumber_Invert(h1: HPy) -> HPy;
    ctx_Index = PyNumber_Index(h1: HPy) -> HPy;
    ctx_Long = PyNumber_Long(h1: HPy) -> HPy;
    ctx_Float = PyNumber_Float(h1: HPy) -> HPy;
    ctx_InPlaceAdd = PyNumber_InPlaceAdd(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlaceSubtract = PyNumber_InPlaceSubtract(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlaceMultiply = PyNumber_InPlaceMultiply(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlaceMatrixMultiply = PyNumber_InPlaceMatrixMultiply(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlaceFloorDivide = PyNumber_InPlaceFloorDivide(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlaceTrueDivide = PyNumber_InPlaceTrueDivide(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlaceRemainder = PyNumber_InPlaceRemainder(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlacePower = PyNumber_InPlacePower(h1: HPy, h2: HPy, h3: HPy) -> HPy;
    ctx_InPlaceLshift = PyNumber_InPlaceLshift(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlaceRshift = PyNumber_InPlaceRshift(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlaceAnd = PyNumber_InPlaceAnd(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlaceXor = PyNumber_InPlaceXor(h1: HPy, h2: HPy) -> HPy;
    ctx_InPlaceOr = PyNumber_InPlaceOr(h1: HPy, h2: HPy) -> HPy;
}
