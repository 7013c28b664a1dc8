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

/* What the converters return: for the object, and for releasing it. */
HPyDef_METH(statuses, "statuses", HPyFunc_O)
static HPy statuses_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy_buffer view = {0};
    int first = HPyBuffer_Convert(ctx, arg, &view);
    int second = HPyBuffer_Convert(ctx, HPy_NULL, &view);
    int third = HPyBuffer_ConvertWritable(ctx, arg, &view);
    int fourth = HPyBuffer_ConvertWritable(ctx, HPy_NULL, &view);
    int fifth = HPyBuffer_ConvertText(ctx, arg, &view);
    int sixth = HPyBuffer_ConvertText(ctx, HPy_NULL, &view);
    int seventh = HPyBuffer_ConvertText(ctx, HPy_NULL, &view); /* released twice */
    return HPy_BuildValue(ctx, "(iiiiiii)", first, second, third, fourth, fifth, sixth, seventh);
}
