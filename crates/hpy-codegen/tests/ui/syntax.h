/** Duplicates. */
HPy_ID(0)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h

/** Not C. */
HPy_ID(1)
HPyAPI_FUNC HPy NORETURN HPy_Close(HPyContext *ctx, HPy h);
