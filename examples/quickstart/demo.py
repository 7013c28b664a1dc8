"""One line for the table of `cargo xtask demo`."""

import quickstart

print(quickstart.greet("Python"))
