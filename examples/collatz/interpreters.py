"""Interpreters beside the main one: each version of CPython has another module for them."""

import sys

if sys.version_info >= (3, 14):
    from concurrent import interpreters

    create = interpreters.create

    def run(interpreter, code):
        interpreter.exec(code)

    def close(interpreter):
        interpreter.close()

else:
    if sys.version_info >= (3, 13):
        import _interpreters

        create = _interpreters.create
        close = _interpreters.destroy

        def run(interpreter, code):
            error = _interpreters.exec(interpreter, code)
            if error is not None:
                raise RuntimeError(error.formatted)

    else:
        import _xxsubinterpreters

        def create():
            return _xxsubinterpreters.create(isolated=True)

        close = _xxsubinterpreters.destroy
        run = _xxsubinterpreters.run_string

# Before, all interpreters share one.
HAVE_THEIR_OWN_GIL = sys.version_info >= (3, 12)


def in_parallel(codes):
    """Runs each piece of code in an interpreter and a thread of its own, all at once."""
    import threading

    created = [create() for _ in codes]
    errors = []

    def target(interpreter, code):
        try:
            run(interpreter, code)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=target, args=pair) for pair in zip(created, codes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for interpreter in created:
        close(interpreter)
    if errors:
        raise errors[0]
