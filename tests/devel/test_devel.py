"""hpy.devel: file names, paths, settings, and what it changes in a distribution. See test_devel_builds.py."""

import os
import re
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("setuptools")

import hpy.devel
import setuptools
import setuptools.command.bdist_egg
from hpy.devel import HPyDevel, HPyExtensionName, abitag, is_hpy_extension
from hpy.devel.commands import LISTS
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, SetupError

pytestmark = pytest.mark.not_repeatable("it runs compilers and other Pythons")

EXT_SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
PLATFORM = re.sub("[-.]", "_", sysconfig.get_platform())


# File names


@pytest.mark.parametrize(
    "suffix, parts",
    [
        (".cpython-310-x86_64-linux-gnu.so", ("cp310", "so")),
        (".cpython-313t-x86_64-linux-gnu.so", ("cp313t", "so")),
        (".cpython-311-darwin.so", ("cp311", "so")),
        (".cp310-win_amd64.pyd", ("cp310", "pyd")),
        ("_d.cp310-win_amd64.pyd", ("cp310", "pyd")),
        (".pypy38-pp73-x86_64-linux-gnu.so", ("pypy38-pp73", "so")),
        (".graalpy-38-native-x86_64-darwin.dylib", ("graalpy-38-native", "dylib")),
        (".jython-3-beos.so", ("jython-3-beos", "so")),
        (".so", ("", "so")),
    ],
)
def test_parse_ext_suffix(suffix, parts):
    assert abitag.parse_ext_suffix(suffix) == parts


def test_parse_ext_suffix_of_this_python():
    assert abitag.parse_ext_suffix() == abitag.parse_ext_suffix(EXT_SUFFIX)
    assert abitag.parse_ext_suffix()[0].startswith("cp{}{}".format(*sys.version_info))


@pytest.mark.parametrize(
    "abi, suffix, expected",
    [
        ("universal", ".cpython-310-x86_64-linux-gnu.so", ".hpy0.so"),
        ("universal", ".cp310-win_amd64.pyd", ".hpy0.pyd"),
        ("universal", ".so", ".hpy0.so"),
        ("hybrid", ".cpython-310-x86_64-linux-gnu.so", ".hpy0-cp310.so"),
        ("hybrid", ".so", ".hpy0-cp{}{}.so".format(*sys.version_info)),
        ("cpython", ".cpython-310-x86_64-linux-gnu.so", EXT_SUFFIX),
    ],
)
def test_get_hpy_ext_suffix(abi, suffix, expected):
    assert hpy.devel.get_hpy_ext_suffix(abi, suffix) == expected


def test_get_hpy_ext_suffix_rejects_unknown_abi():
    with pytest.raises(AssertionError):
        hpy.devel.get_hpy_ext_suffix("bogus")


def test_abi_version_is_that_of_the_headers():
    header = (HPyDevel().include_dir / "hpy" / "version.h").read_text()
    numbers = dict(re.findall(r"^#define (HPY_ABI_\w+) +(\S+)", header, re.MULTILINE))
    assert int(numbers["HPY_ABI_VERSION"]) == abitag.HPY_ABI_VERSION
    assert int(numbers["HPY_ABI_VERSION_MINOR"]) == abitag.HPY_ABI_VERSION_MINOR
    assert numbers["HPY_ABI_TAG"] == f'"{abitag.HPY_ABI_TAG}"'


def test_paths_and_suffixes_need_no_setuptools():
    code = """
        import sys
        sys.modules["setuptools"] = sys.modules["distutils"] = None
        from hpy.devel import HPyDevel, get_hpy_ext_suffix
        assert HPyDevel().get_extra_sources()
        assert get_hpy_ext_suffix("universal").startswith(".hpy0")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


# Paths


def test_hpydevel_default_paths_exist():
    devel = HPyDevel()
    assert devel.base_dir == Path(hpy.devel.__file__).parent
    assert devel.include_dir == devel.base_dir / "include"
    assert devel.src_dir == devel.base_dir / "src" / "runtime"
    assert devel.get_extra_include_dirs() == [str(devel.include_dir)]
    assert (devel.include_dir / "hpy.h").is_file()
    assert (devel.get_include_dir_forbid_python_h() / "Python.h").is_file()


def test_hpydevel_extra_sources_exist():
    sources = [Path(source) for source in HPyDevel().get_extra_sources()]
    names = ["argparse.c", "buildvalue.c", "err.c", "format.c", "helpers.c", "structseq.c"]
    assert [source.name for source in sources] == names
    assert all(source.is_file() for source in sources)


def test_hpydevel_static_libs():
    devel = HPyDevel()
    for abi, name in [
        ("universal", "hpy-extra-universal"),
        ("hybrid", "hpy-extra-universal"),
        ("cpython", "hpy-ctx-cpython"),
    ]:
        (library,) = devel.get_static_libs(abi)
        assert Path(library).is_file() and name in Path(library).name
    assert devel.get_static_libs("bogus") is None


def test_hpydevel_elsewhere(tmp_path):
    (tmp_path / "src" / "runtime").mkdir(parents=True)
    for name in ("ctx_b.c", "ctx_a.c", "other.c"):
        (tmp_path / "src" / "runtime" / name).touch()
    devel = HPyDevel(base_dir=tmp_path)
    assert devel.get_extra_include_dirs() == [str(tmp_path / "include")]
    assert [Path(source).name for source in devel.get_ctx_sources()] == ["ctx_a.c", "ctx_b.c"]
    assert devel.get_static_libs("universal") is None


# The distribution


@pytest.fixture
def make_dist(tmp_path, monkeypatch):
    """`make_dist(*arguments, **attributes)`: a distribution in an empty directory, command line parsed.

    Its ABI is the universal one unless something says otherwise.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HPY_ABI", "universal")
    monkeypatch.delenv("HPY_ABI_VERSION", raising=False)

    def make(*arguments, **attributes):
        attributes.setdefault("hpy_ext_modules", [Extension("spam", sources=["spam.c"])])
        dist = Distribution({"name": "demo", "script_args": list(arguments), **attributes})
        dist.script_name = "setup.py"
        dist.parse_config_files()
        if arguments:
            dist.parse_command_line()
        return dist

    return make


def finalized(dist, command="build_ext"):
    command = dist.get_command_obj(command)
    command.ensure_finalized()
    return command


def test_keyword_is_handled_once(make_dist):
    dist = make_dist()
    devel, command = dist.hpydevel, dist.cmdclass["build_ext"]
    hpy.devel.handle_hpy_ext_modules(dist, "hpy_ext_modules", dist.hpy_ext_modules)
    assert dist.hpydevel is devel and dist.cmdclass["build_ext"] is command


def test_keyword_must_be_ours(make_dist):
    with pytest.raises(AssertionError):
        hpy.devel.handle_hpy_ext_modules(make_dist(), "ext_modules", [])


@pytest.fixture
def no_abi_in_environment(make_dist, monkeypatch):
    monkeypatch.delenv("HPY_ABI")


@pytest.mark.usefixtures("no_abi_in_environment")
def test_default_abi_is_that_of_the_engine(make_dist):
    expected = "cpython" if sys.implementation.name == "cpython" else "universal"
    assert make_dist().hpy_abi == hpy.devel.DEFAULT_HPY_ABI == expected


@pytest.mark.parametrize(
    "option, environment, pyproject, expected",
    [
        ("a", "b", "c", "a"),
        (None, "b", "c", "b"),
        (None, "", "c", "c"),
        (None, None, "c", "c"),
        ("a", None, "c", "a"),
        (None, "b", None, "b"),
    ],
)
@pytest.mark.usefixtures("no_abi_in_environment")
def test_abi_precedence(make_dist, tmp_path, monkeypatch, option, environment, pyproject, expected):
    if environment is not None:
        monkeypatch.setenv("HPY_ABI", environment)
    if pyproject is not None:
        (tmp_path / "pyproject.toml").write_text(f'[tool.hpy]\nabi = "{pyproject}"\n')
    arguments = [f"--hpy-abi={option}", "build_ext"] if option else []
    assert make_dist(*arguments).hpy_abi == expected


@pytest.mark.parametrize(
    "option, environment, pyproject, expected",
    [("a", "b", "c", "a"), (None, "b", "c", "b"), (None, "", "c", "c"), (None, None, None, None)],
)
def test_abi_version_precedence(make_dist, tmp_path, monkeypatch, option, environment, pyproject, expected):
    if environment is not None:
        monkeypatch.setenv("HPY_ABI_VERSION", environment)
    if pyproject is not None:
        (tmp_path / "pyproject.toml").write_text(f'[tool.hpy]\nabi-version = "{pyproject}"\n')
    arguments = [f"--hpy-abi-version={option}", "build_ext"] if option else []
    assert make_dist(*arguments).hpy_abi_version == expected


@pytest.mark.parametrize("version, number", [("0.0", "0x00000000"), ("0.1", "0x00000001")])
def test_abi_version_is_a_macro(make_dist, version, number):
    ext = Extension("spam", ["spam.c"])
    finalized(make_dist(f"--hpy-abi-version={version}", "build_ext", hpy_ext_modules=[ext]))
    assert ("HPY_TARGET_ABI_VERSION", number) in ext.define_macros


def test_unknown_abi_version(make_dist):
    dist = make_dist("--hpy-abi-version=1", "build_ext")
    message = r"^Unknown version of the HPy ABI: 1\. Valid values are: 0\.0, 0\.1; newer versions need"
    with pytest.raises(BaseError, match=message):
        finalized(dist)


@pytest.mark.parametrize(
    "option, environment, pyproject, expected",
    [("a", "b", "c", "a"), (None, "b", "c", "b"), (None, "", "c", "c"), (None, None, None, "stub")],
)
def test_entry_point_precedence(make_dist, tmp_path, monkeypatch, option, environment, pyproject, expected):
    if environment is not None:
        monkeypatch.setenv("HPY_ENTRY_POINT", environment)
    if pyproject is not None:
        (tmp_path / "pyproject.toml").write_text(f'[tool.hpy]\nentry-point = "{pyproject}"\n')
    arguments = [f"--hpy-entry-point={option}", "build_ext"] if option else []
    assert make_dist(*arguments).hpy_entry_point == expected


@pytest.mark.parametrize(
    "abi, choice, expected",
    [
        ("universal", "stub", False),
        ("universal", "embedded", True),
        ("hybrid", "both", True),
        ("cpython", "embedded", False),
    ],
)
def test_entry_point_is_a_macro(make_dist, abi, choice, expected):
    ext = Extension("spam", ["spam.c"])
    options = [f"--hpy-abi={abi}", f"--hpy-entry-point={choice}"]
    finalized(make_dist(*options, "build_ext", hpy_ext_modules=[ext]))
    assert (("HPY_CPYTHON_ENTRY", None) in ext.define_macros) == expected


def test_unknown_entry_point(make_dist):
    dist = make_dist("--hpy-entry-point=x", "build_ext")
    message = r"^Unknown HPy entry point: x\. Valid values are: stub, embedded, both$"
    with pytest.raises(BaseError, match=message):
        finalized(dist)


@pytest.mark.parametrize(
    "own, expected",
    [
        (".cpython-311-x86_64-linux-gnu.so", ".abi3.so"),
        (".cpython-314t-x86_64-linux-gnu.so", ".so"),
        (".cpython-312-darwin.so", ".abi3.so"),
        (".cp313-win_amd64.pyd", ".pyd"),
        ("_d.cp313t-win_amd64.pyd", ".pyd"),
    ],
)
def test_suffix_that_every_cpython_imports(own, expected):
    assert abitag.get_entry_suffix(own) == expected


def test_static_libs_from_pyproject(make_dist, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.hpy]\nuse-static-libs = true\n")
    assert make_dist().hpy_use_static_libs is True


@pytest.mark.usefixtures("no_abi_in_environment")
def test_pyproject_of_others_says_nothing(make_dist, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nabi = 'x'\n")
    assert make_dist().hpy_abi == hpy.devel.DEFAULT_HPY_ABI


@pytest.mark.parametrize(
    "content, message",
    [
        ("[tool]\nhpy = 1", "tool.hpy must be a table, not 1"),
        ("[tool.hpy]\nabi = 1", "tool.hpy.abi must be of type str, not 1"),
        ("[tool.hpy]\nabi-version = 0.1", "tool.hpy.abi-version must be of type str, not 0.1"),
        ("[tool.hpy]\nuse-static-libs = 'x'", "tool.hpy.use-static-libs must be of type bool, not 'x'"),
        ("[tool.hpy]\nABI = 'x'", "unknown key tool.hpy.ABI. Valid keys are: abi, abi-version, entry-point"),
    ],
)
def test_bad_pyproject(make_dist, tmp_path, content, message):
    (tmp_path / "pyproject.toml").write_text(content)
    with pytest.raises(SetupError, match=re.escape(message)):
        make_dist()


def test_unknown_abi(make_dist):
    dist = make_dist("--hpy-abi=bogus", "build_ext")
    message = r"^Unknown HPy ABI: bogus\. Valid values are: cpython, hybrid, universal$"
    with pytest.raises(BaseError, match=message):
        finalized(dist)


def test_setuptools_is_not_patched(make_dist):
    """HPy 0.9 changed the class of the distribution and a function of bdist_egg for everybody."""

    def state():
        return (
            dict(vars(Distribution)),
            [*Distribution.global_options],
            setuptools.command.bdist_egg.write_stub,
        )

    before = state()
    assert make_dist().has_ext_modules()
    assert state() == before

    other = Distribution({"name": "other"})
    assert not other.has_ext_modules()
    assert not hasattr(other, "hpy_abi")
    assert other.get_command_class("build_ext") is build_ext


def test_has_ext_modules(make_dist):
    assert make_dist().has_ext_modules()
    assert make_dist(hpy_ext_modules=[], ext_modules=[Extension("eggs", ["eggs.c"])]).has_ext_modules()
    assert not make_dist(hpy_ext_modules=[]).has_ext_modules()


def test_compile_settings(make_dist):
    devel = HPyDevel()
    ext = Extension("spam", ["spam.c"], include_dirs=["mine"], define_macros=[("MINE", "1")])
    finalized(make_dist(hpy_ext_modules=[ext]))
    assert is_hpy_extension(ext.name)
    assert ext.hpy_abi == "universal"
    assert ext.include_dirs == [str(devel.get_include_dir_forbid_python_h()), "mine", str(devel.include_dir)]
    assert ext.define_macros == [("MINE", "1"), ("HPY", None), ("HPY_ABI_UNIVERSAL", None)]
    assert ext.sources == ["spam.c"]
    assert ext.extra_objects == []


def test_compile_settings_of_hybrid_extensions(make_dist):
    ext = Extension("spam", ["spam.c"])
    finalized(make_dist("--hpy-abi=hybrid", "build_ext", hpy_ext_modules=[ext]))
    assert ext.include_dirs == [str(HPyDevel().include_dir)]
    assert ext.define_macros == [("HPY", None), ("HPY_ABI_HYBRID", None)]
    assert ext.sources == ["spam.c"]
    if sys.platform == "linux":
        assert ext.extra_link_args == ["-Wl,--gc-sections"]


@pytest.mark.parametrize("options", [[], ["--hpy-use-static-libs"]], ids=["sources", "library"])
def test_compile_settings_of_cpython_extensions(make_dist, options):
    ext = Extension("spam", ["spam.c"])
    finalized(make_dist("--hpy-abi=cpython", *options, "build_ext", hpy_ext_modules=[ext]))
    assert ext.include_dirs == [str(HPyDevel().include_dir)]
    assert ext.define_macros == [("HPY", None), ("HPY_ABI_CPYTHON", None)]
    assert ext.sources == ["spam.c"]
    assert ext.extra_objects == HPyDevel().get_static_libs("cpython")
    if sys.platform == "linux":
        assert ext.extra_link_args == ["-Wl,--gc-sections", "-Wl,--exclude-libs,libhpy-ctx-cpython.a"]


@pytest.mark.parametrize("abi", ["universal", "hybrid"])
def test_compile_settings_with_static_libs(make_dist, abi):
    ext = Extension("spam", ["spam.c"])
    options = [f"--hpy-abi={abi}", "--hpy-use-static-libs", "build_ext"]
    finalized(make_dist(*options, hpy_ext_modules=[ext]))
    assert ext.sources == ["spam.c"]
    assert ext.extra_objects == HPyDevel().get_static_libs("universal")


def test_finalizing_again_changes_nothing(make_dist):
    ext = Extension("spam", ["spam.c"])
    dist = make_dist(hpy_ext_modules=[ext])
    finalized(dist)
    before = list(ext.sources), list(ext.include_dirs), list(ext.define_macros)
    finalized(dist).reinitialize_command("build_ext")
    finalized(dist)
    assert (ext.sources, ext.include_dirs, ext.define_macros) == before


def test_lists_shared_by_extensions_are_left_alone(make_dist):
    shared = {"include_dirs": ["mine"], "define_macros": [("MINE", "1")], "extra_objects": ["x.o"]}
    finalized(
        make_dist(hpy_ext_modules=[Extension(name, [f"{name}.c"], **shared) for name in ("spam", "eggs")])
    )
    assert shared == {"include_dirs": ["mine"], "define_macros": [("MINE", "1")], "extra_objects": ["x.o"]}


@pytest.mark.parametrize("abi", ["universal", "hybrid", "cpython"])
def test_lists_may_be_other_sequences(make_dist, abi):
    given = {name: ("x",) for name in LISTS} | {"sources": ("spam.c",), "define_macros": (("X", "1"),)}
    ext = Extension("spam", list(given.pop("sources")), **given)
    ext.sources = ("spam.c",)  # which Extension itself refuses in some versions
    command = finalized(make_dist(f"--hpy-abi={abi}", "build_ext", hpy_ext_modules=[ext]))
    assert {type(getattr(ext, name)) for name in LISTS} == {list}
    assert "x" in ext.include_dirs and ("X", "1") in ext.define_macros and "x" in ext.depends
    assert command.get_export_symbols(ext)[0] == "x"


def test_lists_may_be_missing(make_dist):
    ext = Extension("spam", ["spam.c"])
    ext.include_dirs = ext.depends = None
    finalized(make_dist("--hpy-abi=hybrid", "build_ext", hpy_ext_modules=[ext]))
    assert (ext.include_dirs, ext.depends) == ([str(HPyDevel().include_dir)], [])


def test_a_string_is_no_list(make_dist):
    ext = Extension("spam", ["spam.c"], extra_compile_args="-O2")
    with pytest.raises(SetupError) as error:
        finalized(make_dist(hpy_ext_modules=[ext]))
    message = "extension 'spam': extra_compile_args must be a list of strings, not '-O2'"
    assert str(error.value) == message


def test_limited_api_is_refused_in_the_cpython_abi(make_dist):
    def extensions():
        return [Extension("spam", ["spam.c"], py_limited_api=True)]

    with pytest.raises(SetupError, match="^extension 'spam': py_limited_api=True can't be used with"):
        finalized(make_dist("--hpy-abi=cpython", "build_ext", hpy_ext_modules=extensions()))
    command = finalized(make_dist(hpy_ext_modules=extensions()))
    assert command.get_ext_filename(HPyExtensionName("spam")) == "spam.hpy0.so"


def test_number_of_static_libs(make_dist, tmp_path):
    dist = make_dist("--hpy-use-static-libs", "build_ext")
    dist.hpydevel = HPyDevel(base_dir=tmp_path)
    with pytest.raises(BaseError) as error:
        finalized(dist)
    expected = 'Expected exactly one static library for ABI "universal" but got: None; reinstall hpy'
    assert str(error.value).startswith(expected)


def test_static_lib_for_another_python(make_dist, monkeypatch):
    monkeypatch.setattr("hpy.devel.version.EXT_SUFFIX", ".cpython-38-x.so")
    message = r"was built for another Python \(\.cpython-38-x\.so, not .+\): install hpy into"
    with pytest.raises(BaseError, match=message):
        finalized(make_dist("--hpy-abi=cpython", "build_ext"))
    # The helpers do not depend on it.
    finalized(make_dist("--hpy-abi=hybrid", "--hpy-use-static-libs", "build_ext"))


def test_build_ext_of_others_is_refused(make_dist):
    class Other(setuptools.Command):
        pass

    with pytest.raises(AssertionError, match=r"^dist\.cmdclass\['build_ext'\] does not inherit from "):
        make_dist(cmdclass={"build_ext": Other})


def test_own_build_ext_is_kept(make_dist):
    class Mine(build_ext):
        pass

    dist = make_dist(cmdclass={"build_ext": Mine})
    command = dist.cmdclass["build_ext"]
    assert command.__name__ == "Mine_hpy" and issubclass(command, Mine) and command._mixin_super is Mine


def test_options_of_reinitialized_commands_are_kept(make_dist):
    dist = make_dist("build_ext", "--define=MINE")
    finalized(dist)
    command = dist.reinitialize_command("build_ext")
    command.ensure_finalized()
    assert command.define == [("MINE", "1")]


def test_build_directories_tell_the_abi(make_dist):
    command = finalized(make_dist(), "build")
    for name in ("build_lib", "build_platlib", "build_temp"):
        assert getattr(command, name).endswith("-hpy-universal")


def test_build_directories_that_were_given_are_kept(make_dist):
    command = finalized(make_dist("build", "--build-lib=mine"), "build")
    assert command.build_lib == "mine"
    assert command.build_temp.endswith("-hpy-universal")


def test_file_names(make_dist):
    others = [Extension("pkg.eggs", ["eggs.c"])]
    dist = make_dist(hpy_ext_modules=[Extension("pkg.spam", ["spam.c"])], ext_modules=others)
    command = finalized(dist)
    names = [command.get_ext_filename(command.get_ext_fullname(ext.name)) for ext in command.extensions]
    assert names == [os.path.join("pkg", "eggs") + EXT_SUFFIX, os.path.join("pkg", "spam.hpy0.so")]


@pytest.mark.skipif(os.name == "nt", reason="suffixes are those of Linux")
@pytest.mark.parametrize("abi, suffix", [("universal", ".hpy0.pyd"), ("hybrid", ".hpy0-cp311.pyd")])
def test_file_names_of_cross_compilers(make_dist, monkeypatch, abi, suffix):
    monkeypatch.setenv("SETUPTOOLS_EXT_SUFFIX", ".cp311-win_arm64.pyd")
    command = finalized(make_dist(f"--hpy-abi={abi}", "build_ext"))
    assert command.get_ext_filename(HPyExtensionName("spam")) == "spam" + suffix


def test_unmarked_name_is_noticed(make_dist):
    command = finalized(make_dist())
    with pytest.raises(AssertionError, match="'spam' is not marked"):
        command.get_ext_filename("spam")


def test_marks_survive_mapping():
    name = HPyExtensionName("pkg.spam")
    assert [is_hpy_extension(part) for part in name.split(".")] == [True, True]
    assert is_hpy_extension(name.translate({}))
    assert not is_hpy_extension("pkg.spam")


def test_export_symbols(make_dist):
    dist = make_dist(ext_modules=[Extension("eggs", ["eggs.c"])])
    command = finalized(dist)
    symbols = [command.get_export_symbols(ext) for ext in command.extensions]
    assert symbols == [["PyInit_eggs"], ["HPyInit_spam"]]


def test_export_symbols_of_other_names(make_dist):
    command = finalized(make_dist(hpy_ext_modules=[Extension("éclair", ["e.c"])]))
    assert command.get_export_symbols(*command.extensions) == ["HPyInit_clair_9ra"]


def test_helpers_do_not_belong_to_the_project(make_dist):
    assert finalized(make_dist()).get_source_files() == ["spam.c"]


def test_outputs_include_the_stub(make_dist):
    command = finalized(make_dist(hpy_ext_modules=[Extension("pkg.spam", ["spam.c"])]))
    package = os.path.join(command.build_lib, "pkg")
    assert command.get_outputs() == [os.path.join(package, "spam.hpy0.so"), os.path.join(package, "spam.py")]


def test_output_mapping_of_inplace_builds(make_dist):
    dist = make_dist(
        "build_ext", "-i", hpy_ext_modules=[Extension("pkg.spam", ["spam.c"])], package_dir={"": "src"}
    )
    command = finalized(dist)
    mapping = command.get_output_mapping()
    assert sorted(mapping) == command.get_outputs()
    package = os.path.join("src", "pkg")
    files = [os.path.join(package, "spam.hpy0.so"), os.path.join(package, "spam.py")]
    assert sorted(mapping.values()) == files


@pytest.mark.parametrize(
    "others, tag", [({}, "py3-none"), ({"ext_modules": [Extension("eggs", ["eggs.c"])]}, None)]
)
def test_wheel_tag(make_dist, others, tag):
    """Universal wheels of HPy 0.9 were tagged for one interpreter."""
    dist = make_dist(**others)
    if "bdist_wheel" not in dist.cmdclass:
        pytest.skip("this setuptools needs the distribution 'wheel' to build wheels")
    command = finalized(dist, "bdist_wheel")
    python, abi, platform = command.get_tag()
    assert platform == PLATFORM
    own = "cp{0}{1}-cp{0}{1}".format(*sys.version_info) + getattr(sys, "abiflags", "")
    assert f"{python}-{abi}" == (tag or own)


def test_wheel_tag_of_hybrid_extensions(make_dist):
    python, abi, platform = finalized(make_dist("--hpy-abi=hybrid", "bdist_wheel"), "bdist_wheel").get_tag()
    assert (python, platform) == ("cp{}{}".format(*sys.version_info), PLATFORM)
    assert abi == python + getattr(sys, "abiflags", "")


def test_wheel_tag_with_a_minimal_python(make_dist):
    dist = make_dist("bdist_wheel", "--python-tag=py39")
    assert finalized(dist, "bdist_wheel").get_tag() == ("py39", "none", PLATFORM)


def test_wheel_tag_with_rust_extensions(make_dist):
    dist = make_dist()
    dist.rust_extensions = [object()]
    assert finalized(dist, "bdist_wheel").get_tag()[0] != "py3"
