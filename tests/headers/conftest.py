import shutil

import pytest
from headers.compilers import FLAGS, Compiler, compilers
from support.toolchain import c_compiler


@pytest.fixture(params=compilers())
def compiler(request):
    return request.param


@pytest.fixture(params=FLAGS)
def flags_of_abi(request):
    """The flags that select an ABI, each in turn."""
    return FLAGS[request.param]


@pytest.fixture
def cc():
    """Any C compiler, where the language is not the point."""
    program = c_compiler()[0]
    if shutil.which(program) is None:
        pytest.skip(f"no C compiler: {program} is not installed")
    return Compiler(program, "c11")
