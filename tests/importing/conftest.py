"""Extensions where Python finds them, in each of the ways that there are."""

import shutil

import pytest
from support import loading
from support.placing import ENTRY, PKG_RESOURCES, STUB_OF_0_9, entry_suffix


@pytest.fixture
def place(tmp_path, compile_module, abi):
    """`place(source, name, way, suffix, folder, **options)`: puts an extension where Python finds it.

    The folder is that of the test by default. Returns the path of the binary.

    In the CPython ABI there is only one way.
    """

    def place_extension(source, name="mod", way="stub", suffix=None, folder=tmp_path, **options):
        macros = [*options.pop("macros", ()), *([ENTRY] if way == "entry" and abi != "cpython" else [])]
        binary = compile_module(source, name=name, macros=macros, **options)
        short = binary.name.partition(".")[0]
        if suffix is None:
            suffix = entry_suffix(abi) if way == "entry" else binary.name[len(short) :]
        folder = folder.joinpath(*name.split(".")[:-1])
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / (short + suffix)
        shutil.copy(binary, target)
        if way.startswith("stub") and abi != "cpython":
            from hpy.devel.commands import STUB  # HPy 0.9 has no such module

            if "0.9" in way:
                (tmp_path / "pkg_resources.py").write_text(PKG_RESOURCES)
            text = (STUB_OF_0_9 if "0.9" in way else STUB).format(file_name=target.name, short_name=short)
            (folder / f"{short}.py").write_text(text, encoding="utf-8")
        return target

    return place_extension


@pytest.fixture
def lines_of(run_in_subprocess):
    """`lines_of(code, **options)`: what Python code prints, in the mode of this run."""

    def run(code, environment=(), **options):
        environment = {"HPY": loading.mode, **dict(environment)}
        result = run_in_subprocess(code, environment=environment, **options)
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()

    return run
