/** Written to, or read? */
HPy_ID(0, since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPySlice_Unpack(HPyContext *ctx, HPy slice, HPy_ssize_t *start);

/** The same for a function in the extension. */
HPy_FACTS(since=0.0, python=no, error=0)
HPyAPI_HELPER int HPyArg_Parse(HPyContext *ctx, HPyTracker *ht, const char *format, ...);
