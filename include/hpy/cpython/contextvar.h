/* contextvar.h in the CPython ABI. */
#ifndef HPY_CPYTHON_CONTEXTVAR_H
#define HPY_CPYTHON_CONTEXTVAR_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy HPyContextVar_New(HPyContext *ctx, const char *name, HPy default_value)
{
    (void)ctx;
    _HPy_REQUIRE(name, "ctx_ContextVar_New", HPy_NULL);
    return _HPy_handle(PyContextVar_New(name, _HPy_object(default_value)));
}

HPyAPI_FUNC int32_t HPyContextVar_Get(HPyContext *ctx, HPy context_var, HPy default_value, HPy *result)
{
    PyObject *value = NULL;
    (void)ctx;
    _HPy_REQUIRE(result, "ctx_ContextVar_Get", -1);
    /* On failure, too, the caller finds a value that it may close. */
    *result = HPy_NULL;
    _HPy_REQUIRE(context_var._i, "ctx_ContextVar_Get", -1);
    if (PyContextVar_Get(_HPy_object(context_var), _HPy_object(default_value), &value) < 0)
        return -1;
    *result = _HPy_handle(value);
    return 0;
}

HPyAPI_FUNC HPy HPyContextVar_Set(HPyContext *ctx, HPy context_var, HPy value)
{
    (void)ctx;
    _HPy_REQUIRE(context_var._i, "ctx_ContextVar_Set", HPy_NULL);
    _HPy_REQUIRE(value._i, "ctx_ContextVar_Set", HPy_NULL);
    return _HPy_handle(PyContextVar_Set(_HPy_object(context_var), _HPy_object(value)));
}

#endif /* HPY_CPYTHON_CONTEXTVAR_H */
