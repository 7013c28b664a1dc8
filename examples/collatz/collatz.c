/* A module whose data is not in static variables: each interpreter that imports it has its own, and interpreters with a
 * GIL of their own run it in parallel.
 *
 *   collatz.longest(limit) -> (start, steps): which number below the limit takes most steps to get to 1
 *   collatz.history()      -> (number of calls, result of the last one or None)
 */
#include <hpy.h>

/* The state of the module: a struct for C data, with fields for objects. */
typedef struct {
    long calls;
    HPyField last;
} State;

HPyDef_SLOT(State_traverse, HPy_mod_traverse)
static int State_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((State *)self)->last);
    return 0;
}

static int steps_of(unsigned long long number)
{
    int steps = 0;
    for (; number != 1; steps++)
        number = number % 2 == 0 ? number / 2 : 3 * number + 1;
    return steps;
}

/* The state is an argument, so there is nothing to look up. `self` is the module, to which the field belongs. */
HPyDef_METH(longest, "longest", HPyFunc_STATE_O)
static HPy longest_impl(HPyContext *ctx, void *data, HPy self, HPy limit)
{
    State *state = data;
    long end = HPyLong_AsLong(ctx, limit);
    if (end == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    long start = 1;
    int most = 0;
    /* The GIL is kept: this one does not keep other interpreters from running. */
    for (long number = 1; number < end; number++) {
        int steps = steps_of((unsigned long long)number);
        if (steps > most) {
            most = steps;
            start = number;
        }
    }
    HPy result = HPy_BuildValue(ctx, "(li)", start, most);
    if (HPy_IsNull(result))
        return HPy_NULL;
    state->calls++;
    HPyField_Store(ctx, self, &state->last, result);
    return result;
}

HPyDef_METH(history, "history", HPyFunc_STATE_NOARGS)
static HPy history_impl(HPyContext *ctx, void *data, HPy self)
{
    State *state = data;
    HPy last = HPyField_IsNull(state->last) ? HPy_Dup(ctx, ctx->h_None) : HPyField_Load(ctx, self, state->last);
    HPy result = HPy_BuildValue(ctx, "(lO)", state->calls, last);
    HPy_Close(ctx, last);
    return result;
}

/* What the module can do. That is what it gets without a declaration, too. */
HPyDef_VALUE(interpreters, HPy_mod_multiple_interpreters, HPy_MOD_PER_INTERPRETER_GIL_SUPPORTED)

static HPyDef *defines[] = {&State_traverse, &longest, &history, &interpreters, NULL};

static HPyModuleDef collatz = {
    .doc = "Numbers on their way to 1.",
    .size = sizeof(State),
    .defines = defines,
};

HPy_MODINIT(collatz, collatz)
