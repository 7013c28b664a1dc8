"""Functions of one extension for others, in the mode of the run: extension_api.h.

What each pair of ABIs and modes does is in `tests/extension_api/`.
"""

import sys

import pytest
from support import noargs, unary

pytestmark = pytest.mark.after_0_9_0

API = """
#include <hpy/extension_api.h>
#define TWICE_API(FUNCTION, TYPE) FUNCTION(0, HPy, Twice, HPy)
HPyAPI_DECLARE(TwiceAPI, "twice_provider._api", 1, 0, TWICE_API)
"""
PROVIDER = API + (
    "HPyDef_API(TwiceAPI, TWICE_API)\n"
    "static HPy Twice_impl(HPyContext *ctx, HPy h) { return HPy_Add(ctx, h, h); }\n"
)
USER = (
    API
    + "static const TwiceAPI *api;\n"
    + noargs(
        "import_api",
        """
    api = TwiceAPI_Import(ctx, self);
    return api == NULL ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);""",
    )
    + unary("twice", "return api->Twice(ctx, arg);")
)
OPTIONS = {"macros": (("HPY_TARGET_ABI_VERSION", "0x00000001"),)}


@pytest.fixture
def user(make_module):
    """Has imported the functions, of a provider in the same mode."""
    publish = "    if (HPyAPI_Publish(ctx, mod, TwiceAPI) < 0) return -1;"
    provider = make_module(PROVIDER, name="twice_provider", exec_code=publish, **OPTIONS)
    sys.modules["twice_provider"] = provider
    module = make_module(USER, name="twice_user", **OPTIONS)
    module.import_api()
    yield module
    del sys.modules["twice_provider"]


def test_a_function_is_called(user):
    value = [object()]
    before = sys.getrefcount(value)
    assert user.twice(value) == value * 2
    assert sys.getrefcount(value) == before


def test_an_exception_is_passed_on(user):
    with pytest.raises(TypeError, match="unsupported operand"):
        user.twice(None)
