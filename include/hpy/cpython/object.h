/* object.h in the CPython ABI. */
#ifndef HPY_CPYTHON_OBJECT_H
#define HPY_CPYTHON_OBJECT_H

#include "hpy/cpython/lookup.h"

#if PY_VERSION_HEX < 0x030f0000
#  define PyObject_Dump _PyObject_Dump
#endif

HPy_CALLS(HPy_IsTrue, PyObject_IsTrue)
HPy_CALLS(HPy_GetAttr, PyObject_GetAttr)
HPy_CALLS(HPy_GetAttr_s, PyObject_GetAttrString)
HPy_CALLS(HPy_SetAttr, PyObject_SetAttr)
HPy_CALLS(HPy_SetAttr_s, PyObject_SetAttrString)
HPy_CALLS(HPy_GenericGetAttr, PyObject_GenericGetAttr)
HPy_CALLS(HPy_GenericSetAttr, PyObject_GenericSetAttr)
HPy_CALLS(HPy_IsInstance, PyObject_IsInstance)
HPy_CALLS(HPy_IsSubclass, PyObject_IsSubclass)
HPy_CALLS(HPy_Repr, PyObject_Repr)
HPy_CALLS(HPy_Str, PyObject_Str)
HPy_CALLS(HPy_ASCII, PyObject_ASCII)
HPy_CALLS(HPy_Bytes, PyObject_Bytes)
HPy_CALLS(HPy_Hash, PyObject_Hash)
HPy_CALLS(HPy_SetType, _HPyC_SetType)
HPy_CALLS(_HPy_Dump, PyObject_Dump, checks_null)

#include "hpy/generated/cpython/object.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC int HPy_TypeCheckExact(HPyContext *ctx, HPy obj, HPy type)
{
    (void)ctx;
    return !HPy_IsNull(obj) && Py_TYPE(_HPy_object(obj)) == (PyTypeObject *)_HPy_object(type);
}

HPyAPI_FUNC int HPy_GetOptionalAttr(HPyContext *ctx, HPy obj, HPy name, HPy *result)
{
    (void)ctx;
    _HPy_REQUIRE_LOOK_UP(obj, name._i, result, HPy_GetOptionalAttr);
    return _HPy_look_up(_HPy_optional_attribute, obj, name, result);
}

HPyAPI_FUNC int HPy_GetOptionalAttr_s(HPyContext *ctx, HPy obj, const char *utf8_name, HPy *result)
{
    (void)ctx;
    _HPy_REQUIRE_LOOK_UP(obj, utf8_name, result, HPy_GetOptionalAttr_s);
    return _HPy_look_up_s(_HPy_optional_attribute, obj, utf8_name, result);
}
#endif

/* Does on every CPython what PyObject_HasAttr does on 3.13: only AttributeError means no; other exceptions are reported
 * through sys.unraisablehook, since there is no value to return for them. */
_HPy_NOINLINE int _HPy_has_attribute(PyObject *owner, PyObject *name)
{
    PyObject *value;
    int found = _HPy_optional_attribute(owner, name, &value);
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

HPyAPI_FUNC HPy HPy_Type(HPyContext *ctx, HPy obj)
{
    (void)ctx;
    _HPy_REQUIRE(obj._i, HPy_Type);
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

/* CPython uses the operator as an index into its tables, or takes others for unreachable. It is usually a constant. */
#define _HPy_REQUIRE_COMPARISON(op, function) \
    do { \
        if (_HPy_UNLIKELY((op) < HPy_LT || (op) > HPy_GE)) { \
            _HPy_raise(PyExc_SystemError, "invalid comparison operator: use one of HPy_LT ... HPy_GE"); \
            return _HPy_FAILURE_##function; \
        } \
    } while (0)

HPyAPI_FUNC HPy HPy_RichCompare(HPyContext *ctx, HPy v, HPy w, int op)
{
    (void)ctx;
    _HPy_REQUIRE(v._i, HPy_RichCompare);
    _HPy_REQUIRE(w._i, HPy_RichCompare);
    _HPy_REQUIRE_COMPARISON(op, HPy_RichCompare);
    return _HPy_handle(PyObject_RichCompare(_HPy_object(v), _HPy_object(w), op));
}

HPyAPI_FUNC int HPy_RichCompareBool(HPyContext *ctx, HPy v, HPy w, int op)
{
    (void)ctx;
    _HPy_REQUIRE(v._i, HPy_RichCompareBool);
    _HPy_REQUIRE(w._i, HPy_RichCompareBool);
    _HPy_REQUIRE_COMPARISON(op, HPy_RichCompareBool);
    return PyObject_RichCompareBool(_HPy_object(v), _HPy_object(w), op);
}

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_OBJECT_H */
