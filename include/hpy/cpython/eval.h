/* eval.h in the CPython ABI. */
#ifndef HPY_CPYTHON_EVAL_H
#define HPY_CPYTHON_EVAL_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy HPy_Compile_s(HPyContext *ctx, const char *utf8_source, const char *utf8_filename,
                              HPy_SourceKind kind)
{
    (void)ctx;
    _HPy_REQUIRE(utf8_source, HPy_Compile_s);
    _HPy_REQUIRE(utf8_filename, HPy_Compile_s);
    switch (kind) {
    case HPy_SourceKind_Expr:
        return _HPy_handle(Py_CompileString(utf8_source, utf8_filename, Py_eval_input));
    case HPy_SourceKind_File:
        return _HPy_handle(Py_CompileString(utf8_source, utf8_filename, Py_file_input));
    case HPy_SourceKind_Single:
        return _HPy_handle(Py_CompileString(utf8_source, utf8_filename, Py_single_input));
    }
    _HPy_raise(PyExc_SystemError, "invalid source kind");
    return HPy_NULL;
}

/* CPython does not check the type of the code. Without locals it uses the globals. */
HPyAPI_FUNC HPy HPy_EvalCode(HPyContext *ctx, HPy code, HPy globals, HPy locals)
{
    (void)ctx;
    _HPy_REQUIRE(code._i, HPy_EvalCode);
    _HPy_REQUIRE(globals._i, HPy_EvalCode);
    if (_HPy_UNLIKELY(!PyCode_Check(_HPy_object(code)))) {
        _HPy_wrong_type("code", _HPy_object(code));
        return HPy_NULL;
    }
    return _HPy_handle(PyEval_EvalCode(_HPy_object(code), _HPy_object(globals), _HPy_object(locals)));
}

#endif /* HPY_CPYTHON_EVAL_H */
