"""The sketches of HPy issue 268, "API for getting the current context", with the names that they have got."""

import sys

import pytest
from support import c_text, module_fixture

pytestmark = [
    pytest.mark.smoke,
    pytest.mark.after_0_9_0,
    pytest.mark.skipif(sys.platform == "win32", reason="the extension uses POSIX threads"),
]

mod = module_fixture(
    c_text(__file__),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
    globals=["log_list"],
    defines=["init_foo"],
)


@pytest.fixture
def log(mod):
    log = []
    mod.set_log(log)
    yield log
    mod.set_log(None)


def test_enter_and_leave_with_a_token(mod, log):
    log.clear()
    mod.fire_with_token()
    assert log == ["token", "token"]


def test_trampoline_with_a_captured_handle(mod):
    captured = []
    mod.fire_with_trampoline(captured)
    assert captured == ["trampoline", "trampoline"]


def test_virtual_machine(mod, log):
    log.clear()
    mod.fire_with_vm()
    assert log == ["vm", "vm"]
