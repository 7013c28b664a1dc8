"""Python.h beside HPy: from handles to native objects and back, and modules with methods of the C API.

Types of shape Legacy are in `test_legacy_types.py`, what the universal ABI refuses in `test_headers.py`. On
CPython the native object of a handle is at the address that `id` gives.
"""

import ctypes
import sys

import pytest
from support import NULL, c_text, function, module_fixture

with_python_h = pytest.mark.abis("hybrid", "cpython")

# The functions exist where Python.h does, the members for them in every context: so the universal ABI is
# tested, too, with what a hybrid binary calls.
mod = module_fixture(
    """
#ifdef HPY_ABI_UNIVERSAL
#  define HPy_FromPyObject(ctx, object) (ctx)->ctx_FromPyObject((ctx), (object))
#  define HPy_AsPyObject(ctx, h) (ctx)->ctx_AsPyObject((ctx), (h))
#endif
"""
    + function("as_struct", 1, "_HPy_AsStruct_Legacy(ctx, a)", "pointer")
    + function("from_address", 1, "HPy_FromPyObject(ctx, (cpy_PyObject *)HPyLong_AsVoidPtr(ctx, a))")
    + function("from_null", 0, "HPy_IsNull(HPy_FromPyObject(ctx, NULL)) && !HPyErr_Occurred(ctx)", "status")
    + """
/* The native object's address; the new reference stays, and the one of another handle goes. */
HPyDef_METH(address, "address", HPyFunc_O)
static HPy address_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy h = HPy_Is(ctx, arg, ctx->h_Ellipsis) ? HPy_NULL : arg;
    cpy_PyObject *object = HPy_AsPyObject(ctx, h);
    HPy result = HPyLong_FromSsize_t(ctx, (HPy_ssize_t)object);
    HPy same = HPy_FromPyObject(ctx, object);
    HPy_Close(ctx, same);
    return result;
}
"""
)


@pytest.mark.smoke
def test_native_object_of_a_handle(mod):
    x = object()
    before = sys.getrefcount(x)
    assert mod.address(x) == id(x)
    assert sys.getrefcount(x) == before + 1
    ctypes.pythonapi.Py_DecRef(ctypes.py_object(x))
    assert sys.getrefcount(x) == before


@pytest.mark.smoke
def test_handle_of_a_native_object(mod):
    x = object()
    before = sys.getrefcount(x)
    assert mod.from_address(id(x)) is x
    assert sys.getrefcount(x) == before


@pytest.mark.not_repeatable("it keeps a reference")
def test_there_and_back(mod):
    x = object()
    assert mod.from_address(mod.address(x)) is x


def test_native_object_of_null_is_null(mod):
    assert mod.address(NULL) == 0


def test_handle_of_a_null_pointer_is_null(mod):
    assert mod.from_null() == 1


def test_struct_of_a_legacy_object_is_the_object(mod):
    x = object()
    assert mod.as_struct(x) == id(x)


# Both APIs in one module

MIXED = c_text(__file__)

mixed = module_fixture("#include <hpy.h>\n" + MIXED, raw=True)


@with_python_h
@pytest.mark.smoke
def test_methods_of_both_apis_get_the_module(mixed):
    x = object()
    assert mixed.old_noargs() == (mixed, None)
    assert mixed.old_o(x) == (mixed, x)
    assert mixed.new_o(x) == (mixed, x)


@with_python_h
def test_methods_of_the_c_api(mixed):
    assert mixed.old_varargs("four") == 4
    assert mixed.old_keywords(1, a=2) == ((1,), {"a": 2})
    assert mixed.old_keywords() == ((), None)
    assert mixed.old_fast(5, 6) == (2, 6)
    assert mixed.old_noargs.__doc__ == "Nothing.\n"
    with pytest.raises(KeyError, match="from the C API"):
        mixed.old_fails()


@with_python_h
def test_method_of_the_c_api_wins(mixed):
    """Of several methods with one name the last does, and those of HPy come first."""
    assert mixed.twice() == "C API"


@with_python_h
def test_function_of_hpy_uses_the_c_api(mixed):
    values = [3, 1, 2]
    before = sys.getrefcount(values)
    assert mixed.sorted(values) == [1, 2, 3]
    assert sys.getrefcount(values) == before
    with pytest.raises(TypeError):
        mixed.sorted([1, "a"])


@with_python_h
def test_modules_are_independent(make_module, mixed):
    other = make_module("#include <hpy.h>\n" + MIXED, raw=True)
    assert other.old_o(1) == (other, 1) and mixed.old_o(1) == (mixed, 1)


@with_python_h
def test_module_with_methods_of_the_c_api_only(make_module):
    only = make_module(
        """
#include <hpy.h>
static PyObject *echo(PyObject *self, PyObject *arg) { return PyTuple_Pack(2, self, arg); }
static PyMethodDef legacy_methods[] = {{"echo", echo, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static HPyModuleDef definition = {.legacy_methods = legacy_methods};
HPy_MODINIT(mod, definition)
""",
        raw=True,
    )
    assert only.echo(1) == (only, 1)


@with_python_h
def test_types_of_cpython_are_the_real_ones(make_module):
    assert make_module(
        """
_Static_assert(sizeof(cpy_PyObject) == sizeof(PyObject), "");
_Static_assert(sizeof(HPy_ssize_t) == sizeof(Py_ssize_t), "");
static PyObject *object;
static cpy_PyObject **same = &object;
static PyMethodDef *methods;
static cpy_PyMethodDef **same_methods = &methods;
static Py_buffer *buffer;
static cpy_Py_buffer **same_buffer = &buffer;
static PyModuleDef *module;
static cpy_PyModuleDef **same_module = &module;
static Py_ssize_t size = HPY_SSIZE_T_MAX;
HPyDef_METH(compiled, "compiled", HPyFunc_NOARGS)
static HPy compiled_impl(HPyContext *ctx, HPy self)
{
    int ok = same && same_methods && same_buffer && same_module && size == PY_SSIZE_T_MAX
        && HPY_SSIZE_T_MIN == PY_SSIZE_T_MIN;
    return HPyBool_FromBool(ctx, ok);
}
"""
    ).compiled()
