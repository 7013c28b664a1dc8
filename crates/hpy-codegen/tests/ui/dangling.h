/** Nothing. */
HPy_ID(0)

/** Nothing either. */
HPy_ID(1)
#define X
