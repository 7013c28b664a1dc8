#include <string.h>

/* A sequence as a tuple, or None. */
static HPy numbers(HPyContext *ctx, const HPy_ssize_t *items, int n)
{
    if (items == NULL)
        return HPy_Dup(ctx, ctx->h_None);
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, n);
    for (int i = 0; i < n; i++) {
        HPy item = HPyLong_FromSsize_t(ctx, items[i]);
        HPyTupleBuilder_Set(ctx, builder, i, item);
        HPy_Close(ctx, item);
    }
    return HPyTupleBuilder_Build(ctx, builder);
}

/* What is in a view, in the order of inspect_view in the tests. */
static HPy inspect_view(HPyContext *ctx, const HPy_buffer *view)
{
    HPy shape = numbers(ctx, view->shape, view->ndim);
    HPy strides = numbers(ctx, view->strides, view->ndim);
    HPy suboffsets = numbers(ctx, view->suboffsets, view->ndim);
    HPy format = view->format == NULL ? HPy_Dup(ctx, ctx->h_None) : HPyUnicode_FromString(ctx, view->format);
    HPy result = HPy_NULL;
    if (!HPy_IsNull(shape) && !HPy_IsNull(strides) && !HPy_IsNull(suboffsets) && !HPy_IsNull(format))
        result = HPy_BuildValue(ctx, "(LOLLiiOOOO)", (long long)(intptr_t)view->buf, view->obj, (long long)view->len,
                                (long long)view->itemsize, view->readonly, view->ndim, format, shape, strides,
                                suboffsets);
    HPy_Close(ctx, shape);
    HPy_Close(ctx, strides);
    HPy_Close(ctx, suboffsets);
    HPy_Close(ctx, format);
    return result;
}

HPyDef_METH(look, "look", HPyFunc_VARARGS)
static HPy look_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    memset(&view, 0xa5, sizeof(view));
    long flags = HPyLong_AsLong(ctx, args[1]);
    if (HPy_GetBuffer(ctx, args[0], &view, (int)flags) < 0) {
        HPyBuffer_Release(ctx, &view);
        return HPy_NULL;
    }
    HPy result = inspect_view(ctx, &view);
    HPyBuffer_Release(ctx, &view);
    if (!HPy_IsNull(view.obj))
        HPyErr_SetString(ctx, ctx->h_AssertionError, "obj is not null");
    HPyBuffer_Release(ctx, &view);
    return result;
}

/* PyBuffer_FillInfo makes such views. */
HPyDef_METH(points_into_view, "points_into_view", HPyFunc_O)
static HPy points_into_view_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy_buffer view;
    if (HPy_GetBuffer(ctx, arg, &view, HPyBUF_FULL_RO) < 0)
        return HPy_NULL;
    int result = view.shape == &view.len;
    HPyBuffer_Release(ctx, &view);
    return HPyBool_FromBool(ctx, result);
}

static HPy_buffer held;

HPyDef_METH(hold, "hold", HPyFunc_O)
static HPy hold_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPy_GetBuffer(ctx, arg, &held, HPyBUF_SIMPLE) < 0 ? HPy_NULL : HPyLong_FromSsize_t(ctx, held.len);
}

HPyDef_METH(write_held, "write_held", HPyFunc_NOARGS)
static HPy write_held_impl(HPyContext *ctx, HPy self)
{
    ((char *)held.buf)[0] = 'X';
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(owner_of_held, "owner_of_held", HPyFunc_NOARGS)
static HPy owner_of_held_impl(HPyContext *ctx, HPy self)
{
    return HPy_IsNull(held.obj) ? HPy_Dup(ctx, ctx->h_None) : HPy_Dup(ctx, held.obj);
}

HPyDef_METH(release_held, "release_held", HPyFunc_NOARGS)
static HPy release_held_impl(HPyContext *ctx, HPy self)
{
    HPyBuffer_Release(ctx, &held);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(release_held_with_exception, "release_held_with_exception", HPyFunc_NOARGS)
static HPy release_held_with_exception_impl(HPyContext *ctx, HPy self)
{
    HPyErr_SetString(ctx, ctx->h_KeyError, "set before");
    HPyBuffer_Release(ctx, &held);
    return HPy_NULL;
}

HPyDef_METH(release_zeros, "release_zeros", HPyFunc_NOARGS)
static HPy release_zeros_impl(HPyContext *ctx, HPy self)
{
    HPy_buffer view;
    memset(&view, 0, sizeof(view));
    HPyBuffer_Release(ctx, &view);
    HPyBuffer_Release(ctx, NULL);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(get_without_view, "get_without_view", HPyFunc_O)
static HPy get_without_view_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPy_GetBuffer(ctx, arg, NULL, HPyBUF_SIMPLE) < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(get_of_null, "get_of_null", HPyFunc_NOARGS)
static HPy get_of_null_impl(HPyContext *ctx, HPy self)
{
    HPy_buffer view;
    memset(&view, 0xa5, sizeof(view));
    int status = HPy_GetBuffer(ctx, HPy_NULL, &view, HPyBUF_SIMPLE);
    HPyBuffer_Release(ctx, &view);
    return status < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}

/* An exporter that leaves an object in the view although it fails, and looks for exceptions. */
static HPy_ssize_t exports, saw_exception;
static int fails;
static HPy_ssize_t shape[] = {2, 3}, strides[] = {3, 1};
static char memory[] = "abcdef";

HPyDef_SLOT(getbuffer, HPy_bf_getbuffer)
static int getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    if (fails) {
        HPyErr_SetString(ctx, ctx->h_BufferError, "no view today");
        return -1;
    }
    exports++;
    view->buf = memory;
    view->obj = HPy_Dup(ctx, self);
    view->len = 6;
    view->itemsize = 1;
    view->ndim = 2;
    view->format = flags & HPyBUF_FORMAT ? "c" : NULL;
    view->shape = shape;
    view->strides = strides;
    view->internal = &exports;
    return 0;
}

HPyDef_SLOT(releasebuffer, HPy_bf_releasebuffer)
static void releasebuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view)
{
    saw_exception = HPyErr_Occurred(ctx);
    if (view->internal == &exports && view->shape == shape && HPy_Is(ctx, view->obj, self))
        exports--;
}

/* Gives the view of another object. */
HPyDef_SLOT(passing_getbuffer, HPy_bf_getbuffer)
static int passing_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    HPy source = HPy_GetAttr_s(ctx, self, "source");
    if (HPy_IsNull(source))
        return -1;
    int status = HPy_GetBuffer(ctx, source, view, flags);
    HPy_Close(ctx, source);
    return status;
}

HPyDef_METH(get_exports, "get_exports", HPyFunc_NOARGS)
static HPy get_exports_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromSsize_t(ctx, exports);
}

HPyDef_METH(get_saw_exception, "get_saw_exception", HPyFunc_NOARGS)
static HPy get_saw_exception_impl(HPyContext *ctx, HPy self)
{
    return HPyBool_FromBool(ctx, saw_exception != 0);
}

HPyDef_METH(set_fails, "set_fails", HPyFunc_O)
static HPy set_fails_impl(HPyContext *ctx, HPy self, HPy arg)
{
    fails = HPy_IsTrue(ctx, arg);
    return HPy_Dup(ctx, ctx->h_None);
}

/* One block of memory. */
static int is_read_only;
static char block[] = "block";

HPyDef_SLOT(filling_getbuffer, HPy_bf_getbuffer)
static int filling_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    return HPyBuffer_FillInfo(ctx, view, self, block, 5, is_read_only, flags);
}

HPyDef_METH(set_read_only, "set_read_only", HPyFunc_O)
static HPy set_read_only_impl(HPyContext *ctx, HPy self, HPy arg)
{
    is_read_only = HPy_IsTrue(ctx, arg);
    return HPy_Dup(ctx, ctx->h_None);
}

/* is_contiguous(object, flags): of the orders "CFA?", those that hold, as a number in binary. */
HPyDef_METH(is_contiguous, "is_contiguous", HPyFunc_VARARGS)
static HPy is_contiguous_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    long result = 0;
    if (HPy_GetBuffer(ctx, args[0], &view, (int)HPyLong_AsLong(ctx, args[1])) < 0)
        return HPy_NULL;
    for (const char *order = "CFA?"; *order != 0; order++)
        result = 2 * result + HPyBuffer_IsContiguous(ctx, &view, *order);
    HPyBuffer_Release(ctx, &view);
    return HPyLong_FromLong(ctx, result);
}
