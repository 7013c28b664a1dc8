/* The C exchange table of a type. Not to be included directly; dlpack.h explains it.
 *
 * Its functions get a `PyObject *` and nothing that tells the interpreter or the mode of the extension. They are
 * entries of an API for other extensions, which has all that: one table for each slot.
 */
#ifndef HPY_DLPACK_TABLE_H
#define HPY_DLPACK_TABLE_H

#include "hpy/dlpack.h"

#if defined(__GNUC__) || defined(__clang__)
#  pragma GCC system_header
#endif

HPyAPI_FUNC int _HPyDLPack_no_stream(DLDeviceType device_type, int32_t device_id, void **out_current_stream)
{
    (void)device_type, (void)device_id;
    *out_current_stream = NULL;
    return 0;
}

HPyAPI_FUNC HPy _HPyDLPack_refuse_import(HPyContext *ctx, DLManagedTensorVersioned *tensor)
{
    if (tensor->deleter != NULL)
        tensor->deleter(tensor);
    return _HPyDLPack_refuse(ctx, "this type makes no objects of tensors of other libraries");
}

/* What the functions of a table do. */

HPyAPI_FUNC int _HPyDLPack_table_get(HPyContext *ctx, HPy h, DLManagedTensorVersioned **out,
                                     HPyDLPack_TensorOf tensor_of)
{
    DLTensor tensor;
    uint64_t flags = 0;
    *out = NULL;
    memset(&tensor, 0, sizeof(tensor));
    if (tensor_of(ctx, h, &tensor, &flags) < 0)
        return -1;
    *out = (DLManagedTensorVersioned *)_HPyDLPack_new(ctx, h, &tensor, flags, 1);
    return *out == NULL ? -1 : 0;
}

/* Consumers count on strides. Those of a tensor without them cannot be stored anywhere. */
HPyAPI_FUNC int _HPyDLPack_table_borrow(HPyContext *ctx, HPy h, DLTensor *out, HPyDLPack_TensorOf tensor_of)
{
    uint64_t flags = 0;
    memset(out, 0, sizeof(*out));
    if (tensor_of(ctx, h, out, &flags) < 0)
        return -1;
    if (out->ndim > 0 && out->strides == NULL) {
        _HPyDLPack_refuse(ctx, "the tensor has no strides; ask for a managed one");
        return -1;
    }
    return 0;
}

HPyAPI_FUNC HPy _HPyDLPack_method(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames,
                                  HPyDLPack_TensorOf tensor_of)
{
    DLTensor tensor;
    uint64_t flags = 0;
    memset(&tensor, 0, sizeof(tensor));
    if (tensor_of(ctx, self, &tensor, &flags) < 0)
        return HPy_NULL;
    return _HPyDLPack_export(ctx, self, &tensor, flags, args, nargs, kwnames);
}

HPyAPI_FUNC HPy _HPyDLPack_device_of(HPyContext *ctx, HPy self, HPyDLPack_TensorOf tensor_of)
{
    DLTensor tensor;
    uint64_t flags = 0;
    memset(&tensor, 0, sizeof(tensor));
    if (tensor_of(ctx, self, &tensor, &flags) < 0)
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(ii)", (int)tensor.device.device_type, (int)tensor.device.device_id);
}

HPyAPI_FUNC int _HPyDLPack_publish(HPyContext *ctx, HPy type, _HPyAPI_Table *table, DLPackExchangeAPI *exchange)
{
#ifdef HPY_ABI_CPYTHON
    int slot = 0;
    (void)table;
#else
    int slot = _HPyAPI_GetSlot(ctx, table, 1);
#endif
    if (slot < 0)
        return -1;
    HPy capsule = HPyCapsule_New(ctx, &exchange[slot], "dlpack_exchange_api", NULL);
    if (HPy_IsNull(capsule))
        return -1;
    int status = HPy_SetAttr_s(ctx, type, "__dlpack_c_exchange_api__", capsule);
    HPy_Close(ctx, capsule);
    return status;
}

/* The functions by which the table is called. The prefixes are names of the extension. */
#define _HPyDLPack_LIST(FUNCTION, NAME) \
    FUNCTION(0, int, NAME##_get, HPy, DLManagedTensorVersioned **) \
    FUNCTION(0, int, NAME##_make, DLManagedTensorVersioned *, HPy *) \
    FUNCTION(0, int, NAME##_borrow, HPy, DLTensor *)

#define _HPyDLPack_EXCHANGE(SLOT, NAME) \
    { \
        {{DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION}, NULL}, \
        _HPyDLPack_allocate, \
        (DLPackManagedTensorFromPyObjectNoSync)(HPyCFunction)NAME##_get_objects_##SLOT, \
        (DLPackManagedTensorToPyObjectNoSync)(HPyCFunction)NAME##_make_objects_##SLOT, \
        (DLPackDLTensorFromPyObjectNoSync)(HPyCFunction)NAME##_borrow_objects_##SLOT, \
        _HPyDLPack_no_stream, \
    }

#ifdef HPY_ABI_CPYTHON
#  define _HPyDLPack_EXCHANGES(NAME) {_HPyDLPack_EXCHANGE(0, NAME)}
#else
#  define _HPyDLPack_EXCHANGES(NAME) \
    { \
        _HPyDLPack_EXCHANGE(0, NAME), _HPyDLPack_EXCHANGE(1, NAME), _HPyDLPack_EXCHANGE(2, NAME), \
            _HPyDLPack_EXCHANGE(3, NAME) \
    }
#endif

#define _HPyDef_DLPACK(NAME, TENSOR_OF, FROM_TENSOR) \
    _HPyDLPack_LIST(_HPyAPI_DEFINE, NAME) \
    static int NAME##_get_impl(HPyContext *ctx, HPy h, DLManagedTensorVersioned **out) \
    { \
        return _HPyDLPack_table_get(ctx, h, out, TENSOR_OF); \
    } \
    static int NAME##_make_impl(HPyContext *ctx, DLManagedTensorVersioned *tensor, HPy *out) \
    { \
        *out = FROM_TENSOR(ctx, tensor); \
        return HPy_IsNull(*out) ? -1 : 0; \
    } \
    static int NAME##_borrow_impl(HPyContext *ctx, HPy h, DLTensor *out) \
    { \
        return _HPyDLPack_table_borrow(ctx, h, out, TENSOR_OF); \
    } \
    static const _HPyAPI_Entry NAME##_entries[] = {_HPyDLPack_LIST(_HPyDLPack_ENTRY, NAME)}; \
    static _HPyAPI_Function *const NAME##_functions[] = {&NAME##_get_function, &NAME##_make_function, \
                                                         &NAME##_borrow_function}; \
    HPyAPI_UNUSED static _HPyAPI_Table NAME##_table = { \
        {_HPyAPI_MARK_HANDLES, 1, 0, 3, #NAME, NAME##_entries, NULL}, \
        _HPyAPI_KIND_OF_TABLE, \
        (uint32_t)sizeof(struct _HPyContext_s), \
        NAME##_functions, \
        NULL, \
        {NULL}, \
        {NULL}, \
        {NULL}, \
        0, \
    }; \
    HPyAPI_UNUSED static DLPackExchangeAPI NAME##_exchange[] = _HPyDLPack_EXCHANGES(NAME); \
    HPyDef_METH(NAME##_method, "__dlpack__", HPyFunc_KEYWORDS, .doc = "A DLPack capsule of this tensor.") \
    static HPy NAME##_method_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) \
    { \
        return _HPyDLPack_method(ctx, self, args, nargs, kwnames, TENSOR_OF); \
    } \
    HPyDef_METH(NAME##_device, "__dlpack_device__", HPyFunc_NOARGS, \
                .doc = "The device of this tensor: (type, number).") \
    static HPy NAME##_device_impl(HPyContext *ctx, HPy self) \
    { \
        return _HPyDLPack_device_of(ctx, self, TENSOR_OF); \
    }

#define _HPyDLPack_ENTRY(SINCE, RETURNS, NAME, ...) {#NAME, #RETURNS " (" #__VA_ARGS__ ")", SINCE, 0, 0},

#endif /* HPY_DLPACK_TABLE_H */
