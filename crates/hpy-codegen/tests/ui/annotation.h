/** Closes. */
HPy_ID(first)
HPyAPI_FUNC void HPy_Close(HPyContext *ctx, HPy h);

/** Duplicates. */
HPy_ID(0, since=0.0, python=no, error=HPy_NULL, returns_nul)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

HPy_ID(
