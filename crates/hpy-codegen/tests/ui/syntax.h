/** Duplicates. */
HPy_ID(0, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h

/** Not C. */
HPy_ID(1, since=0.0, python=no, error=none)
HPyAPI_FUNC HPy NORETURN HPy_Close(HPyContext *ctx, HPy h);
