/* Look-ups that do not raise for what is missing, as CPython has them from 3.13 on.
 *
 * Each gives 1 with a new reference in `*value`, 0 if it is missing, or -1 with an exception; then `*value` is NULL.
 */
#ifndef HPY_CPYTHON_LOOKUP_H
#define HPY_CPYTHON_LOOKUP_H

#include "hpy/cpython/base.h"

/* PyObject_GetOptionalAttr */
HPyAPI_FUNC int _HPy_optional_attribute(PyObject *object, PyObject *name, PyObject **value)
{
#if PY_VERSION_HEX >= 0x030d0000
    return PyObject_GetOptionalAttr(object, name, value);
#else
    return _PyObject_LookupAttr(object, name, value);
#endif
}

/* PyDict_GetItemRef */
HPyAPI_FUNC int _HPy_dict_item(PyObject *dict, PyObject *key, PyObject **value)
{
#if PY_VERSION_HEX >= 0x030d0000
    return PyDict_GetItemRef(dict, key, value);
#else
    *value = PyDict_GetItemWithError(dict, key);
    if (*value == NULL)
        return PyErr_Occurred() != NULL ? -1 : 0;
    Py_INCREF(*value);
    return 1;
#endif
}

/* PyMapping_GetOptionalItem */
HPyAPI_FUNC int _HPy_optional_item(PyObject *object, PyObject *key, PyObject **value)
{
#if PY_VERSION_HEX >= 0x030d0000
    return PyMapping_GetOptionalItem(object, key, value);
#else
    if (PyDict_CheckExact(object))
        return _HPy_dict_item(object, key, value);
    *value = PyObject_GetItem(object, key);
    if (*value != NULL)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_KeyError))
        return -1;
    PyErr_Clear();
    return 0;
#endif
}

/* One of the above. */
typedef int (*_HPy_LookUp)(PyObject *container, PyObject *key, PyObject **value);

/* Looks up for a function of the API, whose arguments these are. None is null. */
HPyAPI_FUNC int _HPy_look_up(_HPy_LookUp look_up, HPy container, HPy key, HPy *result)
{
    PyObject *value = NULL;
    int found = look_up(_HPy_object(container), _HPy_object(key), &value);
    *result = _HPy_handle(value);
    return found;
}

/* The same for a key in UTF-8. */
_HPy_NOINLINE int _HPy_look_up_s(_HPy_LookUp look_up, HPy container, const char *utf8_key, HPy *result)
{
    PyObject *key = PyUnicode_FromString(utf8_key);
    if (key == NULL)
        return -1;
    int found = _HPy_look_up(look_up, container, _HPy_handle(key), result);
    Py_DECREF(key);
    return found;
}

/* Returns from `function` if one of its arguments is null. */
#define _HPy_REQUIRE_LOOK_UP(container, key, result, function) \
    do { \
        _HPy_REQUIRE(result, function); \
        *(result) = HPy_NULL; \
        _HPy_REQUIRE((container)._i, function); \
        _HPy_REQUIRE(key, function); \
    } while (0)

#endif /* HPY_CPYTHON_LOOKUP_H */
