/* The basis of all functions in the CPython ABI: conversion between handles and objects, and errors for cases that the
 * C API does not check.
 *
 * In this ABI a handle is the `PyObject *` itself, and the functions of the API are inline functions over the
 * C API, so that compilers can optimise across them. hpy/<topic>.h declares and documents them and includes
 * hpy/cpython/<topic>.h, which defines them. They behave as the context functions of the runtime do, with the same
 * errors: an argument that must not be null is tested, unless CPython does so itself. Functions that are too large to
 * be inline are in the static library that belongs to the headers, with the prefix `_HPyC_`.
 */
#ifndef HPY_CPYTHON_BASE_H
#define HPY_CPYTHON_BASE_H

#include "hpy/context.h"
#include "hpy/generated/cpython/failures.h"

#if defined(__GNUC__) || defined(__clang__)
#  define _HPy_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#  define _HPy_COLD HPyAPI_UNUSED __attribute__((cold, noinline)) static
#  define _HPy_NOINLINE HPyAPI_UNUSED __attribute__((noinline)) static
#elif defined(_MSC_VER)
#  define _HPy_UNLIKELY(condition) (condition)
#  define _HPy_COLD __declspec(noinline) static
#  define _HPy_NOINLINE __declspec(noinline) static
#else
#  define _HPy_UNLIKELY(condition) (condition)
#  define _HPy_COLD static
#  define _HPy_NOINLINE static
#endif

/* The object behind a handle, borrowed from it. */
HPyAPI_FUNC PyObject *_HPy_object(HPy h)
{
    return (PyObject *)h._i;
}

/* The handle of an object. It owns a reference if the caller owned the one passed in. */
HPyAPI_FUNC HPy _HPy_handle(PyObject *object)
{
    HPy h;
    h._i = (intptr_t)object;
    return h;
}

/* An array of handles as an array of objects: the same memory. */
HPyAPI_FUNC PyObject *const *_HPy_objects(const HPy *handles)
{
    return (PyObject *const *)(const void *)handles;
}

/* An array of objects as an array of handles: the same memory. */
HPyAPI_FUNC const HPy *_HPy_handles(PyObject *const *objects)
{
    return (const HPy *)(const void *)objects;
}

/* Raises SystemError for a null that `function` does not take. An exception that is already set stays: the null
 * is most likely the result of the call that raised it. */
_HPy_COLD void _HPy_null_argument(const char *function)
{
    if (PyErr_Occurred() == NULL)
        PyErr_Format(PyExc_SystemError, "null argument to %s", function);
}

/* Raises TypeError for an object of an unsuitable type. */
_HPy_COLD void _HPy_wrong_type(const char *expected, PyObject *found)
{
    PyErr_Format(PyExc_TypeError, "expected %s, %.200s found", expected, Py_TYPE(found)->tp_name);
}

/* Raises `type` with a message. Cold, unlike PyErr_SetString. */
_HPy_COLD void _HPy_raise(PyObject *type, const char *message)
{
    PyErr_SetString(type, message);
}

/* Returns from `function` with SystemError if the argument `value` is null. Used once for each argument: for several in
 * one condition, compilers evaluate all of them before the first jump. */
#define _HPy_REQUIRE(value, function) \
    do { \
        if (_HPy_UNLIKELY(!(value))) { \
            _HPy_null_argument(#function); \
            return _HPy_FAILURE_##function; \
        } \
    } while (0)

/* The same with ValueError if `size` is negative. */
#define _HPy_REQUIRE_SIZE(size, function) \
    do { \
        if (_HPy_UNLIKELY((size) < 0)) { \
            _HPy_raise(PyExc_ValueError, "negative size passed to " #function); \
            return _HPy_FAILURE_##function; \
        } \
    } while (0)

#endif /* HPY_CPYTHON_BASE_H */
