"""Fuzzing in a real interpreter: `cargo xtask fuzz`, or here `python -m fuzz TARGET --inputs N --seed S`.

An input is a list of pieces, plain data, made from a seed and a number by a target's `make`. `run` gives
them to the extension in `calls.c` and `definitions.c`, and uses what comes out. It returns whether the
input was accepted, and raises for what must not be; an input must be refused with an exception or work,
never crash, never leak.

    engine        inputs one after the other, in this process: the look at leaks, the place of a crash
    supervisor    that in processes of its own, batch by batch; shrinks what was found
    formats       targets: argparse, buildvalue, format
    definitions   definitions of types and modules in C structs
    type_specs    target: types
    module_defs   target: modules

The number of an input and the seed are all that it takes to repeat it.
"""
