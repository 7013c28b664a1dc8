/* A type with tensors of doubles, and functions that look at the tensors of others. */
#include <hpy/dlpack.h>

#include <pthread.h>

/* The provider. */

typedef struct {
    double *items;
    int64_t shape[2];
    int64_t strides[2];
    int is_read_only;
    int has_no_strides;
    /* Memory of somebody else, instead of its own. */
    DLManagedTensorVersioned *imported;
} Tensor;
HPyType_HELPERS(Tensor)

static HPyGlobal tensor_type;
static long freed;

HPyDef_SLOT(tensor_destroy, HPy_tp_destroy)
static void tensor_destroy_impl(void *data)
{
    Tensor *self = (Tensor *)data;
    if (self->imported != NULL)
        self->imported->deleter(self->imported);
    else
        free(self->items);
    freed++;
}

static int tensor_of(HPyContext *ctx, HPy h, DLTensor *tensor, uint64_t *flags)
{
    Tensor *self = Tensor_AsStruct(ctx, h);
    if (self->items == NULL) {
        HPyErr_SetString(ctx, ctx->h_BufferError, "the tensor has no memory");
        return -1;
    }
    tensor->data = self->items;
    tensor->device.device_type = kDLCPU;
    tensor->ndim = 2;
    tensor->dtype.code = kDLFloat;
    tensor->dtype.bits = 64;
    tensor->dtype.lanes = 1;
    tensor->shape = self->shape;
    tensor->strides = self->has_no_strides ? NULL : self->strides;
    if (self->is_read_only)
        *flags |= DLPACK_FLAG_BITMASK_READ_ONLY;
    return 0;
}

static HPy new_tensor(HPyContext *ctx, Tensor **self)
{
    HPy type = HPyGlobal_Load(ctx, tensor_type);
    HPy h = HPy_New(ctx, type, self);
    HPy_Close(ctx, type);
    return h;
}

static HPy from_tensor(HPyContext *ctx, DLManagedTensorVersioned *tensor)
{
    Tensor *self;
    const DLTensor *shown = &tensor->dl_tensor;
    if (shown->ndim != 2 || shown->dtype.code != kDLFloat || shown->dtype.bits != 64) {
        tensor->deleter(tensor);
        return HPyErr_SetString(ctx, ctx->h_BufferError, "expected two dimensions of doubles");
    }
    HPy h = new_tensor(ctx, &self);
    if (HPy_IsNull(h)) {
        tensor->deleter(tensor);
        return h;
    }
    self->items = (double *)shown->data;
    self->imported = tensor;
    for (int i = 0; i < 2; i++) {
        self->shape[i] = shown->shape[i];
        self->strides[i] = shown->strides[i];
    }
    return h;
}

HPyDef_DLPACK_WITH(tensor_dlpack, tensor_of, from_tensor)

/* make(rows, columns, kind): the items are 0, 1, 2 and so on; kind is "", "readonly", "transposed", "no strides" or
 * "empty". */
HPyDef_METH(make, "make", HPyFunc_VARARGS)
static HPy make_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    long rows, columns;
    const char *kind;
    Tensor *tensor;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "lls", &rows, &columns, &kind))
        return HPy_NULL;
    HPy h = new_tensor(ctx, &tensor);
    if (HPy_IsNull(h))
        return HPy_NULL;
    int is_transposed = strcmp(kind, "transposed") == 0;
    tensor->shape[is_transposed] = rows;
    tensor->shape[!is_transposed] = columns;
    tensor->strides[is_transposed] = columns;
    tensor->strides[!is_transposed] = 1;
    tensor->is_read_only = strcmp(kind, "readonly") == 0;
    tensor->has_no_strides = strcmp(kind, "no strides") == 0;
    if (strcmp(kind, "empty") != 0)
        tensor->items = (double *)malloc((size_t)(rows * columns) * sizeof(double) + 1);
    for (long i = 0; tensor->items != NULL && i < rows * columns; i++)
        tensor->items[i] = (double)i;
    return h;
}

HPyDef_METH(address, "address", HPyFunc_O)
static HPy address_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPyLong_FromSize_t(ctx, (size_t)Tensor_AsStruct(ctx, arg)->items);
}

HPyDef_METH(item, "item", HPyFunc_VARARGS)
static HPy item_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    Tensor *tensor = Tensor_AsStruct(ctx, args[0]);
    long i = HPyLong_AsLong(ctx, args[1]), j = HPyLong_AsLong(ctx, args[2]);
    return HPyFloat_FromDouble(ctx, tensor->items[i * tensor->strides[0] + j * tensor->strides[1]]);
}

HPyDef_METH(get_freed, "get_freed", HPyFunc_NOARGS)
static HPy get_freed_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, freed);
}

/* export(owner, ...): the method, for a tensor that DLPack cannot give. */
HPyDef_METH(export_without_shape, "export_without_shape", HPyFunc_O)
static HPy export_without_shape_impl(HPyContext *ctx, HPy self, HPy arg)
{
    DLTensor tensor;
    memset(&tensor, 0, sizeof(tensor));
    tensor.device.device_type = kDLCPU;
    tensor.ndim = 1;
    return HPyDLPack_Export(ctx, arg, &tensor, 0, NULL, 0, HPy_NULL);
}

/* new_and_delete(owner): whether the copied shape is another one. */
HPyDef_METH(new_and_delete, "new_and_delete", HPyFunc_O)
static HPy new_and_delete_impl(HPyContext *ctx, HPy self, HPy arg)
{
    int64_t shape[1] = {3};
    DLTensor tensor;
    memset(&tensor, 0, sizeof(tensor));
    tensor.ndim = 1;
    tensor.shape = shape;
    DLManagedTensorVersioned *managed = HPyDLPack_New(ctx, arg, &tensor, DLPACK_FLAG_BITMASK_IS_COPIED);
    if (managed == NULL)
        return HPy_NULL;
    int is_copy = managed->dl_tensor.shape != shape && managed->dl_tensor.shape[0] == 3 &&
                  managed->dl_tensor.strides[0] == 1 && managed->flags == DLPACK_FLAG_BITMASK_IS_COPIED;
    managed->deleter(managed);
    return HPyBool_FromBool(ctx, is_copy);
}

/* The consumer. */

static HPy numbers(HPyContext *ctx, const int64_t *items, int32_t n)
{
    if (items == NULL)
        return HPy_Dup(ctx, ctx->h_None);
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, n);
    for (int32_t i = 0; i < n; i++) {
        HPy item = HPyLong_FromInt64_t(ctx, items[i]);
        HPyTupleBuilder_Set(ctx, builder, i, item);
        HPy_Close(ctx, item);
    }
    return HPyTupleBuilder_Build(ctx, builder);
}

static HPy show(HPyContext *ctx, const DLTensor *tensor, uint64_t flags, const char *kind)
{
    HPy shape = numbers(ctx, tensor->shape, tensor->ndim);
    HPy strides = numbers(ctx, tensor->strides, tensor->ndim);
    HPy result = HPy_NULL;
    if (!HPy_IsNull(shape) && !HPy_IsNull(strides))
        result = HPy_BuildValue(ctx, "(LOO(iii)(ii)is)",
                                (long long)(intptr_t)tensor->data + (long long)tensor->byte_offset, shape, strides,
                                tensor->dtype.code, tensor->dtype.bits, tensor->dtype.lanes,
                                (int)tensor->device.device_type, (int)tensor->device.device_id, (int)flags, kind);
    HPy_Close(ctx, shape);
    HPy_Close(ctx, strides);
    return result;
}

/* The parts are told apart by who has the tensor: a struct with a version or one without. */
HPyDef_METH(look, "look", HPyFunc_O)
static HPy look_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyDLPack_View view;
    if (HPyDLPack_Get(ctx, arg, &view) < 0) {
        HPyDLPack_Release(&view);
        return HPy_NULL;
    }
    HPy result = show(ctx, &view.tensor, view.flags, view._versioned != NULL ? "versioned" : "unversioned");
    HPyDLPack_Release(&view);
    HPyDLPack_Release(&view);
    return result;
}

HPyDef_METH(borrow, "borrow", HPyFunc_O)
static HPy borrow_impl(HPyContext *ctx, HPy self, HPy arg)
{
    DLTensor tensor;
    int found = HPyDLPack_Borrow(ctx, arg, &tensor);
    if (found <= 0)
        return found < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
    return show(ctx, &tensor, 0, "borrowed");
}

static HPyDLPack_View held;

HPyDef_METH(hold, "hold", HPyFunc_O)
static HPy hold_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPyDLPack_Get(ctx, arg, &held) < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(write_held, "write_held", HPyFunc_O)
static HPy write_held_impl(HPyContext *ctx, HPy self, HPy arg)
{
    *(double *)held.tensor.data = HPyFloat_AsDouble(ctx, arg);
    return HPy_Dup(ctx, ctx->h_None);
}

static void *release_it(void *ignored)
{
    HPyDLPack_Release(&held);
    return ignored;
}

/* release_held(in another thread) */
HPyDef_METH(release_held, "release_held", HPyFunc_O)
static HPy release_held_impl(HPyContext *ctx, HPy self, HPy arg)
{
    if (!HPy_IsTrue(ctx, arg)) {
        HPyDLPack_Release(&held);
        return HPy_Dup(ctx, ctx->h_None);
    }
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    pthread_t thread;
    if (pthread_create(&thread, NULL, release_it, NULL) == 0)
        pthread_join(thread, NULL);
    HPy_END_LEAVE_PYTHON(ctx)
    return HPy_Dup(ctx, ctx->h_None);
}

/* The module. */

static HPyDef *tensor_defines[] = {&tensor_destroy, &tensor_dlpack_method, &tensor_dlpack_device, NULL};
static HPyType_Spec tensor_spec = {
    .name = "mod.Tensor",
    .basicsize = sizeof(Tensor),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .builtin_shape = SHAPE(Tensor),
    .defines = tensor_defines,
};

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    HPy type = HPyType_FromSpec(ctx, &tensor_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &tensor_type, type);
    int status = HPy_SetAttr_s(ctx, module, "Tensor", type);
    if (status >= 0)
        status = HPyDLPack_Publish(ctx, type, tensor_dlpack);
    HPy_Close(ctx, type);
    return status;
}
