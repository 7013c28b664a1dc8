/** A file. */
HPy_ID(0)
HPyAPI_FUNC HPy HPy_FromFile(HPyContext *ctx, FILE *file);

/** By value. */
HPy_ID(1)
HPyAPI_FUNC cpy_PyObject HPy_AsObject(HPyContext *ctx, struct pair *p);
