"""Fixtures, options and marks of the test suite.

    pytest tests                          our headers, the installed runtime, all ABIs
    pytest tests --abi=hybrid             only that ABI; may be repeated
    pytest tests --headers=peer           extensions compiled with the headers of HPy 0.9, found through
                                          --peer-prefix or the variable HPY_TEST_PEER_PREFIX
    pytest tests --mode=debug+trace       extensions loaded in these modes; with debug, each test looked over
    pytest tests --mode=trace --each-function
                                          fails if a function of the context is called by no test
    pytest tests --leaks                  each test repeatedly, reporting growth
    pytest tests --first-abi              each test in the first ABI alone that it is for
    pytest tests --slow                   also what is marked slow
    pytest tests -m smoke                 the subset for every engine

Run by a Python that has HPy 0.9 installed, the same tests check that our binaries run there.
"""

import gc
import os
from pathlib import Path

import pytest
from support import engines, leaks, loading, modes, selection, toolchain
from support.source import Extension

TESTS = Path(__file__).parent

MARKS = [
    "smoke: part of the subset that runs on every engine",
    "abis(*names): runs in these ABIs only",
    "after_0_9_0(*where): HPy 0.9.0 lacks what it uses, in the 'runtime' or the 'headers' (default: both)",
    "fixed_defect(*where): HPy 0.9 does this wrong, in its 'runtime' (default) or in its 'headers'",
    "breaks_rules(*rules, reason): does on purpose what debug mode reports by these names, or as 'leak'",
    "not_repeatable(reason): left out of the repetitions of --leaks",
    "unsanitized(reason): left out of `cargo xtask sanitize`",
    "slow(reason): takes long for what it can find, and runs with --slow only",
]


# Folders and files of tests that load no extension into this process: what compiled it, what loads it, in
# what mode and how often makes no difference to them.
WITHOUT_EXTENSIONS = {"cli", "clinic/test_clinic_stubs.py", "devel", "docs", "fuzz", "headers"}

# Their tests choose the modes themselves, of which there is no more than one for each module.
ABOUT_MODES = {"clinic/test_clinic_cython.py", "debug", "extension_api", "trace"}


def pytest_addoption(parser):
    group = parser.getgroup("hpy")
    group.addoption(
        "--headers", choices=["repo", "peer"], default="repo", help="what to compile extensions with"
    )
    group.addoption(
        "--peer-prefix",
        default=os.environ.get("HPY_TEST_PEER_PREFIX"),
        help="virtual environment that has HPy 0.9 installed",
    )
    group.addoption(
        "--abi",
        action="append",
        choices=toolchain.ABIS,
        help="what ABI to compile extensions for (default: all)",
    )
    group.addoption(
        "--first-abi", action="store_true", help="run each test in one ABI, the first of those that it is for"
    )
    group.addoption(
        "--each-function", action="store_true", help="in trace mode, fail if a function is called by no test"
    )
    group.addoption(
        "--slow",
        action="store_true",
        help="run what is marked slow, and all in all ABIs",
    )
    group.addoption(
        "--mode", choices=loading.MODES, default="universal", help="what mode to load extensions in"
    )
    group.addoption(
        "--leaks", action="store_true", help="repeat each test and fail if the process grows each time"
    )


def pytest_configure(config):
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    if config.getoption("headers") == "peer" and not config.getoption("peer_prefix"):
        raise pytest.UsageError("--headers=peer needs --peer-prefix or HPY_TEST_PEER_PREFIX")
    loading.mode = config.getoption("mode")
    engines.adapt(config)
    if "debug" in loading.mode:
        # Of this runtime, which HPy 0.9 may be in the place of.
        from support.broken_rules import BrokenRules

        config.pluginmanager.register(BrokenRules(), BROKEN_RULES)
    if config.getoption("each_function"):
        if "trace" not in loading.mode:
            raise pytest.UsageError("--each-function needs a mode with trace in it")
        config.pluginmanager.register(modes.EachFunction())


#: The plugin that looks over each test in debug mode.
BROKEN_RULES = "broken_rules"


def peer_parts(config):
    """The parts of HPy 0.9 that take part: its "headers", its "runtime"."""
    parts = {"headers"} if config.getoption("headers") == "peer" else set()
    return parts | {"runtime"} if loading.runtime_is_peer() else parts


def chosen_abis(config):
    """The ABIs that the options ask for, as far as they are possible."""
    abis = config.getoption("abi") or toolchain.ABIS
    # Without a runtime there is nothing to exchange with HPy 0.9, and no mode.
    with_runtime = peer_parts(config) or loading.mode != "universal"
    abis = [abi for abi in abis if abi in engines.ABIS]
    return [abi for abi in abis if abi != "cpython" or not with_runtime]


def left_out(config):
    """The folders and files that what the options ask for makes no difference to."""
    if loading.mode != "universal":
        return WITHOUT_EXTENSIONS | ABOUT_MODES
    if peer_parts(config):
        return WITHOUT_EXTENSIONS
    if config.getoption("leaks"):
        # Those about debug mode leak on purpose.
        return WITHOUT_EXTENSIONS | ABOUT_MODES
    return set()


def has_no_smoke_tests(path):
    """To import it takes longer than to read it: pytest compiles it anew for each Python."""
    return path.match("test_*.py") and "mark.smoke" not in path.read_text(encoding="utf-8")


def pytest_ignore_collect(collection_path, config):
    is_left_out = any(collection_path == TESTS / name for name in left_out(config)) or (
        config.getoption("markexpr") == "smoke" and has_no_smoke_tests(collection_path)
    )
    return True if is_left_out or engines.cannot_be_read(collection_path, TESTS) else None


def pytest_collection_modifyitems(config, items):
    """Deselect what HPy 0.9 cannot pass, when it takes part, what is for other ABIs, and what takes long."""
    parts = peer_parts(config)
    beyond_by_default = {"after_0_9_0": ["runtime", "headers"], "fixed_defect": ["runtime"]}

    def is_beyond_peer(item):
        return any(
            parts & set(mark.args or default)
            for name, default in beyond_by_default.items()
            for mark in item.iter_markers(name)
        )

    def is_for_other_abis(item):
        mark = item.get_closest_marker("abis")
        return mark and not set(mark.args).intersection(chosen_abis(config))

    def is_too_slow(item):
        # Nothing is seen of what grows in another process.
        repeats_nothing = config.getoption("leaks") and "run_in_subprocess" in item.fixturenames
        return not config.getoption("slow") and (item.get_closest_marker("slow") or repeats_nothing)

    reasons = is_beyond_peer, is_for_other_abis, engines.is_for_missing_abi, is_too_slow
    selection.deselect(config, items, lambda item: any(reason(item) for reason in reasons))
    if not engines.IS_CPYTHON:
        engines.known_differences(items, config.rootpath)


def pytest_collection_finish():
    """Tests collect what is new; to look through all of the suite each time would take most of theirs."""
    if hasattr(gc, "freeze"):
        gc.collect()
        gc.freeze()


def pytest_report_header(config):
    import hpy.universal

    line = f"hpy: runtime {hpy.universal.get_version()[0]}, headers {config.getoption('headers')}"
    if loading.mode != "universal":
        line = f"{line}, mode {loading.mode}"
    folders = left_out(config)
    return f"{line}; left out: {', '.join(sorted(folders))}" if folders else line


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """With --leaks, repeat the test after its ordinary run has passed."""
    result = yield
    if (
        pyfuncitem.config.getoption("leaks")
        and not pyfuncitem.get_closest_marker("not_repeatable")
        and "run_in_subprocess" not in pyfuncitem.fixturenames  # what grows there is not seen here
    ):
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        growth = leaks.find_growth(lambda: pyfuncitem.obj(**arguments))
        if growth:
            details = ", ".join(f"{name} {deltas}" for name, deltas in growth.items())
            pytest.fail(f"the process grows with each run: {details}", pytrace=False)
    return result


def abis_left_to_slow(metafunc):
    """The ABIs that a test which is for the universal one runs in with --slow only.

    A hybrid binary differs from a universal one by what it may do besides, which has its own tests. The
    functions of the API are written a second time for the CPython ABI; types, helpers and all else are the
    same code. Smoke tests run in all ABIs, but not in the hybrid one where they are all that runs.
    """
    if metafunc.definition.get_closest_marker("smoke"):
        return {"hybrid"} if metafunc.config.getoption("markexpr") == "smoke" else set()
    is_of_function = metafunc.definition.path.parent == TESTS / "api"
    return {"hybrid"} if is_of_function else {"hybrid", "cpython"}


def pytest_generate_tests(metafunc):
    """A test that compiles an extension runs in each ABI, or in those that its mark `abis` names."""
    if "c_toolchain" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("abis")
        abis = [abi for abi in chosen_abis(metafunc.config) if mark is None or abi in mark.args]
        option = metafunc.config.getoption
        if option("first_abi"):
            del abis[1:]
        if "universal" in abis and not option("slow"):
            left_to_slow = abis_left_to_slow(metafunc)
            abis = [abi for abi in abis if abi not in left_to_slow]
        metafunc.parametrize("abi", abis, indirect=True, scope="session")


@pytest.fixture(scope="session")
def abi(request):
    """The ABI that extensions are compiled for."""
    return request.param


@pytest.fixture(scope="session")
def c_toolchain(request, abi):
    """The `Toolchain` of this session."""
    if request.config.getoption("headers") == "peer":
        prefix = request.config.getoption("peer_prefix")
        return toolchain.Toolchain(*toolchain.headers_of_installation(prefix), abi=abi, strict=False)
    return toolchain.Toolchain(*toolchain.headers_of_repository(), abi=abi)


@pytest.fixture(scope="session")
def compile_module(c_toolchain):
    """`compile_module(source, **options)`: path of the compiled extension; options of `support.Extension`."""

    def compile_extension(source, **options):
        return c_toolchain.compile(_extension(source, options))

    return compile_extension


@pytest.fixture(scope="session")
def make_module(c_toolchain):
    """`make_module(source, **options)`: a new module object of the compiled extension."""

    def make(source, **options):
        extension = _extension(source, options)
        return loading.load_extension(extension.name, c_toolchain.compile(extension))

    return make


@pytest.fixture
def run_in_subprocess(request, compile_module, tmp_path):
    """`run_in_subprocess(code, source=None, **options)`: run Python code apart, for what may crash.

    With C `source`, the extension is loaded there as `mod`. `environment`, `arguments` and `timeout` are
    passed on; the other options are those of `support.Extension`. Returns the CompletedProcess.
    """

    def run(code, source=None, *, environment=None, arguments=(), timeout=300, **options):
        path = compile_module(source, **options) if source is not None else None
        broken_rules = request.config.pluginmanager.get_plugin(BROKEN_RULES)
        if broken_rules:
            environment = {"HPY_DEBUG": "warn", **(environment or {})}
        result = loading.run_in_subprocess(
            code,
            name=options.get("name", "mod"),
            path=path,
            arguments=arguments,
            environment=environment,
            timeout=timeout,
            cwd=tmp_path,
        )
        if broken_rules:
            broken_rules.add_output(result.stderr)
        return result

    return run


def _extension(source, options):
    lists = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    return Extension(source, **lists)
