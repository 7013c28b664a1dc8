"""Interpreters beside the main one, by the private modules that CPython has had for them."""

import sys

import pytest


class Interpreters:
    """The same few operations over all of these modules."""

    def __init__(self):
        if sys.version_info >= (3, 13):
            self.module = pytest.importorskip(
                "_interpreters", reason="this Python has no module for interpreters"
            )
        else:
            self.module = pytest.importorskip(
                "_xxsubinterpreters", reason="this Python has no module for interpreters"
            )

    def create(self, *, threads=False):
        """A new interpreter, which from 3.12 on has a GIL of its own; `threads`: that can start threads."""
        if sys.version_info >= (3, 13):
            return self.module.create("isolated")
        return self.module.create(isolated=sys.version_info >= (3, 12) or not threads)

    def run(self, interpreter, code):
        if sys.version_info >= (3, 13):
            error = self.module.exec(interpreter, code)
            assert error is None, error
        else:
            self.module.run_string(interpreter, code)

    def destroy(self, interpreter):
        self.module.destroy(interpreter)
