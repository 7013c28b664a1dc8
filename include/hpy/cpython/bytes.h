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

#if HPY_TARGET_ABI_VERSION >= 0x00000001

#  if PY_VERSION_HEX < 0x030e0000
#    define PyBytes_Join _PyBytes_Join
#  endif

/* Not all versions of CPython look at the type of the separator. */
HPyAPI_FUNC HPy HPyBytes_Join(HPyContext *ctx, HPy separator, HPy iterable)
{
    (void)ctx;
    _HPy_REQUIRE(separator._i, HPyBytes_Join);
    _HPy_REQUIRE(iterable._i, HPyBytes_Join);
    if (_HPy_UNLIKELY(!PyBytes_Check(_HPy_object(separator)))) {
        _HPy_wrong_type("bytes", _HPy_object(separator));
        return HPy_NULL;
    }
    return _HPy_handle(PyBytes_Join(_HPy_object(separator), _HPy_object(iterable)));
}

#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_BYTES_H */
