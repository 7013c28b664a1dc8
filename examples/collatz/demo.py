"""One line for the table of `cargo xtask demo`."""

import sys

import collatz

CODE = f"""
import sys
sys.path[:] = {sys.path!r}
import collatz
for _ in range({{calls}}):
    collatz.longest(20_000)
assert collatz.history() == ({{calls}}, (17647, 278))
"""

collatz.longest(10)
if sys.implementation.name == "cpython":
    import interpreters

    interpreters.in_parallel([CODE.format(calls=calls) for calls in (2, 3)])
    gil = "own GILs" if interpreters.HAVE_THEIR_OWN_GIL else "one GIL"
    print(f"3 interpreters, {gil}: 1, 2, 3 calls")
else:
    print("1 interpreter: 1 call")
assert collatz.history() == (1, (9, 19))
