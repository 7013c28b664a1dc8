"""Clinic functions that need ABI 0.1."""

import pytest
from support import c_text
from support.clinic import generated
from support.toolchain import CompileError

pytestmark = pytest.mark.after_0_9_0

SOURCE = c_text(__file__, "newer.c")
OPTIONS = {
    "methods": ("count", "total", "zero"),
    "size": "sizeof(State)",
    "exec_code": "    HPyType_SpecParam params[] =\n"
    "        {{HPyType_SpecParam_Module, mod}, {(HPyType_SpecParam_Kind)0}};\n"
    '    if (!HPyHelpers_AddType(ctx, mod, "Base", &Base_spec, params)) return -1;',
}


@pytest.fixture
def mod(make_module):
    return make_module(generated(SOURCE), macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")], **OPTIONS)


def test_the_state_of_the_module(mod):
    before = mod.count(0)
    assert mod.count() == before + 1
    assert mod.count(by=5) == mod.Base().count() == before + 6
    with pytest.raises(TypeError, match="unexpected keyword argument 'of'"):
        mod.count(of=1)


def test_the_defining_class(mod):
    class Derived(mod.Base):
        pass

    assert Derived().defining(key=1) == (mod.Base, 1)
    assert mod.Base().defining() == (mod.Base, None)


def test_buffers(mod):
    assert mod.total(b"\1\2") == 3
    assert mod.total(bytearray(b"\1"), memoryview(b"\4")) == 5
    assert mod.total(data=b"", more=None) == 0
    with pytest.raises(TypeError, match="bytes-like object is required, not 'str'"):
        mod.total("")
    with pytest.raises(TypeError, match="bytes-like object is required, not 'int'"):
        mod.total(b"", 1)


def test_buffers_are_released(mod):
    data = bytearray(b"\1")
    with pytest.raises(ValueError, match="as asked"):
        mod.total(data, fail=True)
    with pytest.raises(TypeError):
        mod.total(data, 1)
    mod.total(data, data)
    mod.zero(data)
    data.append(1)  # impossible while there is a buffer
    assert data == b"\0\1"


def test_a_buffer_to_write_to(mod):
    with pytest.raises(BufferError):
        mod.zero(b"\1")


def test_without_abi_0_1_they_do_not_compile(make_module):
    with pytest.raises(CompileError, match="mod.count gets the state of its module, which needs ABI 0.1"):
        make_module(generated(SOURCE), **OPTIONS)
