/** Signatures. */
typedef enum { HPyFunc_NOARGS = 1 } HPyFunc_Signature;

/** A prototype. */
HPy_SIG(HPyFunc_NOARGS)
typedef HPy (*HPyFunc_noargs)(HPyContext *ctx, HPy self);

/** A prototype. */
HPy_SIG(HPyFunc_NOARGS)
typedef HPy (*HPyFunc_none)(HPyContext *ctx, HPy self);

/** A prototype. */
HPy_TRAMPOLINE(HPyFunc_NOARGS)
typedef cpy_PyObject *(*cpy_noargs)(cpy_PyObject *self);
/** A prototype. */
HPy_TRAMPOLINE(HPyFunc_NOARGS)
typedef cpy_PyObject *(*cpy_none)(cpy_PyObject *self);
