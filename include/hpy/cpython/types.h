/* types.h in the CPython ABI.
 *
 * For most shapes the offset of the struct is known here: it follows the built-in part, whose size is constant. In an
 * `int` or `tuple` the offset depends on the object: the struct follows its items.
 */
#ifndef HPY_CPYTHON_TYPES_H
#define HPY_CPYTHON_TYPES_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyType_FromSpec, _HPyC_Type_FromSpec)
HPy_CALLS(HPyType_GenericNew, _HPyC_Type_GenericNew)
HPy_CALLS(_HPy_New, _HPyC_New)
HPy_CALLS(_HPy_AsStruct_Long, _HPyC_AsStruct_Long)
HPy_CALLS(_HPy_AsStruct_Tuple, _HPyC_AsStruct_Tuple)
HPy_CALLS(_HPyType_GetBuiltinShape, _HPyC_Type_GetBuiltinShape)
HPy_CALLS(HPy_GenericAlias, Py_GenericAlias)
HPy_CALLS(HPyType_GetName, _HPyC_Type_GetName)
HPy_CALLS(HPyType_GetQualName, _HPyC_Type_GetQualName)
HPy_CALLS(HPyType_GetModuleName, _HPyC_Type_GetModuleName)
HPy_CALLS(HPyType_GetBase, _HPyC_Type_GetBase)
HPy_CALLS(HPyType_GetBases, _HPyC_Type_GetBases)
HPy_CALLS(HPyType_GetMRO, _HPyC_Type_GetMRO)
HPy_CALLS(HPyType_GetDict, _HPyC_Type_GetDict)
HPy_CALLS(HPyType_CheckSlot, _HPyC_Type_CheckSlot)
HPy_CALLS(HPyType_GetModule, _HPyC_Type_GetModule)
HPy_CALLS(HPyType_GetModuleState, _HPyC_Type_GetModuleState)

#include "hpy/generated/cpython/types.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

HPyAPI_FUNC int HPyType_IsSubtype(HPyContext *ctx, HPy sub, HPy type)
{
    (void)ctx;
    if (_HPy_UNLIKELY(HPy_IsNull(sub) || !PyType_Check(_HPy_object(sub)))) {
        _HPy_raise(PyExc_TypeError, "HPyType_IsSubtype arg 1 must be a type");
        return -1;
    }
    if (_HPy_UNLIKELY(HPy_IsNull(type) || !PyType_Check(_HPy_object(type)))) {
        _HPy_raise(PyExc_TypeError, "HPyType_IsSubtype arg 2 must be a type");
        return -1;
    }
    return PyType_IsSubtype((PyTypeObject *)_HPy_object(sub), (PyTypeObject *)_HPy_object(type));
}

/* The alignment of structs: the strictest one of a basic type, as the library computes it. */
#if defined(_WIN32) || (defined(__APPLE__) && defined(__aarch64__))
#  define _HPy_STRUCT_ALIGNMENT 8
#else
#  define _HPy_STRUCT_ALIGNMENT (2 * sizeof(void *))
#endif

/* The offset of the struct after a built-in part of the type `part`. */
#define _HPy_STRUCT_OFFSET(part) \
    ((sizeof(part) + _HPy_STRUCT_ALIGNMENT - 1) / _HPy_STRUCT_ALIGNMENT * _HPy_STRUCT_ALIGNMENT)

/* The struct at an offset in an object; NULL for a null handle. */
HPyAPI_FUNC void *_HPy_struct_at(HPy h, size_t offset)
{
    return _HPy_UNLIKELY(HPy_IsNull(h)) ? NULL : (char *)_HPy_object(h) + offset;
}

HPyAPI_FUNC void *_HPy_AsStruct_Object(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return _HPy_struct_at(h, _HPy_STRUCT_OFFSET(PyObject));
}

HPyAPI_FUNC void *_HPy_AsStruct_Legacy(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return _HPy_object(h);
}

HPyAPI_FUNC void *_HPy_AsStruct_Type(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return _HPy_struct_at(h, _HPy_STRUCT_OFFSET(PyHeapTypeObject));
}

HPyAPI_FUNC void *_HPy_AsStruct_Float(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return _HPy_struct_at(h, _HPy_STRUCT_OFFSET(PyFloatObject));
}

HPyAPI_FUNC void *_HPy_AsStruct_Unicode(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return _HPy_struct_at(h, _HPy_STRUCT_OFFSET(PyUnicodeObject));
}

HPyAPI_FUNC void *_HPy_AsStruct_List(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return _HPy_struct_at(h, _HPy_STRUCT_OFFSET(PyListObject));
}

HPyAPI_FUNC void *_HPy_AsStruct_Dict(HPyContext *ctx, HPy h)
{
    (void)ctx;
    return _HPy_struct_at(h, _HPy_STRUCT_OFFSET(PyDictObject));
}

#endif /* HPY_CPYTHON_TYPES_H */
