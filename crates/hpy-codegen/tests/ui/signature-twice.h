typedef enum { HPyFunc_NOARGS = 1 } HPyFunc_Signature;

HPy_SIG(HPyFunc_NOARGS)
typedef HPy (*HPyFunc_noargs)(HPyContext *ctx, HPy self);

HPy_SIG(HPyFunc_NOARGS)
typedef HPy (*HPyFunc_none)(HPyContext *ctx, HPy self);
