/** Variadic. */
HPy_ID(0)
HPyAPI_FUNC HPy HPyTuple_Pack(HPyContext *ctx, HPy_ssize_t n, ...);

/** Two at once. */
HPy_ID(1) HPy h_None, h_True;

/** A prototype. */
HPy_SIG(HPyFunc_NOARGS)
HPy HPyFunc_noargs(HPyContext *ctx, HPy self);

/** Volatile. */
HPy_ID(2)
HPyAPI_FUNC volatile int HPy_Counter(HPyContext *ctx);
