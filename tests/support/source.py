"""The C text of test extensions: from a few functions to a complete translation unit.

Nothing here compiles or loads; see `toolchain` and `loading`.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

# Symbols of file-scope method definitions, in the order written.
METHOD_DEFINITION = re.compile(r"^HPyDef_METH(?:_IMPL)?\(\s*(\w+)", re.MULTILINE)


def c_text(test, name=None):
    """The C text beside a test, in the file `name`; by default in that with the name of the test.

    `test` is its `__file__`.
    """
    path = Path(test)
    return (path.with_name(name) if name else path.with_suffix(".c")).read_text(encoding="utf-8")


PARAMETERS = {
    "HPyFunc_NOARGS": "HPyContext *ctx, HPy self",
    "HPyFunc_O": "HPyContext *ctx, HPy self, HPy arg",
    "HPyFunc_VARARGS": "HPyContext *ctx, HPy self, const HPy *args, size_t nargs",
    "HPyFunc_KEYWORDS": "HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames",
}


def _method(name, signature, body):
    symbol = f"method_{name}"  # apart from C functions of that name
    return (
        f'HPyDef_METH({symbol}, "{name}", {signature})\n'
        f"static HPy {symbol}_impl({PARAMETERS[signature]})\n{{\n{body}\n}}\n\n"
    )


def noargs(name, body):
    """C text of a module function without arguments; `body` sees `ctx` and `self`."""
    return _method(name, "HPyFunc_NOARGS", body)


def unary(name, body):
    """C text of a module function of one argument, `arg`."""
    return _method(name, "HPyFunc_O", body)


def varargs(name, body):
    """C text of a module function that gets `args` and `nargs`."""
    return _method(name, "HPyFunc_VARARGS", body)


# How the value of a C expression becomes the result of the Python function. An error value without an
# exception, and an exception beside a good value, both become a SystemError by CPython's own check.
RESULTS = {
    "object": "return {expression};",
    # 0 or a positive number on success, -1 on failure.
    "status": "long long r = {expression}; if (r < 0) return HPy_NULL; return HPyLong_FromInt64_t(ctx, r);",
    # -1 may be a value.
    "signed": "long long r = {expression};"
    " if (r == -1 && HPyErr_Occurred(ctx)) return HPy_NULL; return HPyLong_FromInt64_t(ctx, r);",
    # -1 is a value, -2 an error.
    "index": "long long r = {expression}; if (r < -1) return HPy_NULL; return HPyLong_FromInt64_t(ctx, r);",
    "unsigned": "unsigned long long r = {expression};"
    " if (HPyErr_Occurred(ctx)) return HPy_NULL; return HPyLong_FromUInt64_t(ctx, r);",
    "pointer": "void *r = {expression};"
    " if (r == NULL && HPyErr_Occurred(ctx)) return HPy_NULL;"
    " return HPyLong_FromSsize_t(ctx, (HPy_ssize_t)r);",
    # NULL is an error, and nobody needs to know another one.
    "address": "void *r = {expression}; return r == NULL ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);",
    "int pointer": "int *r = {expression}; if (r == NULL) return HPy_NULL; return HPyLong_FromLong(ctx, *r);",
    "char": "HPy_UCS4 r = {expression};"
    " if (r == (HPy_UCS4)-1) return HPy_NULL; return HPyLong_FromUInt32_t(ctx, r);",
    "double": "double r = {expression};"
    " if (r == -1.0 && HPyErr_Occurred(ctx)) return HPy_NULL; return HPyFloat_FromDouble(ctx, r);",
    "string": "const char *r = {expression}; return r == NULL ? HPy_NULL : HPyBytes_FromString(ctx, r);",
    "void": "{expression}; return HPyErr_Occurred(ctx) ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);",
}


def function(name, arity, expression, result="object"):
    """C text of a module function of `arity` arguments that evaluates one C expression.

    The arguments are the handles `a`, `b`, `c`, `d`, `e`; the Python object `...` stands for HPy_NULL.
    `result` names an entry of `RESULTS`.
    """
    lines = [
        f"if (nargs != {arity}) {{",
        f'    HPyErr_SetString(ctx, ctx->h_TypeError, "{name}: expected {arity} arguments");',
        "    return HPy_NULL;",
        "}",
    ]
    lines += [
        f"HPy {letter} = HPy_Is(ctx, args[{i}], ctx->h_Ellipsis) ? HPy_NULL : args[{i}];"
        for i, letter in zip(range(arity), "abcde")
    ]
    lines.append(RESULTS[result].format(expression=expression))
    return varargs(name, "\n".join(f"    {line}" for line in lines))


@dataclass(frozen=True)
class Extension:
    """An extension to compile.

    source         C text at file scope, after `#include <hpy.h>`
    name           module name; only the part after the last dot is compiled in
    methods        symbols of the module's methods; None: every HPyDef_METH at the start of a line, or none
                   when there are types
    defines        further HPyDef symbols of the module, such as slots
    types          types to add to the module: "Point" (with a `HPyType_Spec Point_spec`), or tuples
                   (name, spec expression, params expression)
    exec_code      C statements of a module exec slot, after the types were added; sees `ctx` and `mod`
    globals        symbols of HPyGlobal variables
    size           C expression for the size of the module's state
    doc            the module's documentation
    raw            `source` is the whole file, nothing is added
    extra_sources  paths of further C files, or pairs (file name, text)
    macros         pairs (name, value) for the preprocessor
    flags          further options of the compiler
    """

    source: str
    name: str = "mod"
    methods: "tuple | None" = None
    defines: tuple = ()
    types: tuple = ()
    exec_code: str = ""
    globals: tuple = ()
    size: str = "0"
    doc: "str | None" = None
    raw: bool = False
    extra_sources: tuple = field(default=())
    macros: tuple = ()
    flags: tuple = ()

    @property
    def short_name(self):
        """The name that the exported symbols carry."""
        return self.name.rpartition(".")[2]

    def text(self):
        """The complete main translation unit."""
        if self.raw:
            return self.source
        return "\n".join(["#include <hpy.h>", self.source, *self._exec_slot(), *self._definition()])

    def extra_texts(self):
        """The further translation units, as pairs (file name, text)."""
        for extra in self.extra_sources:
            if isinstance(extra, tuple):
                yield extra
            else:
                yield Path(extra).name, Path(extra).read_text(encoding="utf-8")

    def _exec_slot(self):
        if not self.types and not self.exec_code:
            return
        yield "HPyDef_SLOT(test_module_exec, HPy_mod_exec)"
        yield "static int test_module_exec_impl(HPyContext *ctx, HPy mod)\n{"
        for entry in self.types:
            name, spec, params = entry if isinstance(entry, tuple) else (entry, f"&{entry}_spec", "NULL")
            yield f'    if (!HPyHelpers_AddType(ctx, mod, "{name}", {spec}, {params})) return -1;'
        yield self.exec_code
        yield "    return 0;\n}"

    def _definition(self):
        methods = self.methods
        if methods is None:
            methods = () if self.types else METHOD_DEFINITION.findall(self.source)
        symbols = [*methods, *self.defines]
        if self.types or self.exec_code:
            symbols.append("test_module_exec")
        if symbols:
            entries = "".join(f"&{symbol}, " for symbol in symbols)
            yield f"static HPyDef *test_module_defines[] = {{{entries}NULL}};"
        if self.globals:
            entries = "".join(f"&{symbol}, " for symbol in self.globals)
            yield f"static HPyGlobal *test_module_globals[] = {{{entries}NULL}};"
        yield "static HPyModuleDef test_module_def = {"
        if self.doc is not None:
            yield f"    .doc = {c_string(self.doc)},"
        if self.size != "0":
            yield f"    .size = {self.size},"
        if symbols:
            yield "    .defines = test_module_defines,"
        if self.globals:
            yield "    .globals = test_module_globals,"
        yield "};"
        yield f"HPy_MODINIT({self.short_name}, test_module_def)\n"


def c_string(text):
    """`text` as a C string literal."""
    return '"' + "".join(f"\\{byte:03o}" for byte in text.encode("utf-8")) + '"'
