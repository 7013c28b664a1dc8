/* dict.h in the CPython ABI. */
#ifndef HPY_CPYTHON_DICT_H
#define HPY_CPYTHON_DICT_H

#include "hpy/cpython/lookup.h"

HPy_CALLS(HPyDict_Check, PyDict_Check)
HPy_CALLS(HPyDict_New, PyDict_New)
HPy_CALLS(HPyDict_Keys, PyDict_Keys)
HPy_CALLS(HPyDict_Copy, PyDict_Copy)
HPy_CALLS(HPyDict_Values, PyDict_Values)
HPy_CALLS(HPyDict_Items, PyDict_Items)
HPy_CALLS(HPyDict_Merge, PyDict_Merge)
HPy_CALLS(HPyDictProxy_New, PyDictProxy_New)

#include "hpy/generated/cpython/dict.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC int HPyDict_GetItemRef(HPyContext *ctx, HPy dict, HPy key, HPy *result)
{
    (void)ctx;
    _HPy_REQUIRE_LOOK_UP(dict, key._i, result, HPyDict_GetItemRef);
    return _HPy_look_up(_HPy_dict_item, dict, key, result);
}

HPyAPI_FUNC int HPyDict_GetItemRef_s(HPyContext *ctx, HPy dict, const char *utf8_key, HPy *result)
{
    (void)ctx;
    _HPy_REQUIRE_LOOK_UP(dict, utf8_key, result, HPyDict_GetItemRef_s);
    return _HPy_look_up_s(_HPy_dict_item, dict, utf8_key, result);
}

/* Gives -1 with TypeError for what is no dict. */
HPyAPI_FUNC int _HPy_require_dict(HPy h)
{
    if (_HPy_UNLIKELY(!PyDict_Check(_HPy_object(h)))) {
        _HPy_wrong_type("a dict", _HPy_object(h));
        return -1;
    }
    return 0;
}

HPyAPI_FUNC int HPyDict_SetDefaultRef(HPyContext *ctx, HPy dict, HPy key, HPy value, HPy *result)
{
    PyObject *found = NULL;
    int status;
    (void)ctx;
    if (result != NULL)
        *result = HPy_NULL;
    _HPy_REQUIRE(dict._i, HPyDict_SetDefaultRef);
    _HPy_REQUIRE(key._i, HPyDict_SetDefaultRef);
    _HPy_REQUIRE(value._i, HPyDict_SetDefaultRef);
    if (_HPy_require_dict(dict) < 0)
        return -1;
#if PY_VERSION_HEX >= 0x030d0000
    status = PyDict_SetDefaultRef(_HPy_object(dict), _HPy_object(key), _HPy_object(value), &found);
#else
    status = _HPy_dict_item(_HPy_object(dict), _HPy_object(key), &found);
    if (status == 0) {
        found = PyDict_SetDefault(_HPy_object(dict), _HPy_object(key), _HPy_object(value));
        Py_XINCREF(found);
        status = found == NULL ? -1 : 0;
    }
#endif
    if (result != NULL)
        *result = _HPy_handle(found);
    else
        Py_XDECREF(found);
    return status;
}

HPyAPI_FUNC int HPyDict_Pop(HPyContext *ctx, HPy dict, HPy key, HPy *result)
{
    PyObject *found = NULL;
    int status;
    (void)ctx;
    if (result != NULL)
        *result = HPy_NULL;
    _HPy_REQUIRE(dict._i, HPyDict_Pop);
    _HPy_REQUIRE(key._i, HPyDict_Pop);
    if (_HPy_require_dict(dict) < 0)
        return -1;
#if PY_VERSION_HEX >= 0x030d0000
    status = PyDict_Pop(_HPy_object(dict), _HPy_object(key), &found);
#else
    status = _HPy_dict_item(_HPy_object(dict), _HPy_object(key), &found);
    if (status > 0 && PyDict_DelItem(_HPy_object(dict), _HPy_object(key)) < 0) {
        Py_CLEAR(found);
        status = -1;
    }
#endif
    if (result != NULL)
        *result = _HPy_handle(found);
    else
        Py_XDECREF(found);
    return status;
}

HPyAPI_FUNC int HPyDict_Clear(HPyContext *ctx, HPy dict)
{
    (void)ctx;
    _HPy_REQUIRE(dict._i, HPyDict_Clear);
    if (_HPy_require_dict(dict) < 0)
        return -1;
    PyDict_Clear(_HPy_object(dict));
    return 0;
}

_HPy_COLD HPy_ssize_t _HPy_dict_changed(const char *message)
{
    PyErr_SetString(PyExc_RuntimeError, message);
    return -1;
}

/* HPyDict_Next of a dict that does not change meanwhile. */
_HPy_NOINLINE HPy_ssize_t _HPy_dict_next(PyObject *dict, HPyDictIter *iter, HPy *keys, HPy *values, HPy_ssize_t count)
{
    PyObject *key, *value;
    HPy_ssize_t stored = 0, size = PyDict_Size(dict);
    if (iter->_position == 0 && iter->_size == 0)
        iter->_size = iter->_left = size;
    if (iter->_size != size) {
        iter->_size = -1;
        return _HPy_dict_changed("dictionary changed size during iteration");
    }
    if (count > iter->_left)
        count = iter->_left;
    while (stored < count && PyDict_Next(dict, &iter->_position, &key, &value)) {
        if (keys != NULL) {
            Py_INCREF(key);
            keys[stored] = _HPy_handle(key);
        }
        if (values != NULL) {
            Py_INCREF(value);
            values[stored] = _HPy_handle(value);
        }
        stored++;
    }
    iter->_left -= stored;
    if (stored == 0) {
        HPy_ssize_t position = iter->_position;
        if (iter->_left == 0 && PyDict_Next(dict, &position, &key, &value))
            return _HPy_dict_changed("dictionary keys changed during iteration");
        iter->_left = 0;
    }
    return stored;
}

HPyAPI_FUNC HPy_ssize_t HPyDict_Next(HPyContext *ctx, HPy dict, HPyDictIter *iter, HPy *keys, HPy *values,
                                     HPy_ssize_t count)
{
    HPy_ssize_t stored;
    (void)ctx;
    _HPy_REQUIRE(dict._i, HPyDict_Next);
    _HPy_REQUIRE(iter, HPyDict_Next);
    if (_HPy_require_dict(dict) < 0)
        return -1;
    if (_HPy_UNLIKELY(count <= 0)) {
        _HPy_raise(PyExc_ValueError, "count must be positive");
        return -1;
    }
#ifdef Py_GIL_DISABLED
    PyCriticalSection section;
    PyCriticalSection_Begin(&section, _HPy_object(dict));
#endif
    stored = _HPy_dict_next(_HPy_object(dict), iter, keys, values, count);
#ifdef Py_GIL_DISABLED
    PyCriticalSection_End(&section);
#endif
    return stored;
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_DICT_H */
