/* err.h in the CPython ABI. */
#ifndef HPY_CPYTHON_ERR_H
#define HPY_CPYTHON_ERR_H

#include "hpy/cpython/base.h"

/* The report begins with `Fatal Python error: HPy_FatalError: `. */
HPyAPI_FUNC void HPy_FatalError(HPyContext *ctx, const char *message)
{
    (void)ctx;
    Py_FatalError(message);
}

HPyAPI_FUNC HPy HPyErr_SetString(HPyContext *ctx, HPy h_type, const char *utf8_message)
{
    (void)ctx;
    _HPy_REQUIRE(h_type._i, "ctx_Err_SetString", HPy_NULL);
    _HPy_REQUIRE(utf8_message, "ctx_Err_SetString", HPy_NULL);
    PyErr_SetString(_HPy_object(h_type), utf8_message);
    return HPy_NULL;
}

HPyAPI_FUNC HPy HPyErr_SetObject(HPyContext *ctx, HPy h_type, HPy h_value)
{
    (void)ctx;
    _HPy_REQUIRE(h_type._i, "ctx_Err_SetObject", HPy_NULL);
    PyErr_SetObject(_HPy_object(h_type), _HPy_object(h_value));
    return HPy_NULL;
}

HPyAPI_FUNC HPy HPyErr_SetFromErrnoWithFilename(HPyContext *ctx, HPy h_type, const char *filename_fsencoded)
{
    (void)ctx;
    _HPy_REQUIRE(h_type._i, "ctx_Err_SetFromErrnoWithFilename", HPy_NULL);
    PyErr_SetFromErrnoWithFilename(_HPy_object(h_type), filename_fsencoded);
    return HPy_NULL;
}

HPyAPI_FUNC HPy HPyErr_SetFromErrnoWithFilenameObjects(HPyContext *ctx, HPy h_type, HPy filename1,
                                                       HPy filename2)
{
    (void)ctx;
    _HPy_REQUIRE(h_type._i, "ctx_Err_SetFromErrnoWithFilenameObjects", HPy_NULL);
    PyErr_SetFromErrnoWithFilenameObjects(_HPy_object(h_type), _HPy_object(filename1),
                                          _HPy_object(filename2));
    return HPy_NULL;
}

HPyAPI_FUNC HPy HPyErr_NoMemory(HPyContext *ctx)
{
    (void)ctx;
    PyErr_NoMemory();
    return HPy_NULL;
}

HPyAPI_FUNC int HPyErr_Occurred(HPyContext *ctx)
{
    (void)ctx;
    return PyErr_Occurred() != NULL;
}

HPyAPI_FUNC int HPyErr_ExceptionMatches(HPyContext *ctx, HPy exc)
{
    (void)ctx;
    return PyErr_ExceptionMatches(_HPy_object(exc));
}

HPyAPI_FUNC void HPyErr_Clear(HPyContext *ctx)
{
    (void)ctx;
    PyErr_Clear();
}

HPyAPI_FUNC void HPyErr_WriteUnraisable(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    PyErr_WriteUnraisable(_HPy_object(obj));
}

HPyAPI_FUNC int HPyErr_WarnEx(HPyContext *ctx, HPy category, const char *utf8_message,
                              HPy_ssize_t stack_level)
{
    (void)ctx;
    _HPy_REQUIRE(utf8_message, "ctx_Err_WarnEx", -1);
    return PyErr_WarnEx(_HPy_object(category), utf8_message, stack_level);
}

HPyAPI_FUNC HPy HPyErr_NewException(HPyContext *ctx, const char *utf8_name, HPy base, HPy dict)
{
    (void)ctx;
    _HPy_REQUIRE(utf8_name, "ctx_Err_NewException", HPy_NULL);
    return _HPy_handle(PyErr_NewException(utf8_name, _HPy_object(base), _HPy_object(dict)));
}

HPyAPI_FUNC HPy HPyErr_NewExceptionWithDoc(HPyContext *ctx, const char *utf8_name, const char *utf8_doc,
                                           HPy base, HPy dict)
{
    (void)ctx;
    _HPy_REQUIRE(utf8_name, "ctx_Err_NewExceptionWithDoc", HPy_NULL);
    return _HPy_handle(
        PyErr_NewExceptionWithDoc(utf8_name, utf8_doc, _HPy_object(base), _HPy_object(dict)));
}

#endif /* HPY_CPYTHON_ERR_H */
