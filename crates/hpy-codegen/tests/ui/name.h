/** Duplicates. */
HPy_ID(0, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy Duplicate(HPyContext *ctx, HPy h);

/** `None`. */
HPy_ID(1, since=0.0) HPy None;

/** Signatures. */
typedef enum { HPyFunc_NOARGS = 1 } HPyFunc_Signature;

/** No arguments. */
HPy_SIG(HPyFunc_NOARGS)
typedef HPy (*HPyFunc_without)(HPyContext *ctx, HPy self);

enum {
    /** Not ours. */
    nb_add = HPy_SLOT(7, HPyFunc_NOARGS),
};

/** Has no name. */
enum {
    /** Not ours. */
    KIND_A,
};
