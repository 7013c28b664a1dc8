/* global.h in the CPython ABI. */
#ifndef HPY_CPYTHON_GLOBAL_H
#define HPY_CPYTHON_GLOBAL_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyGlobal_Store, _HPyC_Global_Store)

#include "hpy/generated/cpython/global.h"

HPyAPI_IMPL HPy _HPyC_Global_Load(HPyContext *ctx, HPyGlobal global);
HPyAPI_IMPL int _HPyC_Global_TypeCheck(HPyContext *ctx, HPy obj, HPyGlobal type);

/* What the only interpreter has stored. Without values if there are several, or there is no GIL. */
typedef struct {
    PyObject *const *values;
    size_t count;
} _HPyC_GlobalValues;
HPyAPI_DATA _HPyC_GlobalValues _HPyC_global_values;

/* The object in a global, borrowed; NULL if the function in the library has to be asked. */
HPyAPI_FUNC PyObject *_HPy_global_value(HPyGlobal global)
{
#ifdef Py_GIL_DISABLED
    (void)global;
    return NULL;
#else
    return (size_t)global._i < _HPyC_global_values.count ? _HPyC_global_values.values[global._i] : NULL;
#endif
}

HPyAPI_FUNC HPy HPyGlobal_Load(HPyContext *ctx, HPyGlobal global)
{
    PyObject *value = _HPy_global_value(global);
    if (_HPy_UNLIKELY(value == NULL))
        return _HPyC_Global_Load(ctx, global);
    Py_INCREF(value);
    return _HPy_handle(value);
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC int HPyGlobal_TypeCheck(HPyContext *ctx, HPy obj, HPyGlobal type)
{
    PyObject *value = _HPy_global_value(type);
    if (_HPy_UNLIKELY(value == NULL))
        return _HPyC_Global_TypeCheck(ctx, obj, type);
    return !HPy_IsNull(obj) && PyObject_TypeCheck(_HPy_object(obj), (PyTypeObject *)value);
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_GLOBAL_H */
