/** Duplicates. */
HPy_ID(0)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy);

/** Compares. */
HPy_ID(1)
HPyAPI_FUNC int HPy_Is(HPyContext *ctx, HPy h, HPy h);
