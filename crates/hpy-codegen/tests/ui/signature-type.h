/** Signatures. */
typedef enum { HPyFunc_UNARYFUNC = 1 } HPyFunc_Signature;

/** A prototype. */
HPy_SIG(HPyFunc_UNARYFUNC)
typedef HPy (*HPyFunc_unaryfunc)(HPyContext *ctx, HPyTracker tracker);
