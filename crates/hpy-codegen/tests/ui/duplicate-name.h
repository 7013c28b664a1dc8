/** Duplicates. */
HPy_ID(0, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

/** The same member under another name. */
HPy_ID(1, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy _HPy_Dup(HPyContext *ctx, HPy h);

/** A macro. */
#define HPyThing_Max 10
/** An enum. */
typedef enum {
    /** The same name. */
    HPyThing_Max = 10,
} HPyThing;
