/** Sets an error. */
HPy_ID(0, returns_null)
HPyAPI_FUNC int HPyErr_NoMemory(HPyContext *ctx);
