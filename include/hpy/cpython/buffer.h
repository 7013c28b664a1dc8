/* buffer.h in the CPython ABI. */
#ifndef HPY_CPYTHON_BUFFER_H
#define HPY_CPYTHON_BUFFER_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyBuffer_Check, PyObject_CheckBuffer)
HPy_CALLS(HPyBuffer_SizeFromFormat, PyBuffer_SizeFromFormat)

#include "hpy/generated/cpython/buffer.h"

/* The two structs have the same layout, and a handle is the object. */
HPyAPI_FUNC Py_buffer *_HPy_native_view(HPy_buffer *view)
{
    return (Py_buffer *)(void *)view;
}

/* Releases a view while an exception is set, which the exporter must neither see nor lose. */
_HPy_COLD void _HPy_release_pending(HPy_buffer *view)
{
#if PY_VERSION_HEX >= 0x030c0000
    PyObject *exception = PyErr_GetRaisedException();
    PyBuffer_Release(_HPy_native_view(view));
    PyErr_SetRaisedException(exception);
#else
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyBuffer_Release(_HPy_native_view(view));
    PyErr_Restore(type, value, traceback);
#endif
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001

HPyAPI_FUNC int HPy_GetBuffer(HPyContext *ctx, HPy h, HPy_buffer *view, int flags)
{
    (void)ctx;
    _HPy_REQUIRE(view, HPy_GetBuffer);
    view->obj = HPy_NULL;
    _HPy_REQUIRE(h._i, HPy_GetBuffer);
    int status = PyObject_GetBuffer(_HPy_object(h), _HPy_native_view(view), flags);
    /* Not all exporters do this. */
    if (_HPy_UNLIKELY(status < 0))
        view->obj = HPy_NULL;
    return status;
}

HPyAPI_FUNC void HPyBuffer_Release(HPyContext *ctx, HPy_buffer *view)
{
    (void)ctx;
    if (view == NULL || HPy_IsNull(view->obj))
        return;
    if (_HPy_UNLIKELY(PyErr_Occurred() != NULL))
        _HPy_release_pending(view);
    else
        PyBuffer_Release(_HPy_native_view(view));
}

#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_BUFFER_H */
