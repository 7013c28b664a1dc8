"""One binary in several interpreters: each has its own globals and types, and with a runtime its own context.

From CPython 3.12 on the interpreters have a GIL of their own and run in parallel (PEP 684); before,
they share one.
"""

import json
import os
import subprocess
import sys
import sysconfig
import textwrap
import threading
from pathlib import Path

import pytest
from support import c_text, loading
from support.subinterpreters import Interpreters

pytestmark = pytest.mark.fixed_defect

SOURCE = c_text(__file__)

# Two contexts that overlap were not alive at the same time.
CONTEXT_SIZE = 270 * 8

METHODS = ["store", "load", "context", "capsule", "alive_boxes"]
OPTIONS = {"types": ["Box"], "methods": METHODS, "globals": ["stored"]}

SCRIPT = """
import importlib.machinery, json, os, sys

spec = importlib.machinery.ModuleSpec("mod", None, origin=path)
if ".hpy" in os.path.basename(path):
    import hpy.universal
    if mode:
        hpy.universal._debug.collect_reports()
    mod = hpy.universal.load("mod", path, spec, mode=mode)
else:
    loader = importlib.machinery.ExtensionFileLoader("mod", path)
    mod = loader.create_module(spec)
    loader.exec_module(mod)
before = mod.load() is ...
mod.store(("interpreter", number))
for i in range(rounds):
    box = mod.Box()
    box.value = [box, i]
    mod.store((mod.load()[0], number))
    mod.capsule()
class Sub(mod.Box):
    pass
sub = Sub()
sub.value = Sub
result = {"before": before, "stored": mod.load(), "context": mod.context(), "type": id(mod.Box)}
if mode:
    rules = {rule for rule, _ in hpy.universal._debug.take_reports()}
    result["unexpected"] = [*(rules - {"global-not-registered"}), hpy.universal._debug.get_leak_report(0)]
os.write(descriptor, (json.dumps(result) + "\\n").encode())
"""


@pytest.fixture(scope="module")
def interpreters():
    return Interpreters()


@pytest.fixture(scope="module")
def path(compile_module):
    return compile_module(SOURCE, **OPTIONS)


def run_in_each(interpreters, path, numbers, rounds):
    """The results of SCRIPT, run in a new interpreter and a thread for each number, all at once."""
    read, write = os.pipe()
    created = [interpreters.create() for _ in numbers]
    errors = []

    def run(interpreter, number):
        names = {
            "path": str(path),
            "mode": loading.MODES[loading.mode],
            "number": number,
            "rounds": rounds,
            "descriptor": write,
            "search": sys.path,
        }
        setup = (
            "".join(f"{name} = {value!r}\n" for name, value in names.items())
            + "import sys; sys.path[:] = search\n"
        )
        try:
            interpreters.run(interpreter, setup + SCRIPT)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(created, numbers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for interpreter in created:
        interpreters.destroy(interpreter)
    os.close(write)
    with os.fdopen(read) as lines:
        results = [json.loads(line) for line in lines]
    assert not errors, errors
    assert all(result.get("unexpected", [None]) == [None] for result in results), results
    return results


@pytest.mark.smoke
@pytest.mark.breaks_rules("global-not-registered", reason="a global is not listed")
def test_globals_types_and_contexts_are_separate(interpreters, path, make_module, abi):
    main = make_module(SOURCE, **OPTIONS)
    main.store("main")
    results = run_in_each(interpreters, path, [1, 2], rounds=2000)
    assert all(result["before"] for result in results)
    assert sorted(result["stored"] for result in results) == [["interpreter", 1], ["interpreter", 2]]
    contexts = {result["context"] for result in results} | {main.context()}
    # In the cpython ABI a binary has one, with objects that all interpreters share.
    assert len(contexts) == (1 if abi == "cpython" else 3)
    assert main.load() == "main"
    main.store(None)


@pytest.mark.unsanitized("AddressSanitizer keeps freed memory")
def test_nothing_is_left_when_interpreters_end(interpreters, path, make_module, abi):
    """All objects are destroyed, also those in globals and cycles; the memory of contexts is used again."""
    main = make_module(SOURCE, **OPTIONS)
    main.alive()
    contexts = []
    # When memory is used again is malloc's choice; not in a hundred interpreters is not a choice.
    for number in range(100):
        (result,) = run_in_each(interpreters, path, [number], rounds=10)
        assert result["stored"] == ["interpreter", number]
        context = result["context"]
        if any(abs(context - other) < CONTEXT_SIZE for other in contexts):
            break
        contexts.append(context)
    else:
        pytest.fail("no context was freed")
    assert main.alive() == 0


def test_builtins_outlive_the_interpreter_that_loads_first(interpreters, run_in_subprocess, compile_module):
    """In the cpython ABI a binary has one context, and here no main interpreter to take `h_Builtins` from."""
    code = """
        import sys
        from support.subinterpreters import Interpreters

        interpreters = Interpreters()
        load = f"import sys; sys.path[:] = {sys.path!r}; from support.loading import load_extension; "
        load += f"builtins = load_extension('mod', {sys.argv[1]!r}).builtins()\\n"

        def run(check):
            interpreter = interpreters.create()
            interpreters.run(interpreter, load + check)
            interpreters.destroy(interpreter)

        run("pass")
        others = [dict.fromkeys(range(50)) for _ in range(10000)]  # in the memory that is free now
        run("assert builtins['len']('abc') == 3 and builtins['ValueError'] is ValueError")
    """
    path = compile_module(KEEPING, globals=["stored"])
    result = run_in_subprocess(textwrap.dedent(code), arguments=[str(path)])
    assert (result.returncode, result.stderr) == (0, "")


# A process that starts and ends Python twice: argv are the library and the code to run each time.
PROCESS = """
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *python = argc == 3 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
    if (python == NULL) {
        fputs(dlerror(), stderr);
        return 2;
    }
    void (*start)(void) = (void (*)(void))dlsym(python, "Py_Initialize");
    int (*run)(const char *) = (int (*)(const char *))dlsym(python, "PyRun_SimpleString");
    int (*end)(void) = (int (*)(void))dlsym(python, "Py_FinalizeEx");
    for (int i = 0; i < 2; i++) {
        start();
        if (run(argv[2]) != 0 || end() != 0)
            return 1;
    }
    return 0;
}
"""

KEEPING = c_text(__file__, "test_subinterpreters_keeping.c")

TWICE = """
import builtins
from support.loading import load_extension
mod = load_extension("mod", {path!r})
print(mod.builtins() is builtins.__dict__, mod.exchange(object()) is ...)
mod.keep(mod.new_type())
"""


def test_interpreter_that_starts_again(c_toolchain, compile_module, tmp_path):
    """Its context is a new one, even if something of its former life was never freed."""
    variables = sysconfig.get_config_vars()
    library = Path(variables.get("LIBDIR") or "", variables.get("INSTSONAME") or "")
    if not variables.get("Py_ENABLE_SHARED") or not library.is_file():
        pytest.skip("this Python has no shared library")
    (tmp_path / "process.c").write_text(PROCESS, encoding="utf-8")
    subprocess.run([*c_toolchain.compiler, "-o", "process", "process.c", "-ldl"], cwd=tmp_path, check=True)
    environment = dict(os.environ, PYTHONHOME=sys.base_prefix, PYTHONPATH=os.pathsep.join(sys.path))
    code = TWICE.format(path=str(compile_module(KEEPING, globals=["stored"])))
    command = [tmp_path / "process", library, code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, ["True"] * 4), done.stderr
