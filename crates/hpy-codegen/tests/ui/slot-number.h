/** Signatures. */
typedef enum { HPyFunc_BINARYFUNC = 1 } HPyFunc_Signature;

/** A prototype. */
HPy_SIG(HPyFunc_BINARYFUNC)
typedef HPy (*HPyFunc_binaryfunc)(HPyContext *ctx, HPy arg0, HPy arg1);

enum {
    /** Adds. */
    HPy_nb_add = HPy_SLOT(7, HPyFunc_BINARYFUNC),
    /** Subtracts. */
    HPy_nb_subtract = HPy_SLOT(7, HPyFunc_BINARYFUNC),
};
