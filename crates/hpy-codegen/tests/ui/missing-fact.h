/** Says nothing but its index. */
HPy_ID(0)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

/** Since when? */
HPy_ID(1) HPy h_None;
