/** No handle. */
HPy_ID(0, since=0.0, python=no, error=-1)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

/** Nothing to return. */
HPy_ID(1, since=0.0, python=no, error=-1)
HPyAPI_FUNC void HPy_Close(HPyContext *ctx, HPy h);

/** Of another type. */
HPy_ID(2, since=0.0, python=no, error=(uint64_t)-1?)
HPyAPI_FUNC uint32_t HPyLong_AsUInt32_t(HPyContext *ctx, HPy h);

/** Right. */
HPy_ID(3, since=0.0, python=no, error=(uint64_t)-1?)
HPyAPI_FUNC uint64_t HPyLong_AsUInt64_t(HPyContext *ctx, HPy h);

/** A function in the extension. */
HPy_FACTS(since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC long HPy_Two(HPyContext *ctx) { return 2; }
