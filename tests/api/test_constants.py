"""The well-known objects of the context, and what it says about itself."""

import builtins
import sys

import pytest
from support import module_fixture
from support.loading import name_of_context

SINGLETONS = {
    "h_None": None,
    "h_True": True,
    "h_False": False,
    "h_NotImplemented": NotImplemented,
    "h_Ellipsis": Ellipsis,
}
EXCEPTIONS = """
    BaseException Exception StopAsyncIteration StopIteration GeneratorExit ArithmeticError LookupError
    AssertionError AttributeError BufferError EOFError FloatingPointError OSError ImportError
    ModuleNotFoundError IndexError KeyError KeyboardInterrupt MemoryError NameError OverflowError
    RuntimeError RecursionError NotImplementedError SyntaxError IndentationError TabError ReferenceError
    SystemError SystemExit TypeError UnboundLocalError UnicodeError UnicodeEncodeError UnicodeDecodeError
    UnicodeTranslateError ValueError ZeroDivisionError BlockingIOError BrokenPipeError ChildProcessError
    ConnectionError ConnectionAbortedError ConnectionRefusedError ConnectionResetError FileExistsError
    FileNotFoundError InterruptedError IsADirectoryError NotADirectoryError PermissionError
    ProcessLookupError TimeoutError Warning UserWarning DeprecationWarning PendingDeprecationWarning
    SyntaxWarning RuntimeWarning FutureWarning ImportWarning UnicodeWarning BytesWarning ResourceWarning
""".split()
TYPES = {
    "h_BaseObjectType": object,
    "h_TypeType": type,
    "h_BoolType": bool,
    "h_LongType": int,
    "h_FloatType": float,
    "h_UnicodeType": str,
    "h_TupleType": tuple,
    "h_ListType": list,
    "h_ComplexType": complex,
    "h_BytesType": bytes,
    "h_MemoryViewType": memoryview,
    "h_SliceType": slice,
}
CONSTANTS = {
    **SINGLETONS,
    **{f"h_{name}": getattr(builtins, name) for name in EXCEPTIONS},
    **TYPES,
    "h_Builtins": vars(builtins),
}

CONSTANT = """
HPyDef_METH(get_@, "@", HPyFunc_NOARGS)
static HPy get_@_impl(HPyContext *ctx, HPy self)
{
    return HPy_Dup(ctx, ctx->@);
}
"""

mod = module_fixture(
    "".join(CONSTANT.replace("@", name) for name in [*CONSTANTS, "h_CapsuleType"])
    + """
HPyDef_METH(context, "context", HPyFunc_NOARGS)
static HPy context_impl(HPyContext *ctx, HPy self)
{
    return HPy_BuildValue(ctx, "(si)", ctx->name, ctx->abi_version);
}

static int number;

HPyDef_METH(new_capsule, "new_capsule", HPyFunc_NOARGS)
static HPy new_capsule_impl(HPyContext *ctx, HPy self)
{
    return HPyCapsule_New(ctx, &number, NULL, NULL);
}
"""
)
newer = module_fixture(CONSTANT.replace("@", "h_DictType"))


@pytest.mark.smoke
@pytest.mark.parametrize("name", CONSTANTS)
def test_constant_is_the_object(mod, name):
    assert getattr(mod, name)() is CONSTANTS[name]


def test_capsule_type(mod):
    assert mod.h_CapsuleType() is type(mod.new_capsule())


@pytest.mark.after_0_9_0
def test_dict_type(newer):
    assert newer.h_DictType() is dict


def test_name_and_version_of_the_context(mod, abi):
    name = "HPy CPython ABI" if abi == "cpython" else name_of_context()
    assert mod.context() == (name, 0)


def test_returning_a_duplicate_balances(mod):
    before = sys.getrefcount(OSError)
    for _ in range(10):
        mod.h_OSError()
    assert sys.getrefcount(OSError) == before
