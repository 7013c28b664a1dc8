/* exception.h in the CPython ABI. */
#ifndef HPY_CPYTHON_EXCEPTION_H
#define HPY_CPYTHON_EXCEPTION_H

#include "hpy/cpython/base.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/* Not declared by all headers of CPython, but exported by all versions. */
#  ifdef __cplusplus
extern "C" {
#  endif
PyAPI_FUNC(void) _PyTraceback_Add(const char *function, const char *filename, int line);
#  ifdef __cplusplus
}
#  endif

_HPy_COLD void _HPy_not_an_exception(PyObject *found)
{
    PyErr_Format(PyExc_TypeError, "expected an exception, %.200s found", Py_TYPE(found)->tp_name);
}

HPyAPI_FUNC HPy HPyErr_GetRaisedException(HPyContext *ctx)
{
    (void)ctx;
#  if PY_VERSION_HEX >= 0x030c0000
    return _HPy_handle(PyErr_GetRaisedException());
#  else
    PyObject *type, *exc, *traceback;
    PyErr_Fetch(&type, &exc, &traceback);
    if (type == NULL)
        return HPy_NULL;
    PyErr_NormalizeException(&type, &exc, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(exc, traceback);
    Py_XDECREF(traceback);
    Py_DECREF(type);
    return _HPy_handle(exc);
#  endif
}

HPyAPI_FUNC HPy HPyErr_SetRaisedException(HPyContext *ctx, HPy h)
{
    PyObject *exc = _HPy_object(h);
    (void)ctx;
    if (exc == NULL) {
        PyErr_Clear();
        return HPy_NULL;
    }
    if (_HPy_UNLIKELY(!PyExceptionInstance_Check(exc))) {
        _HPy_not_an_exception(exc);
        return HPy_NULL;
    }
    Py_INCREF(exc);
#  if PY_VERSION_HEX >= 0x030c0000
    PyErr_SetRaisedException(exc);
#  else
    PyObject *type = (PyObject *)Py_TYPE(exc);
    Py_INCREF(type);
    PyErr_Restore(type, exc, PyException_GetTraceback(exc));
#  endif
    return HPy_NULL;
}

HPyAPI_FUNC HPy HPyErr_GetHandledException(HPyContext *ctx)
{
    (void)ctx;
#  if PY_VERSION_HEX >= 0x030b0000
    return _HPy_handle(PyErr_GetHandledException());
#  else
    PyObject *type, *exc, *traceback;
    PyErr_GetExcInfo(&type, &exc, &traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    if (exc != Py_None)
        return _HPy_handle(exc);
    Py_DECREF(exc);
    return HPy_NULL;
#  endif
}

HPyAPI_FUNC int HPyErr_SetHandledException(HPyContext *ctx, HPy h)
{
    PyObject *exc = _HPy_object(h);
    (void)ctx;
    if (_HPy_UNLIKELY(exc != NULL && !PyExceptionInstance_Check(exc))) {
        _HPy_not_an_exception(exc);
        return -1;
    }
#  if PY_VERSION_HEX >= 0x030b0000
    PyErr_SetHandledException(exc);
#  else
    PyObject *type = exc != NULL ? (PyObject *)Py_TYPE(exc) : NULL;
    Py_XINCREF(type);
    Py_XINCREF(exc);
    PyErr_SetExcInfo(type, exc, exc != NULL ? PyException_GetTraceback(exc) : NULL);
#  endif
    return 0;
}

/* CPython needs an exception that is pending. */
HPyAPI_FUNC void HPyTraceback_AddEntry(HPyContext *ctx, const char *utf8_function, const char *utf8_filename,
                                       int line)
{
    (void)ctx;
    _HPy_REQUIRE(utf8_function, HPyTraceback_AddEntry);
    _HPy_REQUIRE(utf8_filename, HPyTraceback_AddEntry);
    if (PyErr_Occurred() != NULL)
        _PyTraceback_Add(utf8_function, utf8_filename, line);
}

#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_EXCEPTION_H */
