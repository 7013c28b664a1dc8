/** Has a body elsewhere. */
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

/** Has a body. */
HPy_FACTS(since=0.0, python=no, error=none)
HPyAPI_FUNC int HPy_Two(void) { return 2; }
