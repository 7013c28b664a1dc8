/** Handles in a struct. */
HPy_ID(0, since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPy_GetBuffers(HPyContext *ctx, HPy h, HPy_OUT HPy_buffer **views);

/** Nothing says how many. */
HPy_ID(1, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_First(HPyContext *ctx, HPy_ARRAY(many) const HPy *items);

/** Handles of nobody. */
HPy_ID(2, since=0.0, python=no, error=NULL)
HPyAPI_FUNC const HPy *HPy_Items(HPyContext *ctx, HPy h);

/** Signatures. */
typedef enum { HPyFunc_MIX = 1 } HPyFunc_Signature;

/** A hash as an argument. */
HPy_SIG(HPyFunc_MIX)
typedef HPy (*HPyFunc_mix)(HPyContext *ctx, HPy self, HPy_hash_t hash);
