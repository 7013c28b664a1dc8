import shutil

import pytest
from headers.compilers import FLAGS, Compiler, compilers
from support.toolchain import c_compiler


@pytest.fixture(params=compilers())
def compiler(request):
    return request.param


def flags():
    for abi in FLAGS:
        # Extensions of the suite that are compiled for it include all of the headers.
        marks = [pytest.mark.slow("has the headers of the others")] if abi == "hybrid" else []
        yield pytest.param(abi, marks=marks)


@pytest.fixture(params=flags())
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
