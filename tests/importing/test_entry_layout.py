"""The definition that an entry point makes for each version and build of CPython.

Those that are not at hand are played by a program that is compiled with the headers of CPython.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from support import noargs
from support.placing import ENTRY
from support.toolchain import c_compiler, python_include_flags

pytestmark = [
    pytest.mark.abis("universal"),
    pytest.mark.after_0_9_0("headers"),
    pytest.mark.not_repeatable("it is about another program"),
    pytest.mark.unsanitized("the program is not"),
]

SOURCE = noargs("answer", "return HPyLong_FromLong(ctx, 42);")
CREATE = """
HPyDef_SLOT(create, HPy_mod_create)
static HPy create_impl(HPyContext *ctx, HPy spec) { return HPy_Dup(ctx, ctx->h_None); }
"""
BUILDS = {
    "with GIL": [],
    "free-threaded": pytest.param(
        ["-DPy_GIL_DISABLED"],
        marks=pytest.mark.skipif(sys.version_info < (3, 13), reason="its headers know no such build"),
    ),
}


@pytest.fixture(params=BUILDS.values(), ids=BUILDS)
def definition(request, tmp_path):
    """`definition(binary, version)`: lines with what the program sees."""
    source, program = Path(__file__).with_suffix(".c"), tmp_path / "program"
    flags = [*request.param, *python_include_flags(), "-w", "-rdynamic"]
    subprocess.run([*c_compiler(), *flags, source, "-o", program, "-ldl"], check=True)

    def run(binary, version):
        done = subprocess.run([program, binary, version], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    return run


# Numbers of slots with their values; 99 is a function.
CREATE_AND_EXEC = "1:99 2:99 "


@pytest.mark.smoke
@pytest.mark.parametrize(
    "version, slots",
    [
        ("3.9.18 (main)", CREATE_AND_EXEC),
        ("3.11.0", CREATE_AND_EXEC),
        ("3.12.0", CREATE_AND_EXEC + "3:2 "),
        ("3.13.0", CREATE_AND_EXEC + "3:2 4:1 "),
        ("3.15.0a1+", CREATE_AND_EXEC + "3:2 4:1 "),
    ],
)
def test_layout_and_slots(definition, compile_module, version, slots):
    head, fields, functions, found = definition(compile_module(SOURCE, macros=[ENTRY]), version)
    assert head.endswith(" 1")  # zeros, which PyModuleDef_Init fills
    assert fields == "mod 0 1" and functions == "1"
    assert found == slots


def test_module_that_makes_its_object_has_no_exec(definition, compile_module):
    binary = compile_module(CREATE, defines=["create"], macros=[ENTRY])
    assert definition(binary, "3.13.0")[-1] == "1:99 3:2 4:1 "
