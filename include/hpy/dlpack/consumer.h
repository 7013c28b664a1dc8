/* How a tensor of another library is had, by its C exchange table or by its method. Not to be included directly;
 * dlpack.h explains it.
 */
#ifndef HPY_DLPACK_CONSUMER_H
#define HPY_DLPACK_CONSUMER_H

#include "hpy/dlpack.h"

/* The tensor, or what may follow it in the version of the producer, is given back. Empties the view. */
HPyAPI_FUNC void _HPyDLPack_delete(HPyDLPack_View *view)
{
    DLManagedTensorVersioned *versioned = view->_versioned;
    DLManagedTensor *unversioned = view->_unversioned;
    memset(view, 0, sizeof(*view));
    if (versioned != NULL && versioned->deleter != NULL)
        versioned->deleter(versioned);
    if (unversioned != NULL && unversioned->deleter != NULL)
        unversioned->deleter(unversioned);
}

/* Gives the tensor back that cannot be used; before there is an exception, as the deleter may be Python code. */
HPyAPI_FUNC int _HPyDLPack_reject(HPyContext *ctx, HPyDLPack_View *view, const char *text)
{
    _HPyDLPack_delete(view);
    HPyErr_SetString(ctx, ctx->h_BufferError, text);
    return -1;
}

/* Fills in what the view shows. */
HPyAPI_FUNC int _HPyDLPack_fill(HPyContext *ctx, HPyDLPack_View *view)
{
    if (view->_versioned != NULL) {
        DLPackVersion version = view->_versioned->version;
        if (version.major != DLPACK_MAJOR_VERSION) {
            char text[160];
            snprintf(text, sizeof(text),
                     "the tensor has the layout of DLPack %u.%u, and this extension reads that of %d.x; use a version "
                     "of the other library for that",
                     (unsigned)version.major, (unsigned)version.minor, DLPACK_MAJOR_VERSION);
            return _HPyDLPack_reject(ctx, view, text);
        }
        view->tensor = view->_versioned->dl_tensor;
        view->flags = view->_versioned->flags;
    } else {
        view->tensor = view->_unversioned->dl_tensor;
    }
    if (view->tensor.ndim < 0 || (view->tensor.ndim > 0 && view->tensor.shape == NULL))
        return _HPyDLPack_reject(ctx, view, "the tensor of the other library has no shape");
    return 0;
}

/* By the table. */

/* A call of one of the functions of a table. */
typedef struct {
    const DLPackExchangeAPI *_table;
    int _function;
    void *_out;
    int _status;
} _HPyDLPack_Call;

enum {
    _HPyDLPack_GET = 0,
    _HPyDLPack_BORROW = 1,
};

HPyAPI_FUNC void _HPyDLPack_call_with_object(_HPyDLPack_Call *call, void *object)
{
    if (call->_function == _HPyDLPack_BORROW)
        call->_status = call->_table->dltensor_from_py_object_no_sync(object, (DLTensor *)call->_out);
    else
        call->_status = call->_table->managed_tensor_from_py_object_no_sync(object,
                                                                            (DLManagedTensorVersioned **)call->_out);
}

#ifdef HPY_ABI_CPYTHON

HPyAPI_FUNC int _HPyDLPack_call(HPyContext *ctx, HPy h, _HPyDLPack_Call *call)
{
    (void)ctx;
    _HPyDLPack_call_with_object(call, (void *)_HPy_object(h));
    return call->_status;
}

#else

/* The engine calls it with objects of CPython in the place of handles. */
HPyAPI_FUNC void _HPyDLPack_with_objects(HPyContext *ctx, const HPy *args, size_t nargs, HPy *results, size_t nresults,
                                         void *data)
{
    (void)ctx, (void)nargs, (void)results, (void)nresults;
    _HPyDLPack_call_with_object((_HPyDLPack_Call *)data, (void *)_HPyAPI_read_object(&args[0]));
}

HPyAPI_FUNC int _HPyDLPack_call(HPyContext *ctx, HPy h, _HPyDLPack_Call *call)
{
    static _HPyAPI_Function function = {_HPyDLPack_with_objects, "DLPackExchangeAPI", NULL, 0};
    if (_HPyAPI_Call(ctx, &function, -1, &h, 1, NULL, 0, call) < 0)
        return -1;
    return call->_status;
}

#endif

/* The table of the type of an object, in a version that is known here. Returns 1; 0 if there is none; -1 with an
 * exception. */
HPyAPI_FUNC int _HPyDLPack_find_table(HPyContext *ctx, HPy h, const DLPackExchangeAPI **table)
{
    HPy capsule;
    HPy type = HPy_Type(ctx, h);
    if (HPy_IsNull(type))
        return -1;
    int found = HPy_GetOptionalAttr_s(ctx, type, "__dlpack_c_exchange_api__", &capsule);
    HPy_Close(ctx, type);
    if (found <= 0)
        return found;
    if (HPy_Is(ctx, capsule, ctx->h_None)) {
        HPy_Close(ctx, capsule);
        return 0;
    }
    if (!HPyCapsule_IsValid(ctx, capsule, "dlpack_exchange_api")) {
        HPyErr_SetString(ctx, ctx->h_BufferError,
                         "__dlpack_c_exchange_api__ of the type is not a capsule 'dlpack_exchange_api', as DLPack 1.3 "
                         "wants it");
        HPy_Close(ctx, capsule);
        return -1;
    }
    /* Static, by the specification. */
    const DLPackExchangeAPIHeader *header =
        (const DLPackExchangeAPIHeader *)HPyCapsule_GetPointer(ctx, capsule, "dlpack_exchange_api");
    HPy_Close(ctx, capsule);
    while (header != NULL && header->version.major != DLPACK_MAJOR_VERSION)
        header = header->prev_api;
    *table = (const DLPackExchangeAPI *)header;
    return header != NULL;
}

/* Returns 1 and the tensor; 0 if it has to be asked for otherwise; -1 with an exception. */
HPyAPI_FUNC int _HPyDLPack_by_table(HPyContext *ctx, HPy h, DLManagedTensorVersioned **tensor)
{
    _HPyDLPack_Call call;
    int found = _HPyDLPack_find_table(ctx, h, &call._table);
    if (found <= 0)
        return found;
    call._function = _HPyDLPack_GET;
    call._out = tensor;
    if (_HPyDLPack_call(ctx, h, &call) < 0) {
        *tensor = NULL;
        return -1;
    }
    if (*tensor == NULL || (*tensor)->version.major != DLPACK_MAJOR_VERSION ||
        (*tensor)->dl_tensor.device.device_type == kDLCPU)
        return *tensor != NULL;
    /* The table does not wait for devices, the method does. */
    if ((*tensor)->deleter != NULL)
        (*tensor)->deleter(*tensor);
    *tensor = NULL;
    return 0;
}

/* By the method. */

/* `h.__dlpack__(max_version=(1, 3))`, without the argument for producers that do not know it. */
HPyAPI_FUNC HPy _HPyDLPack_call_method(HPyContext *ctx, HPy h)
{
    HPy capsule = HPy_NULL, kwnames = HPy_NULL;
    HPy name = HPyUnicode_FromString(ctx, "__dlpack__");
    HPy keyword = HPyUnicode_FromString(ctx, "max_version");
    HPy version = HPy_BuildValue(ctx, "(ii)", DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION);
    if (!HPy_IsNull(keyword))
        kwnames = HPyTuple_FromArray(ctx, &keyword, 1);
    if (!HPy_IsNull(name) && !HPy_IsNull(version) && !HPy_IsNull(kwnames)) {
        HPy args[2] = {h, version};
        capsule = HPy_CallMethod(ctx, name, args, 1, kwnames);
        if (HPy_IsNull(capsule) && HPyErr_ExceptionMatches(ctx, ctx->h_TypeError)) {
            HPyErr_Clear(ctx);
            capsule = HPy_CallMethod(ctx, name, args, 1, HPy_NULL);
        }
    }
    HPy_Close(ctx, name);
    HPy_Close(ctx, keyword);
    HPy_Close(ctx, version);
    HPy_Close(ctx, kwnames);
    return capsule;
}

/* Takes the tensor out of a capsule, which is marked as used. */
HPyAPI_FUNC int _HPyDLPack_take(HPyContext *ctx, HPy capsule, HPyDLPack_View *view)
{
    if (HPyCapsule_IsValid(ctx, capsule, "dltensor_versioned")) {
        void *pointer = HPyCapsule_GetPointer(ctx, capsule, "dltensor_versioned");
        if (pointer == NULL || HPyCapsule_SetName(ctx, capsule, "used_dltensor_versioned") < 0)
            return -1;
        view->_versioned = (DLManagedTensorVersioned *)pointer;
        return 0;
    }
    if (HPyCapsule_IsValid(ctx, capsule, "dltensor")) {
        void *pointer = HPyCapsule_GetPointer(ctx, capsule, "dltensor");
        if (pointer == NULL || HPyCapsule_SetName(ctx, capsule, "used_dltensor") < 0)
            return -1;
        view->_unversioned = (DLManagedTensor *)pointer;
        return 0;
    }
    int is_used = HPyCapsule_IsValid(ctx, capsule, "used_dltensor_versioned") ||
                  HPyCapsule_IsValid(ctx, capsule, "used_dltensor");
    HPyErr_SetString(ctx, ctx->h_BufferError,
                     is_used ? "__dlpack__ returned a capsule whose tensor somebody else has taken; it must return a "
                               "new one each time"
                             : "__dlpack__ did not return a capsule 'dltensor_versioned' or 'dltensor'");
    return -1;
}

HPyAPI_FUNC int _HPyDLPack_by_method(HPyContext *ctx, HPy h, HPyDLPack_View *view)
{
    HPy method;
    int found = HPy_GetOptionalAttr_s(ctx, h, "__dlpack__", &method);
    HPy_Close(ctx, method);
    if (found == 0)
        HPyErr_SetString(ctx, ctx->h_TypeError, "expected an object with a tensor, that is, with a method __dlpack__");
    if (found <= 0)
        return -1;
    HPy capsule = _HPyDLPack_call_method(ctx, h);
    if (HPy_IsNull(capsule))
        return -1;
    int status = _HPyDLPack_take(ctx, capsule, view);
    HPy_Close(ctx, capsule);
    return status;
}

#endif /* HPY_DLPACK_CONSUMER_H */
