/** Nothing. */
HPy_ID(0)

/** Nothing either. */
HPy_ID(1)
#define X

/** Not compiled into an extension. */
HPy_FACTS(since=0.0, python=no, error=none)
int HPy_Two(void);
