/** Duplicates. */
HPy_ID(0, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Dup(HPy h, HPyContext *ctx);
