/** Has a body elsewhere. */
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

/** Has a body. */
HPyAPI_FUNC int HPy_Two(void) { return 2; }
