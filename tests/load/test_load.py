"""`hpy.universal` itself: `load`, and whatever can be wrong with a binary. See also `test_bootstrap`."""

import importlib.machinery
import re
import shutil
import subprocess
import sys
import sysconfig
import types

import hpy.universal
import pytest
from support import noargs
from support.loading import load, name_of_context, runtime_is_peer
from support.toolchain import c_compiler

INCLUDE = "#include <hpy.h>\n"
ERROR = "Error during loading of the HPy extension module at path '{path}'"

# Extensions of the cpython ABI are loaded by CPython alone.
pytestmark = pytest.mark.abis("universal", "hybrid")

fixed_defect = pytest.mark.fixed_defect
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def spec(name="mod"):
    return importlib.machinery.ModuleSpec(name, None)


def copy(path, target):
    """Copy a binary to `target`, as a new file: one that is mapped must not be written to."""
    target.unlink(missing_ok=True)
    shutil.copyfile(path, target)
    return target


def load_error(path, name="mod", kind=RuntimeError):
    with pytest.raises(kind) as info:
        load(name, str(path), spec(name))
    return str(info.value)


@pytest.fixture(scope="module")
def binary(compile_module):
    """A good extension `mod`."""
    return compile_module(
        noargs("answer", "return HPyLong_FromInt32_t(ctx, 42);")
        + noargs("context", "return HPyUnicode_FromString(ctx, ctx->name);")
    )


# The module hpy.universal


@pytest.mark.smoke
def test_names_of_the_loader():
    assert hpy.universal.__doc__ == "HPy universal runtime for CPython"
    assert (hpy.universal.MODE_UNIVERSAL, hpy.universal.MODE_DEBUG, hpy.universal.MODE_TRACE) == (0, 1, 2)
    assert hpy.universal.load.__doc__ == "Load a .hpy0.so file"
    assert hpy.universal.get_version.__doc__ == "Return a tuple ('version', 'git revision')"


def test_get_version_is_version_and_revision():
    version, revision = hpy.universal.get_version()
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", version)
    assert revision == "unknown" or re.fullmatch(r"[0-9a-f]{7,}", revision)


# What load() does


@pytest.mark.smoke
def test_load_makes_a_module_with_the_name_of_its_spec(binary):
    mod = load("mod", str(binary), spec("pkg.other"))
    assert type(mod) is types.ModuleType
    assert mod.__name__ == "pkg.other"
    assert mod.answer() == 42


def test_load_sets_nothing_else(binary):
    mod = load("mod", str(binary), spec())
    assert (mod.__doc__, mod.__package__, mod.__loader__, mod.__spec__) == (None, None, None, None)
    assert not hasattr(mod, "__file__")
    assert "mod" not in sys.modules


def test_each_load_makes_a_new_module(binary):
    first, second = (load("mod", str(binary), spec()) for _ in range(2))
    assert first is not second
    first.answer = None
    assert second.answer() == 42


def test_load_takes_keywords(binary):
    assert load(spec=spec(), debug=False, path=str(binary), name="mod", mode=0).answer() == 42


def test_only_the_name_of_the_spec_counts(binary):
    assert load("mod", str(binary), types.SimpleNamespace(name="x")).__name__ == "x"
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'name'"):
        load("mod", str(binary), None)


def test_missing_arguments():
    with pytest.raises(TypeError, match=re.escape("function missing required argument 'name' (pos 1)")):
        hpy.universal.load()
    with pytest.raises(TypeError, match=re.escape("function missing required argument 'spec' (pos 3)")):
        hpy.universal.load("mod", "path")


def test_symbols_are_named_after_the_last_component(binary):
    assert load("pkg.sub.mod", str(binary), spec()).answer() == 42


def test_hyphens_of_the_name_are_underscores_in_symbols(compile_module):
    path = compile_module(noargs("answer", "return HPyLong_FromInt32_t(ctx, 42);"), name="my_mod")
    assert load("my-mod", str(path), spec()).answer() == 42


@fixed_defect
def test_symbols_of_other_names_are_in_punycode(compile_module):
    # "bücher".encode("punycode") is b"bcher-kva"
    path = compile_module(noargs("answer", "return HPyLong_FromInt32_t(ctx, 42);"), name="bcher_kva")
    assert load("pkg.bücher", str(path), spec("pkg.bücher")).__name__ == "pkg.bücher"
    assert "HPyInit" not in load_error(path, "büches")
    assert "'get_required_hpy_minor_version_bches_kva'" in load_error(path, "büches")


@fixed_defect
@pytest.mark.parametrize("name", [1, None, b"mod"])
def test_name_must_be_a_string(binary, name):
    with pytest.raises(TypeError, match=f"argument 'name' must be str, not {type(name).__name__}"):
        load(name, str(binary), spec())


@fixed_defect
def test_name_and_path_must_not_hold_a_null_character(binary):
    with pytest.raises(ValueError, match="argument 'name' has an embedded null character"):
        load("mod\0", str(binary), spec())
    with pytest.raises(ValueError, match="argument 'path' has an embedded null character"):
        load("mod", f"{binary}\0", spec())


@fixed_defect
def test_name_and_path_must_not_be_absurdly_long(binary):
    """So that a name or a path cannot use up the memory."""
    long = "x" * 65537
    with pytest.raises(
        ValueError, match="argument 'name' is too long: its length is 65537, and the limit is 65536"
    ):
        load(long, str(binary), spec())
    with pytest.raises(
        ValueError, match="argument 'path' is too long: its length is 65537, and the limit is 65536"
    ):
        load("mod", long, spec())


@fixed_defect
def test_path_may_be_path_like(binary):
    assert load("mod", binary, spec()).answer() == 42


@fixed_defect
@pytest.mark.parametrize("path", [1, None, b"/mod.hpy0.so"])
def test_path_must_be_a_string_or_path_like(path):
    with pytest.raises(
        TypeError, match=f"argument 'path' must be str or os.PathLike, not {type(path).__name__}"
    ):
        load("mod", path, spec())


@fixed_defect
def test_errors_of_a_path_like_object_propagate():
    class Path:
        def __fspath__(self):
            raise TypeError("mine")

    with pytest.raises(TypeError, match="^mine$"):
        load("mod", Path(), spec())


@fixed_defect
def test_a_bare_file_name_is_in_the_current_folder(binary, tmp_path):
    copy(binary, tmp_path / "mod.hpy0.so")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert load("mod", "mod.hpy0.so", spec()).answer() == 42


def test_a_path_may_have_any_characters(binary, tmp_path):
    folder = tmp_path / "mit Ümlaut und 文字"
    folder.mkdir(exist_ok=True)
    path = copy(binary, folder / "mod.hpy0.so")
    assert load("mod", str(path), spec()).answer() == 42
    assert ERROR.format(path=path) in load_error(path, "other")


def test_the_context_says_what_it_is(make_module):
    mod = make_module(
        noargs("name", "return HPyUnicode_FromString(ctx, ctx->name);")
        + noargs("version", "return HPyLong_FromInt32_t(ctx, ctx->abi_version);")
    )
    assert (mod.name(), mod.version()) == (name_of_context(), 0)


# Modes


@fixed_defect
@pytest.mark.parametrize("mode", [-2, 4, 100, -(2**31)])
def test_other_mode_numbers_are_refused(binary, mode):
    with pytest.raises(ValueError, match=f"^invalid HPy mode: {mode}$"):
        load("mod", str(binary), spec(), mode=mode)


@fixed_defect
@pytest.mark.parametrize(
    "arguments, mode",
    [
        ({"debug": True}, "debug"),
        ({"debug": True, "mode": 0}, "debug"),
        ({"debug": True, "mode": 2}, "trace"),
        ({"mode": 1}, "debug"),
        ({"mode": 2}, "trace"),
        ({"mode": 3}, "debug+trace"),
    ],
)
def test_mode_of_the_arguments(binary, arguments, mode):
    assert load("mod", str(binary), spec(), **arguments).context() == name_of_context(mode)


@pytest.mark.parametrize("arguments", [{}, {"mode": -1}, {"mode": 0}, {"debug": False, "mode": 0}])
def test_universal_mode_is_the_default(binary, arguments):
    mod = hpy.universal.load("mod", str(binary), spec(), **arguments)
    assert mod.context() == name_of_context("universal")


# Files that are not what they should be


@pytest.mark.smoke
@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"not a library\n" * 100, b"\0" * 10000])
def test_not_a_library(tmp_path, content):
    path = tmp_path / "mod.hpy0.so"
    path.write_bytes(content)
    assert load_error(path).startswith(f"{ERROR.format(path=path)}. Error message from dlopen/WinAPI: ")


def test_no_such_file(tmp_path):
    path = tmp_path / "mod.hpy0.so"
    message = load_error(path)
    assert message.startswith(f"{ERROR.format(path=path)}. Error message from dlopen/WinAPI: ")
    assert "No such file" in message


def test_a_folder_is_not_a_library(tmp_path):
    assert ERROR.format(path=tmp_path) in load_error(tmp_path)


@fixed_defect
def test_truncated_files_are_refused(binary, tmp_path, run_in_subprocess):
    size = binary.stat().st_size
    code = """
import importlib.machinery, pathlib, sys, traceback
import hpy.universal
content = pathlib.Path(sys.argv[1]).read_bytes()
path = pathlib.Path(sys.argv[2])
spec = importlib.machinery.ModuleSpec("mod", None)
lengths = [*range(0, 1024, 17), *range(1024, len(content), 509), len(content) - 1]
for length in lengths:
    path.unlink(missing_ok=True)
    path.write_bytes(content[:length])
    try:
        hpy.universal.load("mod", str(path), spec)
    except RuntimeError as error:
        assert str(path) in str(error), error
        assert "dlopen/WinAPI" in str(error), error
    else:
        raise AssertionError(f"{length} bytes were loaded")
print(len(lengths))
"""
    path = tmp_path / "mod.hpy0.so"
    result = run_in_subprocess(code, arguments=[str(binary), str(path)])
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > size // 509


@fixed_defect
def test_the_reason_for_a_truncated_file_tells_both_lengths(binary, tmp_path):
    path = tmp_path / "mod.hpy0.so"
    content = binary.read_bytes()
    # A file that keeps its section headers at the end needs all of its bytes; the count must be the true one.
    path.write_bytes(content[: len(content) // 2])
    assert f"{path}: truncated" in load_error(path)


def test_a_library_with_undefined_symbols_is_refused_at_once(binary, tmp_path):
    """RTLD_NOW: better an error here than the end of the process at the first call."""
    source = tmp_path / "mod.c"
    source.write_text("int nowhere(void); int call(void) { return nowhere(); }")
    path = tmp_path / "mod.hpy0.so"
    subprocess.run([*c_compiler(), "-shared", "-fPIC", "-o", path, source], check=True)
    assert "nowhere" in load_error(path)


# The tag in the file name


def no_tag(path):
    return (
        f"HPy extension module 'mod' at path '{path}': could not find HPy ABI tag encoded in the filename."
        " The extension claims to be compiled with HPy ABI version: 0.0."
    )


def wrong_tag(path, number):
    return (
        f"HPy extension module 'mod' at path '{path}': mismatch between the HPy ABI tag encoded in the"
        " filename and the major version requested by the HPy extension itself. Major version tag parsed from"
        f" filename: {number}. Requested version: 0.0."
    )


@pytest.mark.parametrize("name", ["mod.so", "mod.hpy.so", "mod.hpyx.so", "mod.hpy-1.so"])
def test_file_names_without_a_tag(binary, tmp_path, name):
    path = copy(binary, tmp_path / name)
    assert load_error(path) == no_tag(path)


@fixed_defect
@pytest.mark.parametrize(
    "name",
    ["mod.hpy0", "hpy0.so", ".hpy0.so", "mod.hpy00.so", "mod.hpy0x.so", "mod.hpy0.so.1", "mod.hpy0-.so"],
)
def test_file_names_with_almost_a_tag(binary, tmp_path, name):
    path = copy(binary, tmp_path / name)
    assert load_error(path) == no_tag(path)


@pytest.mark.parametrize("number", ["1", "42"])
def test_tag_of_another_version(binary, tmp_path, number):
    path = copy(binary, tmp_path / f"mod.hpy{number}.so")
    assert load_error(path) == wrong_tag(path, number)


@fixed_defect
@pytest.mark.parametrize("number", ["4294967296", "18446744073709551616", "9" * 100])
def test_the_number_of_a_tag_does_not_overflow(binary, tmp_path, number):
    path = copy(binary, tmp_path / f"mod.hpy{number}.so")
    assert load_error(path) == wrong_tag(path, number)


@fixed_defect
@pytest.mark.parametrize("folder", ["dir.hpy9", "dir.hpy", "x.hpy9.so"])
def test_only_the_tag_of_the_file_counts(binary, tmp_path, folder):
    (tmp_path / folder).mkdir(exist_ok=True)
    assert load("mod", str(copy(binary, tmp_path / folder / "mod.hpy0.so")), spec()).answer() == 42
    path = copy(binary, tmp_path / folder / "mod.so")
    assert load_error(path) == no_tag(path)


@fixed_defect
def test_only_the_last_tag_of_a_file_name_counts(binary, tmp_path):
    assert load("mod", str(copy(binary, tmp_path / "mod.hpy9.hpy0.so")), spec()).answer() == 42


def this_python():
    return "cp{}{}{}".format(
        *sys.version_info[:2], "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    )


def test_a_hybrid_binary_for_this_python_loads(binary, tmp_path):
    path = copy(binary, tmp_path / f"mod.hpy0-{this_python()}.so")
    assert load("mod", str(path), spec()).answer() == 42


@fixed_defect
@pytest.mark.parametrize("tag", ["cp38", "cp3", "cp399", "pypy38-pp73", "graalpy-38-native", "x", "cp313td"])
def test_a_hybrid_binary_for_another_python_is_refused(binary, tmp_path, tag):
    path = copy(binary, tmp_path / f"mod.hpy0-{tag}.so")
    assert load_error(path) == (
        f"HPy extension module 'mod' at path '{path}': its file name says that it was built for Python"
        f" '{tag}', but this is Python '{this_python()}'. Build it for this one."
    )


@fixed_defect
def test_a_hybrid_binary_for_another_python_is_not_even_opened(tmp_path):
    assert "but this is Python" in load_error(tmp_path / "missing.hpy0-cp38.so")


# What the binary says of itself


def exports(major="0", minor="0", *, leave_out=(), init="return &definition;"):
    """C text with the exported symbols of an extension `mod`, some changed or left out."""
    functions = {
        "get_required_hpy_major_version_mod": ("uint32_t", "void", f"return {major};"),
        "get_required_hpy_minor_version_mod": ("uint32_t", "void", f"return {minor};"),
        "HPyInitGlobalContext_mod": ("void", "HPyContext *ctx", "(void)ctx;"),
        "HPyInit_mod": ("HPyModuleDef *", "void", init),
    }
    text = [
        f'__attribute__((visibility("default"))) {result} {name}({parameters}) {{ {body} }}'
        for name, (result, parameters, body) in functions.items()
        if name not in leave_out
    ]
    return INCLUDE + "\n".join(["HPyModuleDef definition = {0};", *text, ""])


@pytest.mark.parametrize("major, minor", [(1, 0), (0, 2), (7, 3), (2**32 - 1, 2**32 - 1)])
def test_a_binary_that_needs_another_version(compile_module, major, minor):
    path = compile_module(exports(f"{major}u", f"{minor}u"), raw=True)
    current = "0.0" if runtime_is_peer() else "0.1"
    assert load_error(path).startswith(
        "HPy extension module 'mod' requires unsupported version of the HPy runtime. Requested version:"
        f" {major}.{minor}. Current HPy version: {current}."
    )


@pytest.mark.parametrize("part", ["major", "minor"])
def test_a_binary_that_does_not_say_what_it_needs(compile_module, part):
    path = compile_module(exports(leave_out=[f"get_required_hpy_{part}_version_mod"]), raw=True)
    assert load_error(path).startswith(
        f"{ERROR.format(path=path)}. Cannot locate the required minimal HPy versions as symbols"
        " 'get_required_hpy_minor_version_mod' and `get_required_hpy_major_version_mod`. Error message from"
        " dlopen/WinAPI: "
    )


@fixed_defect
@linux_only
@pytest.mark.parametrize(
    "symbol",
    [
        "get_required_hpy_minor_version_mod",
        "get_required_hpy_major_version_mod",
        "HPyInitGlobalContext_mod",
        "HPyInit_mod",
    ],
)
def test_the_system_names_the_missing_symbol(compile_module, symbol):
    path = compile_module(exports(leave_out=[symbol]), raw=True)
    assert load_error(path).endswith(f": {path}: undefined symbol: {symbol}")


@pytest.mark.parametrize("symbol", ["HPyInitGlobalContext_mod", "HPyInit_mod"])
def test_a_binary_that_does_not_export_all_symbols(compile_module, symbol):
    path = compile_module(exports(leave_out=[symbol]), raw=True)
    assert load_error(path).startswith(
        f"{ERROR.format(path=path)} while trying to find symbol '{symbol}'. Did you usethe HPy_MODINIT macro"
        " to register your module? Error message from dlsym/WinAPI: "
    )


def test_a_binary_of_another_name(binary):
    assert "as symbols 'get_required_hpy_minor_version_other' and" in load_error(binary, "other")


def test_init_that_returns_null(compile_module):
    path = compile_module(exports(init="return NULL;"), raw=True)
    assert load_error(path) == f"{ERROR.format(path=path)}. Function 'HPyInit_mod' returned NULL."


def test_the_smallest_module(compile_module):
    mod = load("mod", str(compile_module(exports(), raw=True)), spec())
    assert isinstance(mod, types.ModuleType)


# What stays open


def is_mapped(path):
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        return str(path) in maps.read()


@fixed_defect
@linux_only
@pytest.mark.parametrize(
    "source",
    [
        exports(major="1"),
        exports(leave_out=["get_required_hpy_minor_version_mod"]),
        exports(leave_out=["HPyInitGlobalContext_mod"]),
        exports(leave_out=["HPyInit_mod"]),
        exports(init="return NULL;"),
        exports(init="static HPyModuleDef bad = {.size = -1}; return &bad;"),
    ],
    ids=["version", "no version", "no context", "no init", "null", "definition"],
)
def test_a_refused_binary_is_closed(compile_module, tmp_path, source):
    path = copy(compile_module(source, raw=True), tmp_path / "mod.hpy0.so")
    load_error(path, kind=(RuntimeError, SystemError))
    assert not is_mapped(path)


@linux_only
def test_a_loaded_binary_stays_open(binary, tmp_path):
    path = copy(binary, tmp_path / "mod.hpy0.so")
    answer = load("mod", str(path), spec()).answer
    assert is_mapped(path)
    assert answer() == 42


# Several interpreters

IN_INTERPRETER = """
import sys
sys.path[:] = {path!r}
import importlib.machinery
from hpy.universal import load
spec = importlib.machinery.ModuleSpec("mod", None)
mods = [load("mod", {binary!r}, spec) for _ in range(2)]
# The count of this interpreter, whatever the others do.
count = globals().get("count", 0)
assert [mod.next() for mod in mods + mods] == list(range(count + 1, count + 5))
count += 4
"""

COUNTER = """
HPyGlobal last;

HPyDef_METH(next, "next", HPyFunc_NOARGS)
static HPy next_impl(HPyContext *ctx, HPy self)
{
    HPy value = HPyGlobal_Load(ctx, last);
    if (HPy_IsNull(value))
        value = HPyLong_FromInt32_t(ctx, 0);
    HPy one = HPyLong_FromInt32_t(ctx, 1);
    HPy sum = HPy_Add(ctx, value, one);
    HPyGlobal_Store(ctx, &last, sum);
    HPy_Close(ctx, value);
    HPy_Close(ctx, one);
    return sum;
}
"""

RUN_IN_INTERPRETERS = """
import threading
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

failures = []

def run():
    interpreter = interpreters.create()
    try:
        for _ in range(3):
            failure = interpreters.run_string(interpreter, CODE)
            if failure is not None:
                failures.append(failure)
    finally:
        interpreters.destroy(interpreter)

exec(CODE)
for workers in (1, 2, 4):
    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
assert not failures, failures
"""


@fixed_defect
@pytest.mark.skipif(sys.version_info < (3, 12), reason="without interpreters of their own GIL")
def test_the_same_binary_in_interpreters_of_their_own(compile_module, run_in_subprocess):
    binary = compile_module(COUNTER, globals=["last"])
    code = IN_INTERPRETER.format(path=sys.path, binary=str(binary))
    result = run_in_subprocess(f"CODE = {code!r}\n{RUN_IN_INTERPRETERS}")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
