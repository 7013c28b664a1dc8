/** Sets an error. */
HPy_ID(0, since=0.0, python=no, error=-1, returns_null)
HPyAPI_FUNC int HPyErr_NoMemory(HPyContext *ctx);
