"""Handles: duplicating, closing, identity, the null handle."""

import sys

import pytest
from support import NULL, function, module_fixture, unary

mod = module_fixture(
    function("dup", 1, "HPy_Dup(ctx, a)")
    + function("is_same", 2, "HPy_Is(ctx, a, b)", "status")
    + function("is_null", 1, "HPy_IsNull(a)", "status")
    + function("close_null", 0, "HPy_Close(ctx, HPy_NULL)", "void")
    + function("dup_of_null_is_null", 0, "HPy_IsNull(HPy_Dup(ctx, HPy_NULL))", "status")
    + unary(
        "dup_and_close",
        """
    for (int i = 0; i < 1000; i++) {
        HPy h = HPy_Dup(ctx, arg);
        if (!HPy_Is(ctx, h, arg))
            return HPyErr_SetString(ctx, ctx->h_AssertionError, "not the same object");
        HPy_Close(ctx, h);
    }
    return HPy_Dup(ctx, arg);""",
    )
    + unary(
        "through_pointer",
        """
    void *pointer = HPy_AsVoidP(arg);
    return HPy_Dup(ctx, HPy_FromVoidP(pointer));""",
    )
    + unary(
        "close_last_reference",
        "HPy list = HPyList_New(ctx, 0); HPyList_Append(ctx, list, arg);"
        " HPy_Close(ctx, list); return HPy_Dup(ctx, ctx->h_None);",
    )
)


@pytest.mark.smoke
def test_dup_gives_the_same_object(mod):
    x = object()
    assert mod.dup(x) is x


def test_dup_and_close_balance(mod):
    x = object()
    before = sys.getrefcount(x)
    assert mod.dup_and_close(x) is x
    assert sys.getrefcount(x) == before


def test_closing_the_last_handle_frees_the_object(mod):
    x = object()
    before = sys.getrefcount(x)
    mod.close_last_reference(x)
    assert sys.getrefcount(x) == before


def test_dup_of_null_is_null(mod):
    assert mod.dup_of_null_is_null() == 1


def test_close_of_null_does_nothing(mod):
    assert mod.close_null() is None


def test_is_compares_identity(mod):
    x, y = [1], [1]
    assert mod.is_same(x, x) == 1
    assert mod.is_same(x, y) == 0


def test_is_with_null(mod):
    assert mod.is_same(None, NULL) == 0
    assert mod.is_same(NULL, NULL) == 1


def test_is_null(mod):
    assert mod.is_null(NULL) == 1
    assert mod.is_null(None) == 0


def test_handle_through_void_pointer(mod):
    x = object()
    assert mod.through_pointer(x) is x
