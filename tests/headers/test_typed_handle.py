"""Typed handles as a compiler sees them: typed_handle.h."""

import os

import pytest
from headers.compilers import UNIVERSAL, WARNINGS, succeeds

TYPED_HANDLES = """
#include "hpy.h"
typedef struct { double x; } Point;
typedef struct { double x; } Circle;
HPyType_HELPERS(Point)
HPyType_HELPERS(Circle)
static HPyGlobal point_type, circle_type;
HPyType_HANDLE(Point, point_type)
HPyType_HANDLE(Circle, circle_type)
static double norm(HPyContext *ctx, PointHandle point) { return PointHandle_Data(ctx, &point)->x; }
double test(HPyContext *ctx, HPy h);
double test(HPyContext *ctx, HPy h) { (void)circle_type; return norm(ctx, %s(h)); }
"""


def test_a_handle_of_another_type_is_a_compile_error(compiler, tmp_path, flags_of_abi):
    flags = ["-c", "-o", os.devnull, *WARNINGS, *flags_of_abi]
    assert succeeds(compiler(tmp_path, typed=TYPED_HANDLES % "PointHandle_Unchecked", flags=flags))
    for other in ["CircleHandle_Unchecked", ""]:
        result = compiler(tmp_path, typed=TYPED_HANDLES % other, flags=flags)
        assert result.returncode != 0
        assert "norm" in result.stderr


def test_typed_handles_overload_functions_in_cpp(compiler, tmp_path):
    if compiler.language == "c":
        pytest.skip("C has no overloads")
    text = TYPED_HANDLES % "PointHandle_Unchecked" + (
        "void close(HPyContext *ctx, HPy h);\n"
        "void close(HPyContext *ctx, HPy h) { HPy_Close(ctx, HPy_Dup(ctx, PointHandle_Unchecked(h))); }\n"
    )
    assert succeeds(compiler(tmp_path, typed=text, flags=["-c", "-o", os.devnull, *WARNINGS, *UNIVERSAL]))
