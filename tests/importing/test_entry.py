"""The entry point for CPython in universal and hybrid binaries: what it does and refuses, who may call it."""

import ctypes
import shutil
import struct
import subprocess
import sys

import pytest
from support import loading, noargs
from support.placing import ENTRY, WITHOUT_HOOK, entry_suffix
from support.subinterpreters import Interpreters
from support.toolchain import c_compiler

pytestmark = [
    pytest.mark.abis("universal", "hybrid"),
    pytest.mark.after_0_9_0("headers"),
    pytest.mark.not_repeatable("it is about other processes"),
]

ANSWER = noargs("answer", "return HPyLong_FromLong(ctx, 42);")

CATCH = """
try:
    import mod
except ImportError as error:
    print(type(error).__name__, error.name)
    print(error)
"""
NEEDS = "the extension module 'mod' needs the package hpy, version 0.10 or newer"
TO_UPGRADE = 'Upgrade it: pip install --upgrade "hpy>=0.10"'


@pytest.fixture
def entry(place):
    """`entry(...)`: path of an extension with an entry point, as `place`."""
    return lambda *arguments, **options: place(*arguments, way="entry", **{"source": ANSWER, **options})


def change(path, old, new):
    """Change bytes of a file that occur once."""
    data = path.read_bytes()
    assert data.count(old) == 1
    path.write_bytes(data.replace(old, new))


def description(path):
    """Where the description of the module lies in the binary: version and size, then name, then ABI."""
    data = path.read_bytes()
    begin = data.index(struct.pack("=II", 1, struct.calcsize("@IIPIIIHHPPPPPP")))
    return begin + 8 + struct.calcsize("P")


def patch(path, offset, code, value):
    """Write a number into the description, `offset` bytes after its name."""
    position = description(path) + offset
    data = bytearray(path.read_bytes())
    struct.pack_into("=" + code, data, position, value)
    path.write_bytes(data)


# Finding and importing.


@pytest.mark.smoke
@pytest.mark.fixed_defect
@pytest.mark.parametrize("suffix", [None, ".so"])
def test_python_imports_it_by_itself(entry, lines_of, suffix):
    path = entry(suffix=suffix, doc="A module.")
    code = "import mod; print(mod.answer(), mod.__doc__, mod.__file__, type(mod.__loader__).__name__)"
    assert lines_of(code) == [f"42 A module. {path} ExtensionFileLoader"]


@pytest.mark.smoke
@pytest.mark.fixed_defect
@pytest.mark.skipif(sys.version_info < (3, 15), reason="it does not look for abi3t")
@pytest.mark.abis("universal")
def test_name_of_the_stable_abi_for_both_builds(entry, lines_of):
    entry(suffix=".abi3t.so")
    assert lines_of("import mod; print(mod.answer())") == ["42"]


@pytest.mark.fixed_defect
def test_an_extension_may_be_a_package(entry, lines_of, tmp_path):
    path = entry()
    (tmp_path / "pkg").mkdir()
    path.rename(tmp_path / "pkg" / ("mod" + entry_suffix("universal")))
    (tmp_path / "mod").mkdir()
    (tmp_path / "pkg" / ("mod" + entry_suffix("universal"))).rename(tmp_path / "mod" / "__init__.so")
    (tmp_path / "mod" / "sub.py").write_text("value = 1")
    assert lines_of("import mod.sub; print(mod.answer(), mod.sub.value, mod.__path__ != [])") == ["42 1 True"]


@pytest.mark.fixed_defect
def test_symbols_of_other_names_are_in_punycode(entry, lines_of, tmp_path):
    entry(name="bcher_kva").rename(tmp_path / "bücher.so")
    code = "import bücher; print(bücher.answer(), ascii(bücher.answer.__module__))"
    assert lines_of(code, {"PYTHONUTF8": "1"}) == [r"42 'b\xfccher'"]


@pytest.mark.fixed_defect
def test_mode_is_that_of_the_variable(entry, lines_of):
    entry()
    entry(name="pkg.sub")
    code = "import mod, pkg.sub; print(mod.answer() + pkg.sub.answer())"
    printed = lines_of(code, {"HPY": "mod:debug,pkg.sub:trace", "HPY_LOG": "1"})
    assert printed == ["Loading 'mod' in HPy debug mode", "Loading 'sub' in HPy trace mode", "84"]


@pytest.mark.fixed_defect
def test_each_interpreter_gets_a_module(entry, tmp_path, lines_of):
    entry(exec_code='HPyErr_Clear(ctx); if (HPy_SetAttr_s(ctx, mod, "fresh", ctx->h_True) < 0) return -1;')
    code = """
from support.subinterpreters import Interpreters
import sys
interpreters = Interpreters()
code = '''
import sys
sys.path.insert(0, '')
import mod
print(mod.answer(), mod.fresh, flush=True)
mod.fresh = None
'''
ids = [interpreters.create() for _ in range(3)]
for id in ids:
    interpreters.run(id, code)
for id in ids:
    interpreters.destroy(id)
import mod
print(mod.fresh)
"""
    Interpreters()  # skips where there are none
    assert lines_of(code) == ["42 True"] * 3 + ["True"]


@pytest.mark.fixed_defect
def test_interpreters_that_import_it_at_once(entry, lines_of):
    """From 3.12 on they have a GIL each, and none has made the definition yet."""
    entry()
    code = """
from support.subinterpreters import Interpreters
import threading
interpreters = Interpreters()
code = "import sys; sys.path.insert(0, ''); import hpy.universal, mod; assert mod.answer() == 42"
ids = [interpreters.create() for _ in range(4)]
errors = []
def work(id):
    try:
        interpreters.run(id, code)
    except BaseException as error:
        errors.append(error)
threads = [threading.Thread(target=work, args=[id]) for id in ids]
for thread in threads: thread.start()
for thread in threads: thread.join()
for id in ids: interpreters.destroy(id)
print(errors)
"""
    Interpreters()  # skips where there are none
    assert lines_of(code) == ["[]"]


@pytest.mark.fixed_defect
def test_importing_again_and_again_keeps_nothing(entry, lines_of):
    entry()
    code = """
import gc, sys
def blocks():
    for _ in range(50):
        import mod
        del sys.modules["mod"], mod
    gc.collect()
    return sys.getallocatedblocks()
# What is cached grows for some time.
counts, quiet = [blocks()], 0
while quiet < 3 and len(counts) < 200:
    counts.append(blocks())
    quiet += counts[-1] - counts[-2] < 5
print(quiet)
"""
    assert lines_of(code) == ["3"]


@pytest.mark.fixed_defect
def test_two_steps_by_hand(entry, lines_of):
    entry()
    code = """
import importlib.util
spec = importlib.util.find_spec("mod")
module = spec.loader.create_module(spec)
print(hasattr(module, "answer"), module.__spec__)
spec.loader.exec_module(module)
print(module.answer(), module.answer.__module__)
"""
    assert lines_of(code) == ["False None", "42 mod"]


@pytest.mark.fixed_defect
def test_several_modules_in_one_binary(compile_module, tmp_path, lines_of):
    """Each under a name of its own, as of a link."""
    part = """
#include <hpy.h>
HPY_MOD_EMBEDDABLE({name})
HPyDef_METH({name}_answer, "answer", HPyFunc_NOARGS)
static HPy {name}_answer_impl(HPyContext *ctx, HPy self) {{ return HPyLong_FromLong(ctx, {value}); }}
static HPyDef *defines[] = {{&{name}_answer, NULL}};
static HPyModuleDef def = {{.defines = defines}};
HPy_MODINIT({name}, def)
"""
    binary = compile_module(
        part.format(name="one", value=1),
        name="one",
        raw=True,
        extra_sources=[("two.c", part.format(name="two", value=2))],
        macros=[ENTRY, ("HPY_EMBEDDED_MODULES", "1")],
    )
    for name in ("one", "two"):
        (tmp_path / f"{name}.so").symlink_to(binary)
    assert lines_of("import one, two; print(one.answer(), two.answer())") == ["1 2"]


@pytest.mark.fixed_defect
def test_a_stub_loads_it_under_its_name_for_cpython(place, abi, lines_of):
    """Where CPython does not look for that name: a free-threaded one for abi3, or one of another version."""
    path = place(ANSWER, suffix=entry_suffix(abi), macros=[ENTRY])
    code = f"""
import importlib.util
spec = importlib.util.spec_from_file_location("mod", {str(path.with_name("mod.py"))!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.answer(), module.__file__ == {str(path)!r})
"""
    assert lines_of(code) == ["42 True"]


# Without the runtime that it needs.


def test_without_hpy(entry, run_in_subprocess):
    entry()
    code = """
import sys
sys.path = [path for path in sys.path if "site-packages" not in path and "/python" not in path[-7:]]
# Not those of editable installs.
sys.meta_path = [finder for finder in sys.meta_path if isinstance(finder, type)]
"""
    result = run_in_subprocess(code + CATCH)
    message = f'{NEEDS}, which is not installed. Install it: pip install "hpy>=0.10"'
    assert result.stdout.splitlines() == ["ImportError mod", message], result.stderr


@pytest.mark.parametrize(
    "universal, found",
    [
        ("def get_version(): return '0.9.0', 'abc'", "version 0.9.0 is installed"),
        ("", "another one is installed"),
        ("get_version, _entry = lambda: ('1!2', ''), object()", "version 1!2 is installed"),
        ("get_version, _entry = lambda: ('3', ''), capsule(b'other', 1, 24)", "version 3 is installed"),
        ("get_version, _entry = lambda: ('3', ''), capsule(NAME, 2, 24)", "version 3 is installed"),
        ("get_version, _entry = lambda: ('3', ''), capsule(NAME, 1, 8)", "version 3 is installed"),
    ],
    ids=["old", "no version", "no capsule", "other capsule", "other version", "short"],
)
def test_another_hpy(entry, tmp_path, run_in_subprocess, universal, found):
    entry()
    (tmp_path / "hpy").mkdir()
    (tmp_path / "hpy" / "__init__.py").touch()
    prelude = """
import ctypes, struct
NAME = b"hpy.universal._entry"
def capsule(name, version, size):
    global kept
    kept = name, ctypes.create_string_buffer(struct.pack("=II16x", version, size))
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return new(ctypes.addressof(kept[1]), name, None)
"""
    (tmp_path / "hpy" / "universal.py").write_text(prelude + universal)
    result = run_in_subprocess("import sys; sys.path.insert(0, '')" + CATCH)
    expected = ["ImportError mod", f"{NEEDS}, but {found}. {TO_UPGRADE}"]
    assert result.stdout.splitlines() == expected, result.stderr


@pytest.mark.skipif(not loading.runtime_is_peer(), reason="HPy 0.9 is not installed")
def test_hpy_0_9(entry, run_in_subprocess):
    entry()
    expected = ["ImportError mod", f"{NEEDS}, but version 0.9.0 is installed. {TO_UPGRADE}"]
    assert run_in_subprocess(CATCH).stdout.splitlines() == expected


def test_failure_of_the_runtime_itself_is_told(entry, tmp_path, run_in_subprocess):
    entry()
    (tmp_path / "hpy").mkdir()
    (tmp_path / "hpy" / "__init__.py").touch()
    (tmp_path / "hpy" / "universal.py").write_text("import something_else")
    result = run_in_subprocess("import sys; sys.path.insert(0, '')" + CATCH)
    expected = ["ModuleNotFoundError something_else", "No module named 'something_else'"]
    assert result.stdout.splitlines() == expected, result.stderr


@pytest.mark.fixed_defect
@pytest.mark.parametrize("offset, value, wanted", [(0, 7, "7.0"), (4, 99, "0.99")], ids=["major", "minor"])
def test_abi_that_the_runtime_lacks(entry, lines_of, offset, value, wanted):
    patch(entry(), offset, "I", value)
    printed = lines_of(CATCH)
    assert f"Requested version: {wanted}." in printed[1] and "pip install --upgrade hpy" in printed[1]


@pytest.mark.fixed_defect
def test_more_members_than_the_runtime_has(entry, lines_of):
    path = entry(macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")])
    patch(path, 8, "I", 9999)
    assert "whose context has 9999 members" in lines_of(CATCH)[1]


@pytest.mark.fixed_defect
@pytest.mark.parametrize("offset, value", [(0, 2), (4, 8)], ids=["version", "size"])
def test_description_that_the_runtime_does_not_know(entry, lines_of, offset, value):
    path = entry()
    patch(path, offset - 8 - struct.calcsize("P"), "I", value)
    assert "'mod' describes itself in version " in lines_of(CATCH)[1]


# Where it does not belong.


@pytest.mark.abis("hybrid")
def test_a_hybrid_binary_under_the_name_of_another_python(entry, run_in_subprocess):
    patch(entry(), 12, "H", 0x0306)
    printed = run_in_subprocess(CATCH).stdout
    version = ".".join(map(str, sys.version_info[:2]))
    assert "for Python 3.6, but this is Python " + version in printed or (
        sys.version_info >= (3, 15) and "3.6" in printed
    )


@pytest.mark.abis("hybrid")
def test_a_hybrid_binary_of_a_build_with_other_objects(entry, run_in_subprocess):
    """Such as a free-threaded one."""
    patch(entry(), 14, "H", 32)
    printed = run_in_subprocess(CATCH).stdout
    assert "with another layout of objects (free-threaded or not), but this is Python" in printed or (
        sys.version_info >= (3, 15) and "free-threaded" in printed
    )


@pytest.mark.fixed_defect
@pytest.mark.abis("hybrid")
def test_a_stub_refuses_a_hybrid_binary_of_another_python(place, abi, run_in_subprocess):
    path = place(ANSWER, suffix=".so", macros=[ENTRY])
    patch(path, 12, "H", 0x0306)
    path.rename(path.with_suffix(".so.other"))
    stub = path.with_name("mod.py")
    stub.write_text(stub.read_text().replace("mod.so", "mod.so.other"))
    result = run_in_subprocess(WITHOUT_HOOK + "import mod")
    assert "it was built for Python 'cp36', but this is Python 'cp3" in result.stderr


def test_another_engine_is_told_what_it_needs(entry, run_in_subprocess):
    entry()
    code = "import sys; sys.implementation.name = 'otherpy'"
    printed = run_in_subprocess(code + CATCH).stdout
    assert "'mod' is an HPy extension whose entry point" in printed
    assert "This is otherpy, which has to load it with an hpy.universal of its own" in printed
    assert "'stub' of --hpy-entry-point" in printed


def test_called_from_outside_of_python(entry, run_in_subprocess):
    path = entry()
    # CDLL leaves Python for the call.
    code = f"import ctypes; print(ctypes.CDLL({str(path)!r}).PyInit_mod())"
    result = run_in_subprocess(code)
    assert result.stdout == "0\n"
    assert result.stderr == (
        "the entry point of the HPy extension 'mod' was not called by Python: this thread is outside of it, "
        "see PyGILState_Ensure\n"
    )


def test_called_by_c_inside_of_python(entry):
    library = ctypes.PyDLL(str(entry()))
    library.PyInit_mod.restype = ctypes.c_void_p  # borrowed
    first, second = library.PyInit_mod(), library.PyInit_mod()
    assert type(ctypes.cast(first, ctypes.py_object).value).__name__ == "moduledef" and first == second


@pytest.mark.abis("universal")
@pytest.mark.unsanitized("the program is not")
def test_called_in_a_process_without_python(entry, tmp_path):
    program = """
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    void *library = dlopen(argv[argc - 1], RTLD_NOW);
    if (library == NULL)
        return puts(dlerror());
    void *(*init)(void) = (void *(*)(void))dlsym(library, "PyInit_mod");
    printf("%d\\n", init() == NULL);
    return 0;
}
"""
    (tmp_path / "program.c").write_text(program)
    subprocess.run([*c_compiler(), "program.c", "-o", "program", "-ldl"], cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "program", entry()], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert done.stderr == (
        "the entry point of the HPy extension 'mod' was not called by Python: this process has no symbol "
        "Py_IsInitialized\n"
    )


@pytest.mark.abis("universal")
def test_binary_is_linked_with_nothing_of_python(entry):
    undefined = subprocess.run(["nm", "-D", "--undefined-only", entry()], capture_output=True, text=True)
    assert "dlsym" in undefined.stdout and "Py" not in undefined.stdout


@pytest.mark.abis("universal")
def test_without_the_choice_a_binary_has_no_entry_point(compile_module):
    symbols = subprocess.run(
        ["nm", "-D", "--defined-only", compile_module(ANSWER)], capture_output=True, text=True
    )
    assert "HPyInit_mod" in symbols.stdout and " PyInit" not in symbols.stdout
    assert "dlsym" not in symbols.stdout and "Entry" not in symbols.stdout


@pytest.mark.abis("universal")
@pytest.mark.skipif(not shutil.which("pypy3.11"), reason="pypy3.11 is not installed")
def test_pypy_loads_the_binary_and_refuses_its_entry_point(entry):
    """It renames the C API, so it is an engine of its own for the entry point."""
    path = entry(suffix=".pypy311-pp73-x86_64-linux-gnu.so")
    shutil.copy(path, path.with_name("mod.hpy0.so"))
    code = """
import hpy.universal, importlib.machinery, os
path, spec = os.path.abspath("mod.hpy0.so"), importlib.machinery.ModuleSpec("mod", None)
print(hpy.universal.load("mod", path, spec).answer())
"""
    done = subprocess.run(
        ["pypy3.11", "-c", code + CATCH], cwd=path.parent, capture_output=True, text=True, check=True
    )
    loaded, _, message = done.stdout.splitlines()
    assert loaded == "42"
    assert "This is pypy, which has to load it with an hpy.universal of its own" in message


@pytest.mark.fixed_defect
def test_a_cpython_that_knows_the_suffix_would_need_no_more(entry, compile_module, lines_of):
    """The change that was proposed for CPython: `.hpy0` among the suffixes of its extension modules."""
    own = compile_module(ANSWER, name="mod").name
    suffix = own[own.index(".") :]
    entry(suffix=suffix)
    code = f"""
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
import sys
details = (ExtensionFileLoader, [{suffix!r}, *EXTENSION_SUFFIXES]), (SourceFileLoader, [".py"])
sys.path_hooks.insert(0, FileFinder.path_hook(*details))
sys.path_importer_cache.clear()
sys.path.insert(0, "")
import mod
print(mod.answer(), type(mod.__loader__).__name__)
"""
    assert lines_of(code) == ["42 ExtensionFileLoader"]
