/* object.h in the CPython ABI. */
#ifndef HPY_CPYTHON_OBJECT_H
#define HPY_CPYTHON_OBJECT_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC int HPy_IsTrue(HPyContext *ctx, HPy h)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, "ctx_IsTrue", -1);
    return PyObject_IsTrue(_HPy_object(h));
}

HPyAPI_FUNC HPy HPy_GetAttr(HPyContext *ctx, HPy obj, HPy name)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_GetAttr", HPy_NULL);
    _HPy_REQUIRE(name._i, "ctx_GetAttr", HPy_NULL);
    return _HPy_handle(PyObject_GetAttr(_HPy_object(obj), _HPy_object(name)));
}

HPyAPI_FUNC HPy HPy_GetAttr_s(HPyContext *ctx, HPy obj, const char *utf8_name)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_GetAttr_s", HPy_NULL);
    _HPy_REQUIRE(utf8_name, "ctx_GetAttr_s", HPy_NULL);
    return _HPy_handle(PyObject_GetAttrString(_HPy_object(obj), utf8_name));
}

/* On every CPython as PyObject_HasAttr of 3.13: only AttributeError means no, another exception is reported
 * through sys.unraisablehook, since there is no value to return for it. */
_HPy_NOINLINE int _HPy_has_attribute(PyObject *owner, PyObject *name)
{
    PyObject *value;
#if PY_VERSION_HEX >= 0x030d0000
    int found = PyObject_GetOptionalAttr(owner, name, &value);
#else
    int found = _PyObject_LookupAttr(owner, name, &value);
#endif
    Py_XDECREF(value);
    if (found < 0) {
        PyErr_WriteUnraisable(owner);
        return 0;
    }
    return found;
}

HPyAPI_FUNC int HPy_HasAttr(HPyContext *ctx, HPy obj, HPy name)
{
    (void)ctx;
    return !HPy_IsNull(obj) && !HPy_IsNull(name) && _HPy_has_attribute(_HPy_object(obj), _HPy_object(name));
}

HPyAPI_FUNC int HPy_HasAttr_s(HPyContext *ctx, HPy obj, const char *utf8_name)
{
    (void)ctx;
    if (HPy_IsNull(obj) || utf8_name == NULL)
        return 0;
    PyObject *name = PyUnicode_FromString(utf8_name);
    if (name == NULL) {
        PyErr_WriteUnraisable(_HPy_object(obj));
        return 0;
    }
    int found = _HPy_has_attribute(_HPy_object(obj), name);
    Py_DECREF(name);
    return found;
}

HPyAPI_FUNC int HPy_SetAttr(HPyContext *ctx, HPy obj, HPy name, HPy value)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_SetAttr", -1);
    _HPy_REQUIRE(name._i, "ctx_SetAttr", -1);
    return PyObject_SetAttr(_HPy_object(obj), _HPy_object(name), _HPy_object(value));
}

HPyAPI_FUNC int HPy_SetAttr_s(HPyContext *ctx, HPy obj, const char *utf8_name, HPy value)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_SetAttr_s", -1);
    _HPy_REQUIRE(utf8_name, "ctx_SetAttr_s", -1);
    return PyObject_SetAttrString(_HPy_object(obj), utf8_name, _HPy_object(value));
}

HPyAPI_FUNC HPy HPy_Type(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_Type", HPy_NULL);
    PyObject *type = (PyObject *)Py_TYPE(_HPy_object(obj));
    Py_INCREF(type);
    return _HPy_handle(type);
}

/* `type` is only compared, never read. */
HPyAPI_FUNC int HPy_TypeCheck(HPyContext *ctx, HPy obj, HPy type)
{
    (void)ctx;
    return !HPy_IsNull(obj) && PyObject_TypeCheck(_HPy_object(obj), (PyTypeObject *)_HPy_object(type));
}

HPyAPI_FUNC HPy HPy_Repr(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    return _HPy_handle(PyObject_Repr(_HPy_object(obj)));
}

HPyAPI_FUNC HPy HPy_Str(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    return _HPy_handle(PyObject_Str(_HPy_object(obj)));
}

HPyAPI_FUNC HPy HPy_ASCII(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    return _HPy_handle(PyObject_ASCII(_HPy_object(obj)));
}

HPyAPI_FUNC HPy HPy_Bytes(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    return _HPy_handle(PyObject_Bytes(_HPy_object(obj)));
}

/* CPython takes the operator for an index of its tables, or for unreachable. As a rule it is a constant. */
#define _HPy_REQUIRE_COMPARISON(op, failure) \
    do { \
        if (_HPy_UNLIKELY((op) < HPy_LT || (op) > HPy_GE)) { \
            _HPy_raise(PyExc_SystemError, "invalid comparison operator"); \
            return failure; \
        } \
    } while (0)

HPyAPI_FUNC HPy HPy_RichCompare(HPyContext *ctx, HPy v, HPy w, int op)
{
    (void)ctx;
    _HPy_REQUIRE(v._i, "ctx_RichCompare", HPy_NULL);
    _HPy_REQUIRE(w._i, "ctx_RichCompare", HPy_NULL);
    _HPy_REQUIRE_COMPARISON(op, HPy_NULL);
    return _HPy_handle(PyObject_RichCompare(_HPy_object(v), _HPy_object(w), op));
}

HPyAPI_FUNC int HPy_RichCompareBool(HPyContext *ctx, HPy v, HPy w, int op)
{
    (void)ctx;
    _HPy_REQUIRE(v._i, "ctx_RichCompareBool", -1);
    _HPy_REQUIRE(w._i, "ctx_RichCompareBool", -1);
    _HPy_REQUIRE_COMPARISON(op, -1);
    return PyObject_RichCompareBool(_HPy_object(v), _HPy_object(w), op);
}

HPyAPI_FUNC HPy_hash_t HPy_Hash(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, "ctx_Hash", -1);
    return PyObject_Hash(_HPy_object(obj));
}

HPyAPI_FUNC void _HPy_Dump(HPyContext *ctx, HPy h)
{
    (void)ctx;
#if PY_VERSION_HEX >= 0x030f0000
    PyObject_Dump(_HPy_object(h));
#else
    _PyObject_Dump(_HPy_object(h));
#endif
}

#endif /* HPY_CPYTHON_OBJECT_H */
