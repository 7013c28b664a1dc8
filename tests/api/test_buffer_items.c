#include <string.h>
#include <stdlib.h>

#define ROOM 16

static int get_full(HPyContext *ctx, HPy h, HPy_buffer *view)
{
    return HPy_GetBuffer(ctx, h, view, HPyBUF_FULL_RO);
}

static char first_char(HPyContext *ctx, HPy text)
{
    return (char)HPyUnicode_ReadChar(ctx, text, 0);
}

HPyDef_METH(short_at, "short_at", HPyFunc_VARARGS)
static HPy short_at_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    HPy_ssize_t indices[2] = {HPyLong_AsSsize_t(ctx, args[1]), HPyLong_AsSsize_t(ctx, args[2])};
    if (get_full(ctx, args[0], &view) < 0)
        return HPy_NULL;
    int16_t value = *(int16_t *)HPyBuffer_GetPointer(ctx, &view, indices);
    HPyBuffer_Release(ctx, &view);
    return HPyLong_FromLong(ctx, value);
}

HPyDef_METH(at_without_strides, "at_without_strides", HPyFunc_VARARGS)
static HPy at_without_strides_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    HPy_ssize_t indices[2] = {HPyLong_AsSsize_t(ctx, args[1]), HPyLong_AsSsize_t(ctx, args[2])};
    if (HPy_GetBuffer(ctx, args[0], &view, HPyBUF_ND) < 0)
        return HPy_NULL;
    int16_t value = view.strides != NULL ? -1 : *(int16_t *)HPyBuffer_GetPointer(ctx, &view, indices);
    HPyBuffer_Release(ctx, &view);
    return HPyLong_FromLong(ctx, value);
}

/* A view whose rows lie anywhere, as pointers tell. */
static int16_t first_row[4] = {0, 1, 2, 3}, second_row[4] = {0, 4, 5, 6};
static int16_t *rows[2] = {first_row, second_row};
static HPy_ssize_t rows_shape[2] = {2, 3}, rows_strides[2] = {sizeof(rows[0]), sizeof(first_row[0])};
static HPy_ssize_t rows_suboffsets[2] = {sizeof(first_row[0]), -1};

static HPy_buffer indirect(void)
{
    HPy_buffer view;
    memset(&view, 0, sizeof(view));
    view.buf = rows;
    view.len = 6 * sizeof(first_row[0]);
    view.itemsize = sizeof(first_row[0]);
    view.ndim = 2;
    view.format = (char *)"h";
    view.shape = rows_shape;
    view.strides = rows_strides;
    view.suboffsets = rows_suboffsets;
    return view;
}

HPyDef_METH(indirect_at, "indirect_at", HPyFunc_VARARGS)
static HPy indirect_at_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view = indirect();
    HPy_ssize_t indices[2] = {HPyLong_AsSsize_t(ctx, args[0]), HPyLong_AsSsize_t(ctx, args[1])};
    return HPyLong_FromLong(ctx, *(int16_t *)HPyBuffer_GetPointer(ctx, &view, indices));
}

/* The bytes of a view, of which `len` are asked for. */
static HPy as_bytes(HPyContext *ctx, const HPy_buffer *view, HPy_ssize_t len, char order)
{
    char *memory = (char *)malloc((size_t)view->len + 1);
    if (memory == NULL)
        return HPyErr_NoMemory(ctx);
    memory[view->len] = '!';
    HPy bytes = HPy_NULL;
    if (HPyBuffer_ToContiguous(ctx, memory, view, len, order) == 0)
        bytes = HPyBytes_FromStringAndSize(ctx, memory, view->len);
    if (memory[view->len] != '!')
        HPyErr_SetString(ctx, ctx->h_AssertionError, "too much was written");
    free(memory);
    return bytes;
}

HPyDef_METH(to_contiguous, "to_contiguous", HPyFunc_VARARGS)
static HPy to_contiguous_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    if (get_full(ctx, args[0], &view) < 0)
        return HPy_NULL;
    HPy bytes = as_bytes(ctx, &view, nargs > 2 ? HPyLong_AsSsize_t(ctx, args[2]) : view.len, first_char(ctx, args[1]));
    HPyBuffer_Release(ctx, &view);
    return bytes;
}

HPyDef_METH(indirect_to_contiguous, "indirect_to_contiguous", HPyFunc_O)
static HPy indirect_to_contiguous_impl(HPyContext *ctx, HPy self, HPy order)
{
    HPy_buffer view = indirect();
    return as_bytes(ctx, &view, view.len, first_char(ctx, order));
}

HPyDef_METH(from_contiguous, "from_contiguous", HPyFunc_VARARGS)
static HPy from_contiguous_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    if (get_full(ctx, args[0], &view) < 0)
        return HPy_NULL;
    int status = HPyBuffer_FromContiguous(ctx, &view, HPyBytes_AsString(ctx, args[1]), HPyBytes_Size(ctx, args[1]),
                                          first_char(ctx, args[2]));
    HPyBuffer_Release(ctx, &view);
    return status < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(copy_data, "copy_data", HPyFunc_VARARGS)
static HPy copy_data_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer to, from;
    if (get_full(ctx, args[0], &to) < 0)
        return HPy_NULL;
    if (get_full(ctx, args[1], &from) < 0) {
        HPyBuffer_Release(ctx, &to);
        return HPy_NULL;
    }
    int status = HPyBuffer_CopyData(ctx, &to, &from);
    HPyBuffer_Release(ctx, &to);
    HPyBuffer_Release(ctx, &from);
    return status < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(int64s, "int64s", HPyFunc_VARARGS)
static HPy int64s_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    int64_t values[ROOM];
    if (get_full(ctx, args[0], &view) < 0)
        return HPy_NULL;
    HPy_ssize_t n = HPyBuffer_AsInt64s(ctx, &view, HPyLong_AsSsize_t(ctx, args[1]), HPyLong_AsSsize_t(ctx, args[2]),
                                       values);
    HPyBuffer_Release(ctx, &view);
    return n < 0 ? HPy_NULL : HPyList_FromInt64s(ctx, values, n);
}

HPyDef_METH(doubles, "doubles", HPyFunc_VARARGS)
static HPy doubles_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    double values[ROOM];
    if (get_full(ctx, args[0], &view) < 0)
        return HPy_NULL;
    HPy_ssize_t n = HPyBuffer_AsDoubles(ctx, &view, HPyLong_AsSsize_t(ctx, args[1]), HPyLong_AsSsize_t(ctx, args[2]),
                                        values);
    HPyBuffer_Release(ctx, &view);
    return n < 0 ? HPy_NULL : HPyList_FromDoubles(ctx, values, n);
}

HPyDef_METH(indirect_int64s, "indirect_int64s", HPyFunc_VARARGS)
static HPy indirect_int64s_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view = indirect();
    int64_t values[ROOM];
    HPy_ssize_t n = HPyBuffer_AsInt64s(ctx, &view, HPyLong_AsSsize_t(ctx, args[0]), HPyLong_AsSsize_t(ctx, args[1]),
                                       values);
    return n < 0 ? HPy_NULL : HPyList_FromInt64s(ctx, values, n);
}

/* (format, size): one item with the number 5. */
HPyDef_METH(ints_of_format, "ints_of_format", HPyFunc_VARARGS)
static HPy ints_of_format_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    int64_t values[1] = {0};
    HPy_ssize_t size = HPyLong_AsSsize_t(ctx, args[1]);
    int32_t small = 5;
    int64_t large = 5;
    HPy_buffer view;
    memset(&view, 0, sizeof(view));
    view.buf = size == sizeof(small) ? (void *)&small : (void *)&large;
    view.len = view.itemsize = size;
    view.ndim = 0;
    view.format = (char *)(uintptr_t)HPyUnicode_AsUTF8AndSize(ctx, args[0], NULL);
    HPy_ssize_t n = HPyBuffer_AsInt64s(ctx, &view, 0, 1, values);
    return n < 0 ? HPy_NULL : HPyList_FromInt64s(ctx, values, n);
}

HPyDef_METH(ints_of_null, "ints_of_null", HPyFunc_NOARGS)
static HPy ints_of_null_impl(HPyContext *ctx, HPy self)
{
    int64_t values[1];
    return HPyBuffer_AsInt64s(ctx, NULL, 0, 1, values) < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}
