/** Duplicates. */
HPy_ID(0, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy);

/** Compares. */
HPy_ID(1, since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPy_Is(HPyContext *ctx, HPy h, HPy h);
