"""One line for the table of `cargo xtask demo`."""

import threading

import worker

calls = []
for _ in range(4):
    worker.start(lambda number: calls.append((threading.get_ident(), number)), 250)
worker.wait()
threads = {thread for thread, _ in calls}
assert len(calls) == 1000 and threading.get_ident() not in threads
print(f"{len(calls)} calls from 4 threads of C")
