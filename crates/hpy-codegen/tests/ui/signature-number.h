typedef enum {
    HPyFunc_VARARGS = 1,
    HPyFunc_NOARGS = 3,
} HPyFunc_Signature;
