/** Duplicates. */
HPy_ID(0)
HPyAPI_FUNC HPy HPy_Dup(HPy h, HPyContext *ctx);
