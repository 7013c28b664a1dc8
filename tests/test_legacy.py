"""The context members for native objects, as a binary of the hybrid ABI calls them.

The functions over them are for that ABI only, so the members are called directly here. On CPython the native
object of a handle is at the address that `id` gives.
"""

import sys

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    function("as_struct", 1, "_HPy_AsStruct_Legacy(ctx, a)", "pointer")
    + function("from_address", 1, "ctx->ctx_FromPyObject(ctx, (cpy_PyObject *)HPyLong_AsVoidPtr(ctx, a))")
    + function(
        "null_to_null", 0, "HPy_IsNull(ctx->ctx_FromPyObject(ctx, NULL)) && !HPyErr_Occurred(ctx)", "status"
    )
    + """
/* The native object's address; the new reference goes back through a handle. */
HPyDef_METH(address, "address", HPyFunc_O)
static HPy address_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy h = HPy_Is(ctx, arg, ctx->h_Ellipsis) ? HPy_NULL : arg;
    cpy_PyObject *object = ctx->ctx_AsPyObject(ctx, h);
    HPy result = HPyLong_FromSsize_t(ctx, (HPy_ssize_t)object);
    HPy same = ctx->ctx_FromPyObject(ctx, object);
    HPy_Close(ctx, same); /* the reference that FromPyObject took */
    HPy_Close(ctx, same); /* the one that AsPyObject took: any handle of the object gives it back */
    return result;
}
"""
)


@pytest.mark.smoke
def test_native_object_of_a_handle(mod):
    x = object()
    before = sys.getrefcount(x)
    assert mod.address(x) == id(x)
    assert sys.getrefcount(x) == before


@pytest.mark.smoke
def test_handle_of_a_native_object(mod):
    x = object()
    before = sys.getrefcount(x)
    assert mod.from_address(id(x)) is x
    assert sys.getrefcount(x) == before


def test_native_object_of_null_is_null(mod):
    assert mod.address(NULL) == 0


def test_handle_of_a_null_pointer_is_null(mod):
    assert mod.null_to_null() == 1


def test_struct_of_a_legacy_object_is_the_object(mod):
    x = object()
    assert mod.as_struct(x) == id(x)
