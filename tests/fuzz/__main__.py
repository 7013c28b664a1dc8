"""`python -m fuzz`: inputs for one target or for all; see the package."""

import argparse
import faulthandler
import os
import sys
import time

try:
    import resource
except ImportError:  # Windows
    resource = None

from fuzz import engine, supervisor
from fuzz.formats import ArgParse, BuildValue, Format
from fuzz.module_defs import Modules
from fuzz.type_specs import Types

TARGETS = {target.name: target for target in (ArgParse, BuildValue, Format, Types, Modules)}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="target", help=f"{', '.join(TARGETS)}; default: all")
    parser.add_argument("--inputs", type=int, default=10_000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of all inputs (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first (default: %(default)s)")
    parser.add_argument("--input", type=int, help="run the input with this number alone, and show it")
    parser.add_argument("--abi", default="universal", choices=["universal", "hybrid", "cpython"])
    parser.add_argument("--mode", default="universal", choices=list(engine.MODES))
    # Between the processes of this program.
    for name in ("--worker", "--keep"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--count-pieces", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for name in arguments.targets:
        if name not in TARGETS:
            parser.error(f"{name} is no target; there are {', '.join(TARGETS)}")
    return arguments


#: The most that a process may use: an object of gigabytes, which a definition may ask for, is a MemoryError.
ADDRESS_SPACE = 2 << 30


def limit_memory():
    # AddressSanitizer reserves all addresses beforehand.
    if resource is not None and "ASAN_OPTIONS" not in os.environ:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


def worker(arguments):
    """What runs apart: inputs of one target."""
    limit_memory()
    [name] = arguments.targets
    path = engine.extension(arguments.abi)
    module = engine.load("fuzzing", path, arguments.mode)
    target = TARGETS[name](module, path, arguments.mode)
    run = engine.Engine(target, arguments.seed, arguments.mode, arguments.worker)
    if arguments.input is None:
        print(supervisor.RESULT, run.run(arguments.first, arguments.inputs))
        return
    keep = (
        [int(number) for number in arguments.keep.split(",") if number]
        if arguments.keep is not None
        else None
    )
    pieces = run.pieces(arguments.input, keep)
    if arguments.count_pieces:
        print(supervisor.RESULT, len(pieces))
        return
    for piece in pieces:
        print("   ", piece)
    sys.stdout.flush()
    faulthandler.dump_traceback_later(supervisor.PATIENCE / 3, exit=True)
    run.place.set(arguments.input, 0)
    accepted = run.run_one(arguments.input, keep)
    if target.looks_at_leaks:
        run.check_leak(arguments.input, keep)
    print("accepted" if accepted else "refused")


def main():
    arguments = parse_arguments()
    if arguments.worker:
        return worker(arguments)
    engine.extension(arguments.abi)  # only once, and errors of the compiler are no findings
    failed = False
    for name in arguments.targets or TARGETS:
        options = supervisor.Options(name, arguments.seed, arguments.abi, arguments.mode)
        if arguments.input is not None:
            text, found = supervisor.work(options, ["--input", str(arguments.input)])
            print(text)
        else:
            start = time.monotonic()
            accepted, found = supervisor.run(options, arguments.first, arguments.inputs, TARGETS[name].batch)
            done = found.index - arguments.first if found else arguments.inputs
            print(
                f"{name}: {done} inputs, {accepted} accepted, {done - accepted} refused, "
                f"{time.monotonic() - start:.1f} s, seed {arguments.seed}",
                flush=True,
            )
        if found:
            failed = True
            report(options, found)
    return 1 if failed else 0


def report(options, found):
    print(f"{options.target}: input {found.index} fails:\n{found.text}", flush=True)
    _, smaller = supervisor.shrink(options, found.index)
    if smaller:
        print(f"\n{options.target}: of that, this is enough:\n{smaller.text}")
    print(f"\nto repeat it: {supervisor.replay_command(options, found.index)}")
    print(supervisor.environment_note(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
