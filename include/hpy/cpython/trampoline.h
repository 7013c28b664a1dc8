/* trampoline.h in the CPython ABI: what trampolines do besides calling the implementation.
 *
 * There is no runtime in between: CPython calls only trampolines, and what they call is fixed at compile time.
 */
#ifndef HPY_CPYTHON_TRAMPOLINE_H
#define HPY_CPYTHON_TRAMPOLINE_H

#include "hpy/cpython/base.h"
#include "hpy/buffer.h"

/* The context of this extension. It is filled in before any of its functions can run, with objects that all interpreters
 * share, except that h_Builtins is that of the main interpreter. */
HPyAPI_DATA HPyContext _hpy_cpython_context;

#if HPY_TARGET_ABI_VERSION > 0x00000000
/* The state of the module for a call of a function that gets it: of the module `self`, or of the type
 * `defining_class`. Checks the arguments, which CPython does not do for such functions. NULL with an exception on
 * failure. */
HPyAPI_IMPL void *_HPyC_StateForCall(int signature, PyObject *self, PyObject *defining_class, size_t nargs,
                                     PyObject *kwnames);
#endif

/* The items of a tuple of arguments. */
HPyAPI_FUNC const HPy *_HPy_tuple_items(PyObject *tuple)
{
    return _HPy_handles(((PyTupleObject *)tuple)->ob_item);
}

/* Passes a zeroed view to the implementation, since that may fail halfway. */
HPyAPI_FUNC int _HPy_getbuffer(PyObject *exporter, Py_buffer *view, int flags,
                               HPyFunc_getbufferproc implementation)
{
    /* Of the same layout. All access is through one of the types. */
    HPy_buffer *buffer = (HPy_buffer *)(void *)view;
    if (_HPy_UNLIKELY(view == NULL)) {
        _HPy_raise(PyExc_BufferError, "HPy_bf_getbuffer: view==NULL argument is obsolete");
        return -1;
    }
    memset(buffer, 0, sizeof(*buffer));
    int status = implementation(&_hpy_cpython_context, _HPy_handle(exporter), buffer, flags);
    if (status < 0)
        buffer->obj = HPy_NULL;
    return status;
}

#if HPY_TARGET_ABI_VERSION >= 0x00000001
/* What an implementation of `HPy_am_send` leaves in `*result` is what its status says, which CPython relies on. */
HPyAPI_FUNC int _HPy_send(PyObject *self, PyObject *value, PyObject **result, HPyFunc_sendfunc implementation)
{
    HPy found = HPy_NULL;
    int status = implementation(&_hpy_cpython_context, _HPy_handle(self), _HPy_handle(value), &found);
    *result = _HPy_object(found);
    if ((status == HPy_SEND_RETURN || status == HPy_SEND_NEXT) && *result != NULL)
        return status;
    Py_CLEAR(*result);
    if (PyErr_Occurred() == NULL)
        _HPy_raise(PyExc_SystemError, "HPy_am_send returned no result without setting an exception");
    return HPy_SEND_ERROR;
}
#endif

/* Runs a finalizer. Keeps an exception that is set meanwhile (PEP 442), and reports one that the finalizer raises. */
HPyAPI_FUNC void _HPy_finalize(PyObject *self, HPyFunc_destructor implementation)
{
#if PY_VERSION_HEX >= 0x030c0000
    PyObject *exception = PyErr_GetRaisedException();
#else
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
#endif
    implementation(&_hpy_cpython_context, _HPy_handle(self));
    if (_HPy_UNLIKELY(PyErr_Occurred() != NULL))
        PyErr_WriteUnraisable(self);
#if PY_VERSION_HEX >= 0x030c0000
    PyErr_SetRaisedException(exception);
#else
    PyErr_Restore(type, value, traceback);
#endif
}

/* Calls the destructor of a capsule that CPython is about to free. Nothing here can raise for a valid one. */
HPyAPI_FUNC void _HPy_destroy_capsule(PyObject *capsule, HPyFunc_Capsule_Destructor implementation)
{
    const char *name = PyCapsule_GetName(capsule);
    implementation(name, PyCapsule_GetPointer(capsule, name), PyCapsule_GetContext(capsule));
}

#endif /* HPY_CPYTHON_TRAMPOLINE_H */
