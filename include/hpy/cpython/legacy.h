/* legacy.h in the CPython ABI. */
#ifndef HPY_CPYTHON_LEGACY_H
#define HPY_CPYTHON_LEGACY_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy HPy_FromPyObject(HPyContext *ctx, cpy_PyObject *obj)
{
    (void)ctx;
    Py_XINCREF(obj);
    return _HPy_handle(obj);
}

HPyAPI_FUNC cpy_PyObject *HPy_AsPyObject(HPyContext *ctx, HPy h)
{
    (void)ctx;
    Py_XINCREF(_HPy_object(h));
    return _HPy_object(h);
}

#endif /* HPY_CPYTHON_LEGACY_H */
