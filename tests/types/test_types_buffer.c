#include <string.h>

typedef struct { HPy_ssize_t exports; int data[6]; } Data;
HPyType_HELPERS(Data)

static HPy_ssize_t shape[] = {2, 3}, strides[] = {3 * sizeof(int), sizeof(int)};
static char format[] = "i";
static int last_flags, was_zeroed, released_as_given, closed;
static char internal;

HPyDef_MEMBER(exports, "exports", HPyMember_HPYSSIZET, offsetof(Data, exports), .readonly = 1)

HPyDef_SLOT(getbuffer, HPy_bf_getbuffer)
static int getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    static const HPy_buffer zeroed;
    Data *data = Data_AsStruct(ctx, self);
    was_zeroed = memcmp(view, &zeroed, sizeof(zeroed)) == 0;
    last_flags = flags;
    if (closed) {
        /* What is in the view then must not matter. */
        view->buf = data->data;
        view->obj = HPy_NULL;
        HPyErr_SetString(ctx, ctx->h_BufferError, "closed");
        return -1;
    }
    data->exports++;
    view->buf = data->data;
    view->len = sizeof(data->data);
    view->itemsize = sizeof(int);
    view->ndim = 2;
    view->readonly = 0;
    view->format = format;
    view->shape = shape;
    view->strides = strides;
    view->suboffsets = NULL;
    view->internal = &internal;
    view->obj = HPy_Dup(ctx, self);
    return 0;
}

HPyDef_SLOT(releasebuffer, HPy_bf_releasebuffer)
static void releasebuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view)
{
    Data *data = Data_AsStruct(ctx, self);
    data->exports--;
    released_as_given = view->buf == data->data && view->len == sizeof(data->data) && view->shape == shape
        && view->strides == strides && view->internal == &internal && HPy_Is(ctx, view->obj, self);
}

/* Bytes of another object, which keeps them alive. */
HPyDef_SLOT(borrowing_getbuffer, HPy_bf_getbuffer)
static int borrowing_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    HPy bytes = HPy_GetAttr_s(ctx, self, "source");
    if (HPy_IsNull(bytes))
        return -1;
    view->buf = (void *)HPyBytes_AS_STRING(ctx, bytes);
    view->len = HPyBytes_GET_SIZE(ctx, bytes);
    view->itemsize = 1;
    view->readonly = 1;
    view->ndim = 1;
    view->format = NULL;
    view->shape = &view->len;
    view->strides = &view->itemsize;
    view->suboffsets = NULL;
    view->internal = NULL;
    view->obj = bytes;
    return 0;
}
