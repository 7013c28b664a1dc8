/* Not a doc comment. */
HPy_ID(0, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy h);

/** Belongs to the variable. */
extern int variable;
HPy_ID(1, since=0.0) HPy h_None;

#define HPy_MACRO 1
#define _HPy_INTERNAL 1
typedef int HPy_number_t;
typedef enum { HPyKind_A } HPyKind;
typedef struct { int field; intptr_t _i; } HPyThing;
HPy_FACTS(since=0.0, python=no, error=none)
HPyAPI_FUNC int HPy_Two(void) { return 2; }
HPyAPI_DATA const char *const HPyThing_Name;
