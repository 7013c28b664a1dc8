/** A file. */
HPy_ID(0, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_FromFile(HPyContext *ctx, FILE *file);

/** By value. */
HPy_ID(1, since=0.0, python=no, error=none)
HPyAPI_FUNC cpy_PyObject HPy_AsObject(HPyContext *ctx, struct pair *p);
