"""Proof that sanitizers are on: mistakes made on purpose, each of which has to be reported.

`python -m support.sanitizers` in an environment that `cargo xtask sanitize` has set up.
"""

import subprocess
import sys
from pathlib import Path

from support import function
from support.source import Extension
from support.toolchain import Toolchain, headers_of_repository

SOURCE = (
    r"""
#include <stdlib.h>
#include <string.h>

static long read_behind(void)
{
    volatile char *volatile bytes = (volatile char *)calloc(1, 8);
    long result = bytes[8];
    free((void *)bytes);
    return result;
}

/* The format ends where memory does. */
static HPy format_without_end(HPyContext *ctx)
{
    char *format = (char *)malloc(4);
    memcpy(format, "iiii", 4);
    HPy result = HPy_BuildValue(ctx, format, 1, 2, 3, 4);
    free(format);
    return result;
}

static HPy freed_spec(HPyContext *ctx)
{
    HPyType_Spec *volatile spec = (HPyType_Spec *)calloc(1, sizeof(HPyType_Spec));
    HPyType_Spec *freed = spec;
    free(spec);
    return HPyType_FromSpec(ctx, freed, NULL);
}

static long overflow(long a)
{
    volatile int number = 0x7fffffff;
    number = number + (int)a;
    return number;
}
"""
    + function("in_the_extension", 0, "read_behind()", "signed")
    + function("in_a_helper", 0, "format_without_end(ctx)")
    + function("in_the_runtime", 0, "freed_spec(ctx)")
    + function("undefined", 1, "overflow(HPyLong_AsLong(ctx, a))", "signed")
)

#: Function of the extension, and what has to be in the report.
MISTAKES = {
    "in_the_extension()": ["heap-buffer-overflow", "read_behind"],
    "in_a_helper()": ["heap-buffer-overflow", "buildvalue.c"],
    "in_the_runtime()": ["heap-use-after-free", "hpy_cpython"],
    "undefined(1)": ["runtime error: signed integer overflow"],
}


def report_of(path, call):
    code = f"from support.loading import load_extension; load_extension('mod', {str(path)!r}).{call}"
    folder = Path(__file__).parents[1]
    result = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def main():
    path = Toolchain(*headers_of_repository()).compile(Extension(SOURCE))
    failed = 0
    for call, parts in MISTAKES.items():
        status, report = report_of(path, call)
        missing = [part for part in parts if part not in report]
        if status == 0 or missing:
            failed += 1
            print(f"{call}: not reported; status {status}, no {missing} in:\n{report}")
        else:
            print(f"{call}: reported")
    return failed


if __name__ == "__main__":
    sys.exit(main())
