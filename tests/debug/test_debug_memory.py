"""Debug mode: accesses to memory that an extension may not access, and how its process goes on.

What is read of closed handles, and written to, is in `test_debug_handles.py`.
"""

import re
import signal

import pytest
from support import debugging
from support.source import noargs, unary

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0("runtime")]

# A pointer to the data of a text.
TEXT = (
    'HPy h = HPyUnicode_FromString(ctx, "a text");\nconst char *s = HPyUnicode_AsUTF8AndSize(ctx, h, NULL);\n'
)

READING = (
    "#include <pthread.h>\n#include <string.h>\n"
    + unary(
        "read_far",
        "HPy_ssize_t size;\nconst char *s = HPyUnicode_AsUTF8AndSize(ctx, arg, &size);\n"
        "return s ? HPyBytes_FromStringAndSize(ctx, s, 100000) : HPy_NULL;",
    )
    + unary(
        "read_next",
        "volatile char sum = 0;\nconst char *s = HPyUnicode_AsUTF8AndSize(ctx, arg, NULL);\n"
        "for (int i = 0; i < 64; i++)\n    sum ^= s[i];\nreturn HPyLong_FromLong(ctx, sum == 1);",
    )
    + unary(
        "read_far_after_close",
        TEXT + "HPy_Close(ctx, h);\nreturn HPyLong_FromLong(ctx, s[HPyLong_AsLong(ctx, arg)]);",
    )
    + noargs(
        "copy_closed",
        "char copy[16];\n"
        + TEXT
        + "HPy_Close(ctx, h);\nmemcpy(copy, s, 7);\nreturn HPyUnicode_FromString(ctx, copy);",
    )
    + "static const char *shared;\n"
    "static void *read_shared(void *arg) { *(char *)arg = shared[2]; return NULL; }\n"
    + noargs(
        "read_on_thread",
        "pthread_t thread;\nchar read = 0;\n"
        'HPy h = HPyUnicode_FromString(ctx, "a text");\nshared = HPyUnicode_AsUTF8AndSize(ctx, h, NULL);\n'
        "HPy_Close(ctx, h);\n"
        "if (pthread_create(&thread, NULL, read_shared, &read) == 0)\n    pthread_join(thread, NULL);\n"
        "return HPyLong_FromLong(ctx, read);",
    )
)

# The data is read in the middle of a calculation whose parts are in registers and below the stack.
REGISTERS = (
    """
static double calculate(const volatile char *s, double x, long n)
{
    double a = x + 1, b = x * 2, c = x / 3, d = x - 4, e = x * x, f = 1 / x, g = x + 0.5, h = x * 0.25;
    long i = n + 1, j = n * 3, k = n ^ 21, l = n - 8, m = n << 2, o = n | 64, p = n & 255, q = ~n;
    char array[100];
    for (int at = 0; at < 100; at++)
        array[at] = (char)(at * n);
    double read = s[0];
    double sum = a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + read;
    for (int at = 0; at < 100; at++)
        sum += array[at];
    return sum + (double)(i + j * 2 + k * 3 + l * 4 + m * 5 + o * 6 + p * 7 + q * 8);
}

/* Flags, too, and all of the widest registers: the sum is 64 times the byte if nothing is lost. */
static long add_up(const char *s)
{
    long sum = 0;
#if defined __x86_64__ && defined __GNUC__
    double in[4] = {1, 2, 3, 4}, out[4] = {0};
    if (__builtin_cpu_supports("avx"))
        __asm__ volatile(
            "vmovupd %1, %%ymm15\\n\\tstc\\n\\tmovzbl (%2), %%eax\\n\\tadcq $0, %%rax\\n\\t"
            "movq %%rax, %3\\n\\tvmovupd %%ymm15, %0"
            : "=m"(out) : "m"(in), "r"(s), "m"(sum) : "rax", "xmm15", "cc", "memory");
    for (int i = 0; i < 4; i++)
        if (out[i] != in[i] && __builtin_cpu_supports("avx"))
            return -1;
    if (__builtin_cpu_supports("avx"))
        return sum - 1;
#endif
    return sum + s[0];
}
"""
    + unary(
        "calculate",
        TEXT + 'double x = HPyFloat_AsDouble(ctx, arg), right = calculate("a text", x, 77);\n'
        "HPy_Close(ctx, h);\nreturn HPyBool_FromBool(ctx, calculate(s, x, 77) == right);",
    )
    + noargs(
        "add_up",
        TEXT + "HPy_Close(ctx, h);\nreturn HPyLong_FromLong(ctx, add_up(s));",
    )
)

NULL_POINTERS = noargs(
    "adjust_null",
    "HPy_ssize_t stop = 3;\nHPy_ssize_t *start = NULL;\n"
    "return HPyLong_FromSsize_t(ctx, HPySlice_AdjustIndices(ctx, 5, start, &stop, 1));",
) + unary(
    "read_null",
    "const char *s = HPyUnicode_AsUTF8AndSize(ctx, arg, NULL);\nHPyErr_Clear(ctx);\n"
    "return HPyLong_FromLong(ctx, s[7]);",
)

WARN = {"HPY_DEBUG": "warn"}


@pytest.fixture
def run(compile_module):
    """`run(code)`: the `Run` of Python code in which `mod` is in debug mode."""
    path = compile_module(READING + REGISTERS + NULL_POINTERS)
    return lambda code, **environment: debugging.run(path, code, environment=environment)


def test_read_far_beyond_the_end(run):
    """The C library reads from both ends."""
    ended = run("mod.read_far('a text')")
    assert ended.aborted
    assert ended.report.rule == "raw-data"
    beyond = r"byte (\d+), (\d+) beyond the end of the 7 bytes from HPyUnicode_AsUTF8AndSize"
    byte, behind = re.fullmatch(beyond, ended.report.access).groups()
    assert int(byte) == int(behind) + 6
    assert ended.report.data == '"a text"'
    assert re.fullmatch(
        r"HPyBytes_FromStringAndSize in method_read_far_impl \(mod\.c:\d+\)", ended.report.misused
    )


def test_read_a_little_beyond_the_end(run):
    report = run("mod.read_next('a text')").report
    assert report.rule == "raw-data"
    # Up to the next address that fits all types.
    assert report.access == "byte 16, 10 beyond the end of the 7 bytes from HPyUnicode_AsUTF8AndSize"
    assert re.fullmatch(r"method_read_next_impl \(mod\.c:\d+\)", report.misused)


@pytest.mark.parametrize("length", [15, 16, 4095, 4096, 100_000])
def test_the_whole_text_may_be_read(run, length):
    """Whatever its place in the pages."""
    code = f"text = 'x' * {length}\nread = mod.read_far(text + 'y' * 100_000)\n"
    ended = run(f"{code}assert read[:{length}] == text.encode()")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_read_beyond_the_end_after_close(run):
    report = run("mod.read_far_after_close(5000)").report
    assert report.rule == "raw-data"
    beyond = "byte 5000, 4994 beyond the end of the 7 bytes from HPyUnicode_AsUTF8AndSize"
    assert report.access == f"{beyond}, after the handle was closed"


@pytest.mark.unsanitized(debugging.DETOUR)
def test_reading_goes_on_where_it_was(run):
    ended = run("print(mod.copy_closed(), mod.read_far('a text')[:7], mod.read_far_after_close(0))", **WARN)
    assert [report.rule for report in ended.reports] == ["raw-data"] * 3
    assert ended.stdout == "a text b'a text\\x00' 97\n"


@pytest.mark.unsanitized(debugging.DETOUR)
def test_a_thread_that_python_does_not_know(run):
    ended = run("print(mod.read_on_thread() == ord('t'))", **WARN)
    assert ended.report.rule == "raw-data"
    assert ended.report.misused.startswith("read_shared (mod.c:")
    assert ended.report.Python == ""
    assert ended.stdout == "True\n"


@pytest.mark.unsanitized(debugging.DETOUR)
def test_a_report_leaves_no_trace_in_a_calculation(run):
    ended = run("print([mod.calculate(i + 0.5) for i in range(20)], mod.add_up() == ord('a'))", **WARN)
    assert {report.rule for report in ended.reports} == {"raw-data"}
    assert ended.stdout == f"{[True] * 20} True\n", ended.stderr


@pytest.mark.unsanitized(debugging.DETOUR)
def test_many_at_the_same_time(run):
    code = (
        "import threading\nright = []\n"
        "def work():\n"
        "    right.extend(mod.calculate(0.5) and mod.read_on_thread() == ord('t') for i in range(50))\n"
        "threads = [threading.Thread(target=work) for i in range(8)]\n"
        "for thread in threads: thread.start()\nfor thread in threads: thread.join()\n"
        "print(right == [True] * 400)"
    )
    ended = run(code, **WARN)
    assert (ended.returncode, ended.stdout) == (0, "True\n"), ended.stderr


@pytest.mark.unsanitized(debugging.DETOUR)
def test_a_repr_that_makes_the_same_mistake(run):
    code = (
        "class Text(str):\n    def __repr__(self):\n        return mod.copy_closed()\n"
        "print(mod.read_next(Text('long')))"
    )
    ended = run(code, **WARN)
    assert [report.rule for report in ended.reports] == ["raw-data"] * 2
    assert ended.reports[1].object == "Text a text"
    assert ended.returncode == 0


@pytest.mark.unsanitized("AddressSanitizer has a handler of its own for the signal")
@pytest.mark.parametrize("when", ["before", "after"])
def test_together_with_faulthandler(run, when):
    """Which takes the signals, too, whoever is first."""
    enable = "import faulthandler\nfaulthandler.enable()\n"
    read = "mod.copy_closed()\n"
    code = (
        f"{enable}{read}mod.adjust_null()" if when == "before" else f"{read}{enable}{read}mod.adjust_null()"
    )
    ended = run(code, **WARN)
    assert ended.returncode == -signal.SIGSEGV
    assert ended.reports[0].rule == "raw-data"
    assert "Fatal Python error: Segmentation fault" in ended.stderr


@pytest.mark.unsanitized("UndefinedBehaviorSanitizer reports it first")
def test_null_in_a_function_of_the_headers(run):
    """It ends the process as without debug mode, also where mistakes are only warnings."""
    for environment in [{}, WARN]:
        ended = run("def caller(): mod.adjust_null()\ncaller()", **environment)
        assert ended.returncode == -signal.SIGSEGV
        report = ended.report
        assert report.rule == "null-pointer"
        assert report.access == "to address 0x0"
        assert re.fullmatch(
            r"HPySlice_AdjustIndices in method_adjust_null_impl \(mod\.c:\d+\)", report.misused
        )
        assert report.Python == 'File "<test>", line 6, in caller'


def test_null_that_a_function_returned(run):
    report = run("mod.read_null(1)").report
    assert (report.rule, report.access) == ("null-pointer", "to address 0x7")
    assert re.fullmatch(r"method_read_null_impl \(mod\.c:\d+\)", report.misused)


@pytest.mark.unsanitized("AddressSanitizer has a handler of its own for the signal")
def test_null_outside_of_extensions_is_none_of_ours(run):
    ended = run("mod.copy_closed()\nimport ctypes\nctypes.string_at(8)", **WARN)
    assert ended.returncode == -signal.SIGSEGV
    assert [report.rule for report in ended.reports] == ["raw-data"]
