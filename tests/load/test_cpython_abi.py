"""The library that extensions of the CPython ABI contain: what it exports, weighs and needs."""

import re
import shutil
import subprocess
import sys

import pytest
from support import toolchain
from support.loading import load_extension
from support.source import noargs, unary

pytestmark = pytest.mark.abis("cpython")

KIBIBYTE = 1024
needs_elf = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("nm") or not shutil.which("strip"),
    reason="needs ELF and binutils",
)

# Types, instances, calls, globals, trackers: whatever is not inline in the headers.
SOURCE = """
static HPyGlobal global;

typedef struct { HPyField field; int number; } ThingStruct;
HPyType_HELPERS(ThingStruct)
HPyDef_MEMBER(Thing_number, "number", HPyMember_INT, offsetof(ThingStruct, number))
HPyDef_SLOT(Thing_traverse, HPy_tp_traverse)
static int Thing_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((ThingStruct *)data)->field);
    return 0;
}
HPyDef_SLOT(Thing_new, HPy_tp_new)
static HPy Thing_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    ThingStruct *data;
    HPy thing = HPy_New(ctx, cls, &data);
    if (!HPy_IsNull(thing)) {
        data->number = NUMBER;
        HPyField_Store(ctx, thing, &data->field, cls);
    }
    return thing;
}
HPyDef_SLOT(Thing_call, HPy_tp_call)
static HPy Thing_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPyLong_FromLong(ctx, -ThingStruct_AsStruct(ctx, self)->number);
}
HPyDef_CALL_FUNCTION(Thing_other_call)
static HPy Thing_other_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPyLong_FromLong(ctx, 0);
}
static HPyDef *Thing_defines[] = {&Thing_number, &Thing_traverse, &Thing_new, &Thing_call, NULL};
static HPyType_Spec Thing_spec = {
    .name = "NAME.Thing", .basicsize = sizeof(ThingStruct), .defines = Thing_defines,
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
};
""" + "".join(
    [
        unary("store", "HPyGlobal_Store(ctx, &global, arg); return HPy_Dup(ctx, ctx->h_None);"),
        noargs("load", "return HPyGlobal_Load(ctx, global);"),
        noargs("context", "return HPyLong_FromSize_t(ctx, (size_t)ctx);"),
        unary(
            "silence",
            "int status = HPy_SetCallFunction(ctx, arg, &Thing_other_call);"
            "return status < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);",
        ),
        unary(
            "type_name",
            "const char *name = HPyType_GetName(ctx, arg);"
            " return name == NULL ? HPy_NULL : HPyUnicode_FromString(ctx, name);",
        ),
        unary(
            "make",
            "ThingStruct *data; HPy thing = HPy_New(ctx, arg, &data);"
            " if (!HPy_IsNull(thing)) data->number = 42;"
            " return thing;",
        ),
        unary(
            "derive",
            "HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, arg}, {0}};"
            " return HPyType_FromSpec(ctx, &Thing_spec, params);",
        ),
        unary(
            "tracked",
            "HPyTracker tracker = HPyTracker_New(ctx, 0);"
            " int status = HPyTracker_Add(ctx, tracker, HPy_Dup(ctx, arg));"
            " HPyTracker_Close(ctx, tracker);"
            " return status < 0 ? HPy_NULL : HPy_Dup(ctx, arg);",
        ),
    ]
)


def source(name, number):
    return SOURCE.replace("NAME", name).replace("NUMBER", str(number))


@pytest.fixture(scope="module")
def compile_thing(compile_module):
    """`compile_thing(name, number)`: path of an extension that uses all that the library has."""

    def compile_extension(name, number):
        text = source(name, number)
        methods = re.findall(r"HPyDef_METH\((\w+)", text)
        return compile_module(text, name=name, types=["Thing"], methods=methods, globals=["global"])

    return compile_extension


def symbols(path, *options):
    command = ["nm", "--format=posix", *options, str(path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in output.splitlines() if not line.endswith(":")]


def test_extension_works(compile_thing):
    one = load_extension("one", compile_thing("one", 1))
    thing = one.Thing()
    assert (thing.number, thing(), one.type_name(one.Thing), one.tracked(thing)) == (1, -1, "Thing", thing)
    one.silence(thing)
    assert thing() == 0


def test_extensions_in_one_process_are_separate(compile_thing):
    one, two = (load_extension(name, compile_thing(name, i)) for name, i in [("one", 1), ("two", 2)])
    again = load_extension("one", compile_thing("one", 1))
    assert one.context() == again.context() != two.context()

    one.store("first")
    two.store("second")
    assert (one.load(), two.load(), again.load()) == ("first", "second", "first")

    class Both(one.Thing):
        partner = two.Thing

    both = Both()
    assert (both.number, both(), both.partner().number, both.partner()()) == (1, -1, 2, -2)
    with pytest.raises(TypeError, match="multiple bases have instance lay-out conflict"):
        type("Neither", (one.Thing, two.Thing), {})


def test_extensions_know_each_others_types(compile_thing):
    one, two = (load_extension(name, compile_thing(name, i)) for name, i in [("one", 1), ("two", 2)])
    made = one.make(two.Thing)
    assert (made.number, made()) == (42, -42)
    one.silence(made)
    assert made() == 0

    derived = one.derive(two.Thing)
    assert derived.__base__ is two.Thing
    # Both find the struct that they share.
    assert (derived().number, one.make(derived).number, two.make(derived).number) == (1, 42, 42)


@pytest.mark.not_repeatable("the binary that it writes stays loaded")
def test_types_with_another_layout_of_records_are_refused(compile_thing, tmp_path):
    """As what their library knows of them looks different. The number tells, not the version of HPy."""
    path = compile_thing("one", 1)
    other = tmp_path / path.name
    name, number = re.search(rb"(hpy\.universal\._TypeRecord-)(\d+)\0", path.read_bytes()).groups()
    replacement = name + b"9" * len(number)
    assert replacement != name + number
    other.write_bytes(path.read_bytes().replace(name + number + b"\0", replacement + b"\0"))
    one, same, newer = (load_extension("one", file) for file in [path, path, other])
    assert same.make(one.Thing).number == 42
    for function in [newer.make, newer.derive]:
        with pytest.raises(
            TypeError, match=r"^type 'one\.Thing' was created by another version of HPy; build"
        ):
            function(one.Thing)


def test_nothing_of_hpy_is_needed(compile_thing):
    path = compile_thing("one", 1)
    code = """
        import importlib.machinery, sys
        spec = importlib.machinery.ModuleSpec("one", None, origin=sys.argv[1])
        loader = importlib.machinery.ExtensionFileLoader("one", sys.argv[1])
        module = loader.create_module(spec)
        loader.exec_module(module)
        try:
            import hpy
        except ImportError:
            print(module.Thing()())
    """
    # Without the packages that are installed, and without variables that would bring them back.
    command = [sys.executable, "-I", "-S", "-c", re.sub("^ {8}", "", code, flags=re.MULTILINE), str(path)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "-1\n"), result.stderr


@needs_elf
def test_only_the_init_function_is_exported(compile_thing):
    assert symbols(compile_thing("one", 1), "--dynamic", "--defined-only") == [
        "PyInitU_one",
        "PyInit_one",
    ]


@needs_elf
def test_only_the_interface_is_global_in_the_library():
    names = set(symbols(toolchain.static_library(), "--defined-only", "--extern-only"))
    interface = {name for name in names if name.startswith("_HPyC_")} | {"_hpy_cpython_context"}
    assert {"_HPyC_ModuleInit", "_hpy_cpython_context"} <= names
    # The rest are the helpers, which are C, and the archive's own headings.
    others = [name for name in names - interface if "[" not in name]
    assert not [name for name in others if not re.match("HPy|_?HPyArg_|hpy_", name)]


@needs_elf
def test_library_weighs_no_more_than_80_kibibytes(compile_thing, c_toolchain, tmp_path):
    """Against the same extension with empty functions in place of the library's.

    It was 64 up to ABI 0.0; the state of modules, constants and class methods, of which the making of each
    module and type knows, and what calls of types and their memory take, are the rest.
    """
    library = toolchain.static_library()
    interface = [name for name in symbols(library, "--defined-only") if re.match("_HPyC_", name)]
    empty = "".join(f"void {name}(void) {{}}\n" for name in interface) + "char _hpy_cpython_context[2048];\n"
    (tmp_path / "empty.c").write_text(empty)

    def run(*command):
        subprocess.run(command, check=True, cwd=tmp_path)

    run(*c_toolchain.compiler, *c_toolchain.flags, "-c", compile_thing("one", 1).parent / "one.c")
    run(*c_toolchain.compiler, "-fPIC", "-fvisibility=hidden", "-c", "empty.c")
    # The library has the helpers, too, which belong to the extension in any case.
    shutil.copy(library, tmp_path / "helpers.a")
    run("ar", "d", "helpers.a", "hpy-cpython-abi.o")
    sizes = []
    for implementation in ["empty.o", library]:
        objects = ["one.o", implementation, "helpers.a"]
        run(*c_toolchain.compiler, *c_toolchain.link_flags, *objects, "-o", "linked.so")
        # Not that of the file, in which sections begin at pages.
        listed = subprocess.check_output(["size", "linked.so"], cwd=tmp_path, text=True)
        sizes.append(int(listed.splitlines()[1].split()[3]))
    assert 0 < sizes[1] - sizes[0] <= 80 * KIBIBYTE


@needs_elf
def test_library_brings_no_other_library(compile_thing):
    if not shutil.which("readelf"):
        pytest.skip("needs readelf")
    command = ["readelf", "--dynamic", str(compile_thing("one", 1))]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    needed = re.findall(r"NEEDED.*\[(.*?)[.-]", output)
    assert set(needed) <= {"libc", "ld", "ld-linux"}
