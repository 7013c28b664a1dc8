"""Virtual environments with nothing but HPy in them."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path


class Environment:
    """A new virtual environment. Its HPy, if it has one, is that of another one, by default this one.

    `python` is the executable of the other environment.
    """

    def __init__(self, folder, python=sys.executable, with_hpy=True):
        command = [python, "-m", "venv", "--without-pip", "--symlinks", folder]
        subprocess.run(command, check=True)
        self.python = folder / "bin" / "python"
        (self.packages,) = folder.glob("lib/py*/site-packages")
        # Read before a file that runs HPy.
        self._link = self.packages / "a-link-to-hpy.pth"
        if with_hpy:
            code = "import hpy; print(hpy.__file__)"
            path = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout
            self._link.write_text(str(Path(path.strip()).parents[1]))

    def remove_hpy(self):
        self._link.unlink()

    def install(self, wheel):
        """Unpack a wheel: those of these tests need no more."""
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.packages)

    def __call__(self, *arguments, cwd=None, **environment):
        """Run Python. Returns exit code, output and messages."""
        names = ("PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "HPY")
        variables = {name: value for name, value in os.environ.items() if name not in names}
        done = subprocess.run(
            [self.python, *arguments],
            cwd=cwd or self.packages,
            env={**variables, **environment},
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout, done.stderr
