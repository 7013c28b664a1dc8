/* bytes.h in the CPython ABI. */
#ifndef HPY_CPYTHON_BYTES_H
#define HPY_CPYTHON_BYTES_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyBytes_Check, PyBytes_Check)
HPy_CALLS(HPyBytes_Size, PyBytes_Size)
HPy_CALLS(HPyBytes_GET_SIZE, PyBytes_GET_SIZE)
HPy_CALLS(HPyBytes_AsString, PyBytes_AsString)
HPy_CALLS(HPyBytes_AS_STRING, PyBytes_AS_STRING)
HPy_CALLS(HPyBytes_FromString, PyBytes_FromString)

#include "hpy/generated/cpython/bytes.h"

/* CPython returns uninitialised bytes for NULL, which HPy has no way to fill. */
HPyAPI_FUNC HPy HPyBytes_FromStringAndSize(HPyContext *ctx, const char *bytes, HPy_ssize_t len)
{
    (void)ctx;
    if (_HPy_UNLIKELY(bytes == NULL)) {
        _HPy_raise(PyExc_ValueError, "NULL char * passed to HPyBytes_FromStringAndSize");
        return HPy_NULL;
    }
    return _HPy_handle(PyBytes_FromStringAndSize(bytes, len));
}

#endif /* HPY_CPYTHON_BYTES_H */
