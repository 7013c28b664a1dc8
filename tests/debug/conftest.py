"""What the tests of debug mode share, beside `support.debugging`."""

import pytest
from support import debugging


@pytest.fixture
def provoke(request, compile_module):
    """`provoke(function, arguments)`: the report of a process that `mod.function(arguments)` ends.

    The extension is the `SOURCE` of the test's module. The call is in line 6 of the function `caller`.
    """
    path = compile_module(request.module.SOURCE)

    def run(function, arguments="", environment=None):
        code = f"def caller(): mod.{function}({arguments})\ncaller()"
        ended = debugging.run(path, code, environment=environment)
        assert ended.aborted, ended.stderr
        return ended.report

    return run
