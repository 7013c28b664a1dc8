/** Duplicates. */
HPy_ID(0)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

/** The same member under another name. */
HPy_ID(1)
HPyAPI_FUNC HPy _HPy_Dup(HPyContext *ctx, HPy h);
