/* What the types in a list of functions mean when a call goes from one context to another: handles, arrays of handles,
 * results. Not to be included directly; extension_api.h explains it. In C this is found by `_Generic`, in C++ by templates.
 */
#ifndef HPY_EXTENSION_API_TYPES_H
#define HPY_EXTENSION_API_TYPES_H

#include "hpy/extension_api.h"

#if defined(__GNUC__) || defined(__clang__)
#  pragma GCC system_header
#endif

/* The kinds of parameters. */
enum {
    _HPyAPI_UNCHANGED = 0,
    _HPyAPI_HANDLE = 1,
    _HPyAPI_ARRAY = 2,
    _HPyAPI_OUT = 3,
    /* What follows an array. Passed unchanged. */
    _HPyAPI_SIZE = 4,
    _HPyAPI_REFUSED = 5,
};

/* What a function returns if it could not be called. */
enum {
    _HPyAPI_ZERO = 0,
    _HPyAPI_MINUS_ONE = 1,
    _HPyAPI_FLOAT = 2,
    _HPyAPI_DOUBLE = 3,
    _HPyAPI_LONG_DOUBLE = 4,
};

HPyAPI_FUNC HPy _HPyAPI_read_handle(const void *place)
{
    HPy h;
    memcpy(&h, place, sizeof(h));
    return h;
}

HPyAPI_FUNC cpy_PyObject *_HPyAPI_read_object(const void *place)
{
    cpy_PyObject *object;
    memcpy(&object, place, sizeof(object));
    return object;
}

HPyAPI_FUNC const HPy *_HPyAPI_read_array(const void *place)
{
    const HPy *array;
    memcpy(&array, place, sizeof(array));
    return array;
}

HPyAPI_FUNC HPy *_HPyAPI_read_out(const void *place)
{
    HPy *out;
    memcpy(&out, place, sizeof(out));
    return out;
}

#ifdef __cplusplus

/* `extern "C++"`, as the header may be included by one that is in `extern "C"`. */
extern "C++" {

template <typename T> struct _HPyAPI_Traits {
    enum { kind = _HPyAPI_UNCHANGED };
    typedef T object;
    static T from_object(T value) { return value; }
    static T to_object(T value) { return value; }
};
template <> struct _HPyAPI_Traits<void> {
    enum { kind = _HPyAPI_UNCHANGED };
    typedef void object;
};
template <> struct _HPyAPI_Traits<size_t> {
    enum { kind = _HPyAPI_SIZE };
    typedef size_t object;
    static size_t from_object(size_t value) { return value; }
    static size_t to_object(size_t value) { return value; }
};
template <> struct _HPyAPI_Traits<HPy> {
    enum { kind = _HPyAPI_HANDLE };
    typedef cpy_PyObject *object;
    static HPy from_object(object value) { return _HPyAPI_read_handle(&value); }
    static object to_object(HPy value) { return _HPyAPI_read_object(&value); }
};
template <> struct _HPyAPI_Traits<const HPy *> {
    enum { kind = _HPyAPI_ARRAY };
    typedef cpy_PyObject *const *object;
    static const HPy *from_object(object value) { return _HPyAPI_read_array(&value); }
};
template <> struct _HPyAPI_Traits<HPy *> {
    enum { kind = _HPyAPI_OUT };
    typedef cpy_PyObject **object;
    static HPy *from_object(object value) { return _HPyAPI_read_out(&value); }
};

struct _HPyAPI_Refused {
    enum { kind = _HPyAPI_REFUSED };
};
template <> struct _HPyAPI_Traits<HPyField> : _HPyAPI_Refused {};
template <> struct _HPyAPI_Traits<HPyField *> : _HPyAPI_Refused {};
template <> struct _HPyAPI_Traits<HPyGlobal> : _HPyAPI_Refused {};
template <> struct _HPyAPI_Traits<HPyGlobal *> : _HPyAPI_Refused {};
template <> struct _HPyAPI_Traits<HPyTracker> : _HPyAPI_Refused {};
template <> struct _HPyAPI_Traits<HPyListBuilder> : _HPyAPI_Refused {};
template <> struct _HPyAPI_Traits<HPyTupleBuilder> : _HPyAPI_Refused {};
template <> struct _HPyAPI_Traits<HPyThreadState> : _HPyAPI_Refused {};
template <> struct _HPyAPI_Traits<HPyContext *> : _HPyAPI_Refused {};
template <typename R, typename... P> struct _HPyAPI_Traits<R (*)(HPyContext *, P...)> : _HPyAPI_Refused {};

template <typename T> struct _HPyAPI_Failure { enum { value = _HPyAPI_ZERO }; };
#  define _HPyAPI_FAILURE_OF(TYPE, VALUE) \
    template <> struct _HPyAPI_Failure<TYPE> { enum { value = VALUE }; };
_HPyAPI_FAILURE_OF(char, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(signed char, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(unsigned char, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(short, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(unsigned short, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(int, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(unsigned, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(long, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(unsigned long, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(long long, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(unsigned long long, _HPyAPI_MINUS_ONE)
_HPyAPI_FAILURE_OF(float, _HPyAPI_FLOAT)
_HPyAPI_FAILURE_OF(double, _HPyAPI_DOUBLE)
_HPyAPI_FAILURE_OF(long double, _HPyAPI_LONG_DOUBLE)

} /* extern "C++" */

#  define _HPyAPI_KIND(TYPE) ((int)_HPyAPI_Traits<TYPE>::kind)
#  define _HPyAPI_FAILURE(TYPE) ((uint32_t)_HPyAPI_Failure<TYPE>::value)
#  define _HPyAPI_OBJECT(TYPE) _HPyAPI_Traits<TYPE>::object
#  define _HPyAPI_FROM_OBJECT(TYPE, value) _HPyAPI_Traits<TYPE>::from_object(value)
#  define _HPyAPI_TO_OBJECT(TYPE, value) _HPyAPI_Traits<TYPE>::to_object(value)

#else

/* Pointers to the types are compared, so that a type that is `const` is another one. Of functions that take a context,
 * those that hpy/signatures.h has. */
#  define _HPyAPI_KIND(TYPE) \
    _Generic((TYPE *)0, \
        HPy *: _HPyAPI_HANDLE, \
        const HPy **: _HPyAPI_ARRAY, \
        HPy **: _HPyAPI_OUT, \
        size_t *: _HPyAPI_SIZE, \
        HPyField *: _HPyAPI_REFUSED, \
        HPyField **: _HPyAPI_REFUSED, \
        HPyGlobal *: _HPyAPI_REFUSED, \
        HPyGlobal **: _HPyAPI_REFUSED, \
        HPyTracker *: _HPyAPI_REFUSED, \
        HPyListBuilder *: _HPyAPI_REFUSED, \
        HPyTupleBuilder *: _HPyAPI_REFUSED, \
        HPyThreadState *: _HPyAPI_REFUSED, \
        HPyContext **: _HPyAPI_REFUSED, \
        HPyFunc_noargs *: _HPyAPI_REFUSED, \
        HPyFunc_o *: _HPyAPI_REFUSED, \
        HPyFunc_varargs *: _HPyAPI_REFUSED, \
        HPyFunc_keywords *: _HPyAPI_REFUSED, \
        HPyFunc_ternaryfunc *: _HPyAPI_REFUSED, \
        HPyFunc_inquiry *: _HPyAPI_REFUSED, \
        HPyFunc_objobjproc *: _HPyAPI_REFUSED, \
        HPyFunc_objobjargproc *: _HPyAPI_REFUSED, \
        HPyFunc_richcmpfunc *: _HPyAPI_REFUSED, \
        HPyFunc_initproc *: _HPyAPI_REFUSED, \
        HPyFunc_newfunc *: _HPyAPI_REFUSED, \
        HPyFunc_getter *: _HPyAPI_REFUSED, \
        HPyFunc_setter *: _HPyAPI_REFUSED, \
        HPyFunc_freefunc *: _HPyAPI_REFUSED, \
        HPyFunc_destructor *: _HPyAPI_REFUSED, \
        HPyFunc_closure *: _HPyAPI_REFUSED, \
        default: _HPyAPI_UNCHANGED)

#  define _HPyAPI_FAILURE(TYPE) \
    _Generic((TYPE *)0, \
        char *: _HPyAPI_MINUS_ONE, \
        signed char *: _HPyAPI_MINUS_ONE, \
        unsigned char *: _HPyAPI_MINUS_ONE, \
        short *: _HPyAPI_MINUS_ONE, \
        unsigned short *: _HPyAPI_MINUS_ONE, \
        int *: _HPyAPI_MINUS_ONE, \
        unsigned *: _HPyAPI_MINUS_ONE, \
        long *: _HPyAPI_MINUS_ONE, \
        unsigned long *: _HPyAPI_MINUS_ONE, \
        long long *: _HPyAPI_MINUS_ONE, \
        unsigned long long *: _HPyAPI_MINUS_ONE, \
        float *: _HPyAPI_FLOAT, \
        double *: _HPyAPI_DOUBLE, \
        long double *: _HPyAPI_LONG_DOUBLE, \
        default: _HPyAPI_ZERO)

/* The type on the side of CPython's C API, and values of one made of the other. */
#  define _HPyAPI_OBJECT(TYPE) \
    __typeof__(*_Generic((TYPE *)0, \
        HPy *: (cpy_PyObject **)0, \
        const HPy **: (cpy_PyObject *const **)0, \
        HPy **: (cpy_PyObject ***)0, \
        default: (TYPE *)0))
#  define _HPyAPI_FROM_OBJECT(TYPE, value) \
    _Generic((TYPE *)0, \
        HPy *: _HPyAPI_read_handle(&value), \
        const HPy **: _HPyAPI_read_array(&value), \
        HPy **: _HPyAPI_read_out(&value), \
        default: value)
#  define _HPyAPI_TO_OBJECT(TYPE, value) _Generic((TYPE *)0, HPy *: _HPyAPI_read_object(&value), default: value)

#endif

#endif /* HPY_EXTENSION_API_TYPES_H */
