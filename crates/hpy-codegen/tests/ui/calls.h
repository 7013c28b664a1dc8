/** Duplicates. */
HPy_ID(0, since=0.0, python=no, error=none)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

HPy_CALLS(HPy_Dup, Py_NewRef)
HPy_CALLS(HPy_Dup, Py_XNewRef)
HPy_CALLS(HPy_Close, Py_DECREF)
