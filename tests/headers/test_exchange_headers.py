"""The headers of data exchange, arrow.h and dlpack.h, as a C or C++ compiler sees them."""

import os
import shutil

import pytest
from headers.compilers import WARNINGS, Compiler, succeeds
from hpy.devel.abi_versions import VERSIONS

EXCHANGE = """
#include "hpy/dlpack.h"
#include "hpy/arrow.h"

static int tensor_of(HPyContext *ctx, HPy h, DLTensor *tensor, uint64_t *flags)
{
    (void)ctx, (void)h, (void)tensor, (void)flags;
    return 0;
}
HPyDef_DLPACK(tensor, tensor_of)

static HPy from_tensor(HPyContext *ctx, DLManagedTensorVersioned *managed)
{
    managed->deleter(managed);
    return HPy_Dup(ctx, ctx->h_None);
}
HPyDef_DLPACK_WITH(other, tensor_of, from_tensor)

int publish(HPyContext *ctx, HPy type, HPyDef **defines);
int publish(HPyContext *ctx, HPy type, HPyDef **defines)
{
    defines[0] = &tensor_method, defines[1] = &tensor_device;
    defines[2] = &other_method, defines[3] = &other_device;
    return HPyDLPack_Publish(ctx, type, tensor) + HPyDLPack_Publish(ctx, type, other);
}
"""


@pytest.mark.parametrize(("program", "standard"), [("gcc", "c11"), ("g++", "c++17")])
@pytest.mark.parametrize("optimization", ["-O0", "-O2"])
def test_headers_of_data_exchange(tmp_path, flags_of_abi, program, standard, optimization):
    """With what they have in the newest version of the ABI."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    newest = f"-DHPY_TARGET_ABI_VERSION={list(VERSIONS.values())[-1]}"
    flags = ["-c", "-o", os.devnull, optimization, *WARNINGS, newest, *flags_of_abi]
    assert succeeds(Compiler(program, standard)(tmp_path, exchange=EXCHANGE, flags=flags))
