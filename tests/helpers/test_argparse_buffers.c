/* Buffers of arguments. */

HPyDef_METH(read_buffer, "read", HPyFunc_VARARGS)
static HPy read_buffer_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "O&", HPyBuffer_Convert, &view))
        return HPy_NULL;
    HPy result = HPyBytes_FromStringAndSize(ctx, (char *)view.buf, view.len);
    HPyBuffer_Release(ctx, &view);
    return result;
}

HPyDef_METH(write_buffer, "write", HPyFunc_VARARGS)
static HPy write_buffer_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "O&", HPyBuffer_ConvertWritable, &view))
        return HPy_NULL;
    ((char *)view.buf)[0] = 'x';
    HPyBuffer_Release(ctx, &view);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(text, "text", HPyFunc_VARARGS)
static HPy text_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_buffer view;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "O&", HPyBuffer_ConvertText, &view))
        return HPy_NULL;
    HPy result = view.buf == NULL ? HPy_Dup(ctx, ctx->h_None)
                                  : HPyBytes_FromStringAndSize(ctx, (char *)view.buf, view.len);
    HPyBuffer_Release(ctx, &view);
    return result;
}
