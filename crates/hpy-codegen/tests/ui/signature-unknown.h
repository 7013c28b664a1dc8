/** A prototype. */
HPy_SIG(HPyFunc_NOARGS)
typedef HPy (*HPyFunc_noargs)(HPyContext *ctx, HPy self);

enum {
    /** Adds. */
    HPy_nb_add = HPy_SLOT(7, HPyFunc_BINARYFUNC),
};

/** A prototype. */
HPy_TRAMPOLINE(HPyFunc_NOARGS)
typedef cpy_PyObject *(*cpy_noargs)(cpy_PyObject *self);
