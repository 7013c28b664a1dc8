/* Not a doc comment. */
HPy_ID(0)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

/** Belongs to the variable. */
extern int variable;
HPy_ID(1) HPy h_None;
