/** Says nothing but its index. */
HPy_ID(0)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

/** Since when? */
HPy_ID(1) HPy h_None;

/** Compiled into the extension, says nothing. */
HPyAPI_HELPER HPy HPy_Twice(HPyContext *ctx, HPy h);

/** Says half of it. */
HPy_FACTS(since=0.0)
HPyAPI_FUNC int HPy_Two(void) { return 2; }
