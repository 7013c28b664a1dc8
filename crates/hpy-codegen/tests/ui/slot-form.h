enum {
    HPy_nb_add = HPy_SLOT(seven, HPyFunc_BINARYFUNC),
    HPy_nb_sub = HPy_SLOT(8),
    HPy_nb_mul = HPy_SLOT(9, HPyFunc_BINARYFUNC, before_0_9_0),
};
