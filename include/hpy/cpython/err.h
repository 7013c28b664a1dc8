/* err.h in the CPython ABI. */
#ifndef HPY_CPYTHON_ERR_H
#define HPY_CPYTHON_ERR_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyErr_SetString, PyErr_SetString)
HPy_CALLS(HPyErr_SetObject, PyErr_SetObject)
HPy_CALLS(HPyErr_SetFromErrnoWithFilename, PyErr_SetFromErrnoWithFilename)
HPy_CALLS(HPyErr_SetFromErrnoWithFilenameObjects, PyErr_SetFromErrnoWithFilenameObjects)
HPy_CALLS(HPyErr_ExceptionMatches, PyErr_ExceptionMatches, checks_null)
HPy_CALLS(HPyErr_NoMemory, PyErr_NoMemory)
HPy_CALLS(HPyErr_Clear, PyErr_Clear)
HPy_CALLS(HPyErr_NewException, PyErr_NewException)
HPy_CALLS(HPyErr_NewExceptionWithDoc, PyErr_NewExceptionWithDoc)
HPy_CALLS(HPyErr_WarnEx, PyErr_WarnEx)
HPy_CALLS(HPyErr_WriteUnraisable, PyErr_WriteUnraisable)
HPy_CALLS(HPyErr_GivenExceptionMatches, PyErr_GivenExceptionMatches, checks_null)
HPy_CALLS(HPyErr_PrintEx, PyErr_PrintEx)
HPy_CALLS(HPyErr_CheckSignals, PyErr_CheckSignals)
HPy_CALLS(HPy_LeaveRecursiveCall, Py_LeaveRecursiveCall)

#include "hpy/generated/cpython/err.h"

/* The report begins with `Fatal Python error: HPy_FatalError: `. */
HPyAPI_FUNC _HPy_NO_RETURN void HPy_FatalError(HPyContext *ctx, const char *message)
{
    (void)ctx;
    Py_FatalError(message);
}

HPyAPI_FUNC int HPyErr_Occurred(HPyContext *ctx)
{
    (void)ctx;
    return PyErr_Occurred() != NULL;
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001

#  if PY_VERSION_HEX < 0x030d0000
/* CPython puts this before the message. */
#    define _HPy_UNRAISABLE "Exception ignored "
#    ifdef __cplusplus
extern "C" {
#    endif
PyAPI_FUNC(void) _PyErr_WriteUnraisableMsg(const char *message, PyObject *object);
#    ifdef __cplusplus
}
#    endif
#  endif

/* CPython returns any number but 0. */
HPyAPI_FUNC int HPy_EnterRecursiveCall(HPyContext *ctx, const char *where)
{
    (void)ctx;
    _HPy_REQUIRE(where, HPy_EnterRecursiveCall);
    return Py_EnterRecursiveCall(where) != 0 ? -1 : 0;
}

HPyAPI_FUNC void _HPyErr_WriteUnraisableMessage(HPyContext *ctx, HPy message)
{
    (void)ctx;
    if (HPy_IsNull(message) || !PyUnicode_Check(_HPy_object(message))) {
        PyErr_WriteUnraisable(NULL);
        return;
    }
#  if PY_VERSION_HEX >= 0x030d0000
    PyErr_FormatUnraisable("%U", _HPy_object(message));
#  else
    PyObject *type, *exc, *traceback;
    PyErr_Fetch(&type, &exc, &traceback);
    const char *utf8 = PyUnicode_AsUTF8(_HPy_object(message));
    PyErr_Restore(type, exc, traceback);
    size_t size = sizeof(_HPy_UNRAISABLE) - 1;
    if (utf8 != NULL && strncmp(utf8, _HPy_UNRAISABLE, size) == 0)
        utf8 += size;
    _PyErr_WriteUnraisableMsg(utf8, NULL);
#  endif
}

#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_ERR_H */
