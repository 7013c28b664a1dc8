/** `None`. */
HPy_ID(0, since=0.0) HPy h_None;

/** Duplicates. */
HPy_ID(0, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);
