/* contextvar.h in the CPython ABI. */
#ifndef HPY_CPYTHON_CONTEXTVAR_H
#define HPY_CPYTHON_CONTEXTVAR_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyContextVar_New, PyContextVar_New)
HPy_CALLS(HPyContextVar_Set, PyContextVar_Set)

#include "hpy/generated/cpython/contextvar.h"

HPyAPI_FUNC int32_t HPyContextVar_Get(HPyContext *ctx, HPy context_var, HPy default_value, HPy *result)
{
    PyObject *value = NULL;
    (void)ctx;
    _HPy_REQUIRE(result, HPyContextVar_Get);
    /* Even on failure, the caller may close the result. */
    *result = HPy_NULL;
    _HPy_REQUIRE(context_var._i, HPyContextVar_Get);
    if (PyContextVar_Get(_HPy_object(context_var), _HPy_object(default_value), &value) < 0)
        return -1;
    *result = _HPy_handle(value);
    return 0;
}

#endif /* HPY_CPYTHON_CONTEXTVAR_H */
