/** `None`. */
HPy_ID(0) HPy h_None;

/** Duplicates. */
HPy_ID(0)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);
