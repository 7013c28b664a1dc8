enum {
    HPy_nb_add = HPy_SLOT(seven, HPyFunc_BINARYFUNC),
    HPy_nb_sub = HPy_SLOT(8),
};
