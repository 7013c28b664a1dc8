/** Variadic. */
HPy_ID(0, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyTuple_Pack(HPyContext *ctx, HPy_ssize_t n, ...);

/** Two at once. */
HPy_ID(1, since=0.0) HPy h_None, h_True;

/** A prototype. */
HPy_SIG(HPyFunc_NOARGS)
HPy HPyFunc_noargs(HPyContext *ctx, HPy self);

/** Volatile. */
HPy_ID(2, since=0.0, python=no, error=none)
HPyAPI_FUNC volatile int HPy_Counter(HPyContext *ctx);
