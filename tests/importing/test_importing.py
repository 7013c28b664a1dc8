"""Importing, reloading and executing an extension do what they do with one of CPython, however it is found.

So each test runs with a stub, with an entry point in the binary and with the import hook, and in the CPython
ABI as well, where there is none of these, and expects the same.
"""

import pytest
from support import loading, noargs
from support.placing import WITH_HOOK, WITHOUT_HOOK

# The stubs are ours, but what they call is the runtime's.
pytestmark = pytest.mark.fixed_defect

# Its code runs a Python module, which sees the extension while that executes.
EXEC = """
    HPy witness = HPyImport_ImportModule(ctx, "witness");
    if (HPy_IsNull(witness)) return -1;
    HPy see = HPy_GetAttr_s(ctx, witness, "see");
    HPy_Close(ctx, witness);
    if (HPy_IsNull(see)) return -1;
    HPy seen = HPy_Call(ctx, see, &mod, 1, HPy_NULL);
    HPy_Close(ctx, see);
    if (HPy_IsNull(seen)) return -1;
    HPy_Close(ctx, seen);
"""
WITNESS = """
seen = []
see = seen.append
"""
ANSWER = noargs("answer", "return HPyLong_FromLong(ctx, 42);")

PRELUDE = """
import importlib, importlib.util, sys
def spec_of(name="mod"):
    return importlib.util.find_spec(name)
def execute(spec):
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
"""


WAYS = ["stub", "stub of HPy 0.9", pytest.param("entry", marks=pytest.mark.after_0_9_0("headers")), "hook"]


@pytest.fixture(params=WAYS)
def way(request, abi):
    """How the extension is found."""
    if abi == "cpython" and request.param != "stub":
        pytest.skip("extensions of the CPython ABI are found in one way")
    return request.param


@pytest.fixture
def run(way, tmp_path, place, run_in_subprocess, abi):
    """`run(code)`: what Python code prints that can import the extension `mod`; `printed` lists its lines."""
    (tmp_path / "witness.py").write_text(WITNESS)
    place(ANSWER, way=way, exec_code=EXEC, doc="A module.")
    place(ANSWER, "pkg.sub", way, exec_code=EXEC)
    prelude = "" if abi == "cpython" else WITH_HOOK if way == "hook" else WITHOUT_HOOK

    def run(code):
        result = run_in_subprocess(prelude + PRELUDE + code, environment={"HPY": loading.mode})
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()

    return run


def test_code_of_the_extension_runs_in_the_module_that_is_imported(run):
    code = "import mod, witness; print(witness.seen[0] is mod, mod.answer.__self__ is mod)"
    assert run(code) == ["True True"]


def test_attributes_are_set_before_the_code_of_the_extension_runs(run, tmp_path):
    (tmp_path / "witness.py").write_text(
        "def see(mod): print(mod.__name__, mod.__package__, mod.__file__ == mod.__spec__.origin)"
    )
    assert run("import mod, pkg.sub") == ["mod  True", "pkg.sub pkg True"]


def test_module_has_nothing_of_the_stub(run):
    names = ["__doc__", "__file__", "__loader__", "__name__", "__package__", "__spec__", "answer"]
    assert run("import mod; print(dir(mod), mod.__doc__)") == [f"{names} A module."]


def test_threads_that_import_meanwhile_get_the_whole_module(run, tmp_path):
    (tmp_path / "witness.py").write_text("""
import sys, threading
answers = []
def work():
    import mod
    answers.append(mod.answer())
threads = [threading.Thread(target=work) for _ in range(2)]
def waits(thread):
    frame = sys._current_frames().get(thread.ident)
    names = set()
    while frame:
        names.add(frame.f_code.co_name)
        frame = frame.f_back
    return "acquire" in names or "_lock_unlock_module" in names
def see(module):
    for thread in threads:
        thread.start()
    while not all(map(waits, threads)):
        pass
""")
    code = "import mod, witness\nfor thread in witness.threads: thread.join()\nprint(witness.answers)"
    assert run(code) == ["[42, 42]"]


@pytest.mark.parametrize("enter", ["", "sys.modules['mod'] = module"])
def test_executing_a_module_that_was_made_from_the_spec(run, enter):
    code = f"""
        spec = spec_of()
        module = importlib.util.module_from_spec(spec)
        {enter}
        spec.loader.exec_module(module)
        print(module.answer(), module.answer.__self__ is module, module.__spec__ is spec)
    """
    assert run("if True:" + code) == ["42 True True"]


def test_executing_a_module_enters_it_nowhere(run, way):
    if "0.9" in way:
        pytest.skip("the stubs of HPy 0.9 enter it")
    assert run("execute(spec_of()); print('mod' in sys.modules)") == ["False"]


def test_each_execution_makes_a_module_of_its_own(run):
    code = "a, b = execute(spec_of()), execute(spec_of()); print(a is b, a.answer.__self__ is a, b.answer())"
    assert run(code) == ["False True 42"]


def test_executing_twice_runs_the_code_of_the_extension_once(run):
    code = """
import witness
module = execute(spec_of())
module.answer = None
module.__spec__.loader.exec_module(module)
print(module.answer, len(witness.seen))
"""
    assert run(code) == ["None 1"]


def test_lazy_loading(run):
    code = """
spec = spec_of()
spec.loader = importlib.util.LazyLoader(spec.loader)
module = importlib.util.module_from_spec(spec)
sys.modules["mod"] = module
spec.loader.exec_module(module)
print("witness" in sys.modules)
print(module.answer(), sys.modules["mod"] is module, type(module).__name__)
"""
    assert run(code) == ["False", "42 True module"]


def test_reloading_keeps_the_module_as_it_is(run):
    code = """
import mod, witness
before = dict(vars(mod))
mod.extra = 1
print(importlib.reload(mod) is mod, mod.extra, mod.answer is before["answer"], len(witness.seen))
print(sorted(vars(mod)) == sorted([*before, "extra"]), mod.__file__ == before["__file__"])
"""
    assert run(code) == ["True 1 True 1", "True True"]


def test_importing_anew_makes_a_new_module(run):
    code = """
import mod
old = sys.modules.pop("mod")
import mod
print(mod is old, mod.answer(), old.answer())
"""
    assert run(code) == ["False 42 42"]


def test_module_in_a_package(run):
    code = """
import pkg, pkg.sub, witness
print(pkg.sub is sys.modules["pkg.sub"], pkg.sub.answer(), witness.seen == [pkg.sub])
print(pkg.sub.__name__, pkg.sub.__package__, pkg.sub.answer.__module__)
"""
    assert run(code) == ["True 42 True", "pkg.sub pkg pkg.sub"]


def test_functions_can_be_pickled_and_modules_not(run):
    code = """
import pickle, mod
print(pickle.loads(pickle.dumps(mod.answer)) is mod.answer)
try:
    pickle.dumps(mod)
except TypeError as error:
    print(error)
"""
    printed = run(code)
    assert printed[0] == "True" and "cannot pickle 'module' object" in printed[1]


def test_failing_code_of_the_extension_leaves_no_module(run, tmp_path):
    (tmp_path / "witness.py").write_text("def see(module): print(1 / fail)\nfail = 0")
    code = """
try:
    import mod
except ZeroDivisionError:
    print("mod" in sys.modules)
sys.modules["witness"].fail = 1
import mod
print(mod.answer())
"""
    assert run(code) == ["False", "1.0", "42"]


@pytest.mark.after_0_9_0
def test_each_module_has_a_state(way, place, lines_of):
    source = """
        HPyDef_METH(count, "count", HPyFunc_STATE_NOARGS)
        static HPy count_impl(HPyContext *ctx, void *state, HPy self)
        {
            return HPyLong_FromLong(ctx, ++*(int *)state);
        }
    """
    newer = [("HPY_TARGET_ABI_VERSION", "0x00000001")]
    place(source, way=way, methods=["count"], size="sizeof(int)", macros=newer)
    code = """
import gc, importlib, sys, mod
first = sys.modules.pop("mod")
import mod
print(first.count(), first.count(), importlib.reload(mod).count(), first.count())
del first, mod, sys.modules["mod"]
gc.collect()
"""
    assert lines_of((WITH_HOOK if way == "hook" else WITHOUT_HOOK) + code) == ["1 2 1 3"]


def test_functions_with_names_of_builtins(way, place, lines_of):
    """A stub, which runs in the extension's namespace, uses some of them."""
    names = ["getattr", "globals", "__import__"]
    source = "".join(noargs(name, "return HPyLong_FromLong(ctx, 42);") for name in names)
    place(source, way=way)
    code = "import mod; print(mod.getattr(), mod.globals(), mod.__import__())"
    assert lines_of((WITH_HOOK if way == "hook" else "") + code) == ["42 42 42"]


REPLACING = """
    HPyDef_SLOT(create, HPy_mod_create)
    static HPy create_impl(HPyContext *ctx, HPy spec)
    {
        HPy result = HPyImport_ImportModule(ctx, "replacement");
        if (HPy_IsNull(result)) return HPy_NULL;
        HPy value = HPy_GetAttr_s(ctx, result, "value");
        HPy_Close(ctx, result);
        return value;
    }
"""


@pytest.mark.abis("universal", "hybrid")
def test_what_takes_the_place_of_the_module_is_found_through_it(way, place, tmp_path, lines_of):
    if way in ("entry", "stub of HPy 0.9"):
        pytest.skip("there is no other module before")
    place(REPLACING, way=way, defines=["create"])
    (tmp_path / "replacement.py").write_text(
        "import sys\nclass Value: answer = 42\nvalue, early = Value(), sys.modules['mod']"
    )
    code = "import mod, replacement as r; print(mod is r.value, r.early.answer, mod.__spec__.name)"
    assert lines_of((WITH_HOOK if way == "hook" else "") + code) == ["True 42 mod"]


@pytest.mark.abis("universal", "hybrid")
def test_what_the_extension_makes_itself_is_imported(way, place, tmp_path, lines_of):
    place(REPLACING, way=way, defines=["create"])
    (tmp_path / "replacement.py").write_text("class Value: pass\nvalue = Value()")
    code = "import mod, replacement as r; print(mod is r.value, mod.__spec__.name)"
    assert lines_of((WITH_HOOK if way == "hook" else "") + code) == ["True mod"]
