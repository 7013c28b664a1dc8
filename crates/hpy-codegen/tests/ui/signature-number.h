/** Signatures. */
typedef enum {
    /** Some. */
    HPyFunc_VARARGS = 1,
    /** None. */
    HPyFunc_NOARGS = 3,
} HPyFunc_Signature;
