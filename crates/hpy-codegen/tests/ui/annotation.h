/** Closes. */
HPy_ID(first)
HPyAPI_FUNC void HPy_Close(HPyContext *ctx, HPy h);

/** Duplicates. */
HPy_ID(0, returns_nul)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

HPy_ID(
