/* How a tensor is given to other libraries, in a capsule. Not to be included directly; dlpack.h explains it.
 */
#ifndef HPY_DLPACK_PROVIDER_H
#define HPY_DLPACK_PROVIDER_H

#include "hpy/dlpack.h"

HPyAPI_FUNC void _HPyDLPack_delete_versioned(DLManagedTensorVersioned *self)
{
    HPyClosure *owner = (HPyClosure *)self->manager_ctx;
    free(self);
    HPyClosure_Free(owner);
}

HPyAPI_FUNC void _HPyDLPack_delete_unversioned(DLManagedTensor *self)
{
    HPyClosure *owner = (HPyClosure *)self->manager_ctx;
    free(self);
    HPyClosure_Free(owner);
}

/* Stores shape and strides in `numbers`, and points to them. */
HPyAPI_FUNC void _HPyDLPack_copy(const DLTensor *from, DLTensor *to, int64_t *numbers)
{
    int64_t stride = 1;
    *to = *from;
    to->shape = from->ndim == 0 ? NULL : numbers;
    to->strides = from->ndim == 0 ? NULL : numbers + from->ndim;
    for (int32_t i = from->ndim - 1; i >= 0; i--) {
        to->shape[i] = from->shape[i];
        to->strides[i] = from->strides == NULL ? stride : from->strides[i];
        stride *= from->shape[i];
    }
}

/* A DLManagedTensorVersioned or DLManagedTensor; NULL with an exception. */
HPyAPI_FUNC void *_HPyDLPack_new(HPyContext *ctx, HPy owner, const DLTensor *tensor, uint64_t flags, int versioned)
{
    size_t size = versioned ? sizeof(DLManagedTensorVersioned) : sizeof(DLManagedTensor);
    if (tensor->ndim < 0 || (tensor->ndim > 0 && tensor->shape == NULL)) {
        HPyErr_SetString(ctx, ctx->h_BufferError, "a tensor for other libraries needs a shape");
        return NULL;
    }
    void *managed = malloc(size + 2 * (size_t)tensor->ndim * sizeof(int64_t));
    if (managed == NULL) {
        HPyErr_NoMemory(ctx);
        return NULL;
    }
    HPyClosure *closure = _HPyClosure_keep(ctx, owner);
    if (closure == NULL) {
        free(managed);
        return NULL;
    }
    memset(managed, 0, size);
    int64_t *numbers = (int64_t *)(void *)((char *)managed + size);
    if (versioned) {
        DLManagedTensorVersioned *self = (DLManagedTensorVersioned *)managed;
        self->version.major = DLPACK_MAJOR_VERSION;
        self->version.minor = DLPACK_MINOR_VERSION;
        self->manager_ctx = closure;
        self->deleter = _HPyDLPack_delete_versioned;
        self->flags = flags;
        _HPyDLPack_copy(tensor, &self->dl_tensor, numbers);
    } else {
        DLManagedTensor *self = (DLManagedTensor *)managed;
        self->manager_ctx = closure;
        self->deleter = _HPyDLPack_delete_unversioned;
        _HPyDLPack_copy(tensor, &self->dl_tensor, numbers);
    }
    return managed;
}

/* Tensors in new memory, as other libraries ask for them. These need nothing of Python. */

HPyAPI_FUNC void _HPyDLPack_free(DLManagedTensorVersioned *self)
{
    free(self->manager_ctx);
    free(self);
}

HPyAPI_FUNC int _HPyDLPack_allocate(DLTensor *prototype, DLManagedTensorVersioned **out, void *error_ctx,
                                    void (*set_error)(void *error_ctx, const char *kind, const char *message))
{
    const size_t alignment = 256;
    *out = NULL;
    if (prototype->device.device_type != kDLCPU || prototype->ndim < 0) {
        set_error(error_ctx, "BufferError", "tensors are allocated in memory of the CPU only");
        return -1;
    }
    size_t ndim = (size_t)prototype->ndim;
    size_t size = ((size_t)prototype->dtype.bits * prototype->dtype.lanes + 7) / 8;
    int is_too_large = 0;
    for (size_t i = 0; i < ndim; i++) {
        size_t length = (size_t)prototype->shape[i];
        is_too_large |= prototype->shape[i] < 0 || (length != 0 && size > (SIZE_MAX - alignment) / 2 / length);
        if (!is_too_large)
            size *= length;
    }
    DLManagedTensorVersioned *self =
        (DLManagedTensorVersioned *)calloc(1, sizeof(DLManagedTensorVersioned) + 2 * ndim * sizeof(int64_t));
    void *memory = is_too_large ? NULL : malloc(size + alignment);
    if (self == NULL || memory == NULL) {
        free(self);
        free(memory);
        set_error(error_ctx, "MemoryError", "not enough memory for a tensor");
        return -1;
    }
    DLTensor tensor = *prototype;
    tensor.strides = NULL;
    tensor.byte_offset = 0;
    tensor.data = (void *)(((uintptr_t)memory + alignment - 1) & ~(uintptr_t)(alignment - 1));
    _HPyDLPack_copy(&tensor, &self->dl_tensor, (int64_t *)(void *)(self + 1));
    self->version.major = DLPACK_MAJOR_VERSION;
    self->version.minor = DLPACK_MINOR_VERSION;
    self->manager_ctx = memory;
    self->deleter = _HPyDLPack_free;
    *out = self;
    return 0;
}

/* Copies the items of a tensor in memory of the CPU to where they follow each other. */
HPyAPI_FUNC void _HPyDLPack_copy_items(const DLTensor *from, const DLTensor *to)
{
    size_t size = (size_t)from->dtype.bits * from->dtype.lanes / 8;
    const char *source = (const char *)from->data + from->byte_offset;
    int64_t count = 1;
    for (int32_t i = 0; i < from->ndim; i++)
        count *= from->shape[i];
    if (from->strides == NULL && count > 0) {
        memcpy(to->data, source, (size_t)count * size);
        return;
    }
    for (int64_t n = 0; n < count; n++) {
        int64_t rest = n, offset = 0;
        for (int32_t i = from->ndim - 1; i >= 0; i--) {
            offset += rest % from->shape[i] * from->strides[i];
            rest /= from->shape[i];
        }
        memcpy((char *)to->data + (size_t)n * size, source + offset * (int64_t)size, size);
    }
}

HPyAPI_FUNC void _HPyDLPack_raise(void *ctx_pointer, const char *kind, const char *message)
{
    HPyContext *ctx = (HPyContext *)ctx_pointer;
    HPyErr_SetString(ctx, kind[0] == 'M' ? ctx->h_MemoryError : ctx->h_BufferError, message);
}

/* Capsules. Their names tell whether the tensor was taken. */

HPyCapsule_DESTRUCTOR(_HPyDLPack_destroy_capsule)
static void _HPyDLPack_destroy_capsule_impl(const char *name, void *pointer, void *context)
{
    (void)context;
    if (strcmp(name, "dltensor_versioned") == 0)
        ((DLManagedTensorVersioned *)pointer)->deleter((DLManagedTensorVersioned *)pointer);
    else if (strcmp(name, "dltensor") == 0)
        ((DLManagedTensor *)pointer)->deleter((DLManagedTensor *)pointer);
}

/* A capsule of a tensor, which it owns. */
HPyAPI_FUNC HPy _HPyDLPack_wrap(HPyContext *ctx, void *managed, int versioned)
{
    if (managed == NULL)
        return HPy_NULL;
    const char *name = versioned ? "dltensor_versioned" : "dltensor";
    HPy capsule = HPyCapsule_New(ctx, managed, name, &_HPyDLPack_destroy_capsule);
    if (HPy_IsNull(capsule))
        _HPyDLPack_destroy_capsule_impl(name, managed, NULL);
    return capsule;
}

HPyAPI_FUNC HPy _HPyDLPack_capsule(HPyContext *ctx, HPy owner, const DLTensor *tensor, uint64_t flags, int versioned)
{
    return _HPyDLPack_wrap(ctx, _HPyDLPack_new(ctx, owner, tensor, flags, versioned), versioned);
}

HPyAPI_FUNC HPy _HPyDLPack_capsule_of_copy(HPyContext *ctx, const DLTensor *tensor)
{
    DLTensor prototype = *tensor;
    DLManagedTensorVersioned *copy;
    if (tensor->dtype.bits * tensor->dtype.lanes % 8 != 0)
        return HPyErr_SetString(ctx, ctx->h_BufferError, "__dlpack__: items of less than a byte are not copied");
    if (_HPyDLPack_allocate(&prototype, &copy, ctx, _HPyDLPack_raise) < 0)
        return HPy_NULL;
    _HPyDLPack_copy_items(tensor, &copy->dl_tensor);
    copy->flags = DLPACK_FLAG_BITMASK_IS_COPIED;
    return _HPyDLPack_wrap(ctx, copy, 1);
}

/* A pair of integers, or None, which leaves them as they are. */
HPyAPI_FUNC int _HPyDLPack_pair(HPyContext *ctx, HPy pair, const char *name, long numbers[2])
{
    if (HPy_IsNull(pair) || HPy_Is(ctx, pair, ctx->h_None))
        return 0;
    if (!HPyTuple_Check(ctx, pair) || HPy_Length(ctx, pair) != 2) {
        char text[80];
        snprintf(text, sizeof(text), "__dlpack__: '%s' must be a tuple of two integers or None", name);
        HPyErr_SetString(ctx, ctx->h_TypeError, text);
        return -1;
    }
    for (HPy_ssize_t i = 0; i < 2; i++) {
        HPy item = HPy_GetItem_i(ctx, pair, i);
        if (HPy_IsNull(item))
            return -1;
        numbers[i] = HPyLong_AsLong(ctx, item);
        HPy_Close(ctx, item);
        if (numbers[i] == -1 && HPyErr_Occurred(ctx))
            return -1;
    }
    return 0;
}

/* Raises BufferError, as consumers expect it of what they asked for and do not get. */
HPyAPI_FUNC HPy _HPyDLPack_refuse(HPyContext *ctx, const char *text)
{
    return HPyErr_SetString(ctx, ctx->h_BufferError, text);
}

/* The arguments of `__dlpack__`; HPy_NULL or None for those that were not given. */
typedef struct {
    HPy _stream;
    HPy _max_version;
    HPy _dl_device;
    HPy _copy;
} _HPyDLPack_Arguments;

HPyAPI_FUNC HPy _HPyDLPack_export_as(HPyContext *ctx, HPy owner, const DLTensor *tensor, uint64_t flags,
                                     const _HPyDLPack_Arguments *arguments)
{
    long version[2] = {0, 0}, device[2] = {(long)tensor->device.device_type, (long)tensor->device.device_id};
    HPy stream = arguments->_stream, copy = arguments->_copy;
    if (_HPyDLPack_pair(ctx, arguments->_max_version, "max_version", version) < 0 ||
        _HPyDLPack_pair(ctx, arguments->_dl_device, "dl_device", device) < 0)
        return HPy_NULL;
    if (!HPy_IsNull(stream) && !HPy_Is(ctx, stream, ctx->h_None) && tensor->device.device_type == kDLCPU)
        return _HPyDLPack_refuse(ctx, "__dlpack__: memory of the CPU has no streams; 'stream' must be None");
    if (device[0] != (long)tensor->device.device_type || device[1] != (long)tensor->device.device_id)
        return _HPyDLPack_refuse(ctx, "__dlpack__: the tensor is on another device than 'dl_device'");
    if (!HPy_IsNull(copy) && HPy_Is(ctx, copy, ctx->h_True)) {
        if (version[0] < 1)
            return _HPyDLPack_refuse(ctx, "__dlpack__: DLPack can tell of copies since 1.0 only; pass 'max_version'");
        return _HPyDLPack_capsule_of_copy(ctx, tensor);
    }
    if (version[0] >= 1)
        return _HPyDLPack_capsule(ctx, owner, tensor, flags, 1);
    if (flags & DLPACK_FLAG_BITMASK_READ_ONLY)
        return _HPyDLPack_refuse(ctx, "__dlpack__: the memory is read-only, which DLPack can tell since 1.0 only; pass "
                                      "'max_version'");
    return _HPyDLPack_capsule(ctx, owner, tensor, flags, 0);
}

HPyAPI_FUNC HPy _HPyDLPack_export(HPyContext *ctx, HPy owner, const DLTensor *tensor, uint64_t flags, const HPy *args,
                                  size_t nargs, HPy kwnames)
{
    static const char *keywords[] = {"stream", "max_version", "dl_device", "copy", NULL};
    _HPyDLPack_Arguments arguments = {HPy_NULL, HPy_NULL, HPy_NULL, HPy_NULL};
    HPyTracker tracker;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "$OOOO:__dlpack__", keywords, &arguments._stream,
                              &arguments._max_version, &arguments._dl_device, &arguments._copy))
        return HPy_NULL;
    HPy capsule = _HPyDLPack_export_as(ctx, owner, tensor, flags, &arguments);
    HPyTracker_Close(ctx, tracker);
    return capsule;
}

#endif /* HPY_DLPACK_PROVIDER_H */
