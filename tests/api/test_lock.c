/* Mutexes and critical sections in a static variable, in instances and on the stack. */
#include <string.h>

static HPyMutex mutex;
static HPyMutex no_mutex = { 2 };
/* What the mutex guards. */
static volatile long counter;

typedef struct {
    HPyMutex mutex;
    HPyField value;
} Box;
HPyType_HELPERS(Box)

HPyDef_SLOT(Box_new, HPy_tp_new)
static HPy Box_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Box *box;
    return HPy_New(ctx, type, &box);
}

HPyDef_SLOT(Box_traverse, HPy_tp_traverse)
static int Box_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Box *)self)->value);
    return 0;
}

static HPyDef *Box_defines[] = { &Box_new, &Box_traverse, NULL };
static HPyType_Spec Box_spec = {
    .name = "mod.Box",
    .basicsize = sizeof(Box),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .defines = Box_defines,
};

/* The mutex of a box, or the static one for None. */
static HPyMutex *mutex_of(HPyContext *ctx, HPy h)
{
    return HPy_Is(ctx, h, ctx->h_None) ? &mutex : &Box_AsStruct(ctx, h)->mutex;
}

static HPy none(HPyContext *ctx)
{
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(lock, "lock", HPyFunc_O)
static HPy lock_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyMutex_Lock(ctx, mutex_of(ctx, arg));
    return none(ctx);
}

HPyDef_METH(try_lock, "try_lock", HPyFunc_O)
static HPy try_lock_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPyBool_FromBool(ctx, HPyMutex_TryLock(ctx, mutex_of(ctx, arg)) == 1);
}

HPyDef_METH(unlock, "unlock", HPyFunc_O)
static HPy unlock_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyMutex_Unlock(ctx, mutex_of(ctx, arg));
    return none(ctx);
}

/* Increments in two steps, between which other threads run. */
HPyDef_METH(count, "count", HPyFunc_O)
static HPy count_impl(HPyContext *ctx, HPy self, HPy arg)
{
    long times = HPyLong_AsLong(ctx, arg);
    if (times == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    for (long i = 0; i < times; i++) {
        HPyMutex_Lock(ctx, &mutex);
        long value = counter;
        HPy_BEGIN_LEAVE_PYTHON(ctx);
        HPy_END_LEAVE_PYTHON(ctx);
        counter = value + 1;
        HPyMutex_Unlock(ctx, &mutex);
    }
    return HPyLong_FromLong(ctx, counter);
}

/* With an exception set, which stays. */
HPyDef_METH(lock_while_an_exception_is_set, "lock_while_an_exception_is_set", HPyFunc_O)
static HPy lock_while_an_exception_is_set_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyCriticalSection section;
    HPyErr_SetString(ctx, ctx->h_ValueError, "still set");
    HPyMutex_Lock(ctx, &mutex);
    HPyCriticalSection_Begin(ctx, &section, arg);
    HPyCriticalSection_End(ctx, &section);
    HPyMutex_Unlock(ctx, &mutex);
    if (HPyMutex_TryLock(ctx, &mutex) == 1)
        HPyMutex_Unlock(ctx, &mutex);
    return HPy_NULL;
}

HPyDef_METH(lock_null, "lock_null", HPyFunc_NOARGS)
static HPy lock_null_impl(HPyContext *ctx, HPy self)
{
    HPyMutex_Lock(ctx, NULL);
    return none(ctx);
}

HPyDef_METH(try_lock_null, "try_lock_null", HPyFunc_NOARGS)
static HPy try_lock_null_impl(HPyContext *ctx, HPy self)
{
    int result = HPyMutex_TryLock(ctx, NULL);
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPyLong_FromLong(ctx, result);
}

HPyDef_METH(unlock_null, "unlock_null", HPyFunc_NOARGS)
static HPy unlock_null_impl(HPyContext *ctx, HPy self)
{
    HPyMutex_Unlock(ctx, NULL);
    return none(ctx);
}

HPyDef_METH(lock_no_mutex, "lock_no_mutex", HPyFunc_NOARGS)
static HPy lock_no_mutex_impl(HPyContext *ctx, HPy self)
{
    HPyMutex_Lock(ctx, &no_mutex);
    return none(ctx);
}

HPyDef_METH(unlock_no_mutex, "unlock_no_mutex", HPyFunc_NOARGS)
static HPy unlock_no_mutex_impl(HPyContext *ctx, HPy self)
{
    HPyMutex_Unlock(ctx, &no_mutex);
    return none(ctx);
}

/* Puts a value into a box, and returns the former one. */
HPyDef_METH(exchange, "exchange", HPyFunc_VARARGS)
static HPy exchange_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyCriticalSection section;
    memset(&section, 0xff, sizeof section);
    HPyCriticalSection_Begin(ctx, &section, args[0]);
    Box *box = Box_AsStruct(ctx, args[0]);
    HPy former = HPyField_Load(ctx, args[0], box->value);
    HPyField_Store(ctx, args[0], &box->value, args[1]);
    HPyCriticalSection_End(ctx, &section);
    return HPy_IsNull(former) ? none(ctx) : former;
}

/* Calls a function in sections of two objects, the second of which is begun twice. */
HPyDef_METH(call_in_sections, "call_in_sections", HPyFunc_VARARGS)
static HPy call_in_sections_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyCriticalSection first, second, again;
    HPyCriticalSection_Begin(ctx, &first, args[0]);
    HPyCriticalSection_Begin(ctx, &second, args[1]);
    HPyCriticalSection_Begin(ctx, &again, args[1]);
    HPy result = HPy_CallTupleDict(ctx, args[2], HPy_NULL, HPy_NULL);
    HPyCriticalSection_End(ctx, &again);
    HPyCriticalSection_End(ctx, &second);
    HPyCriticalSection_End(ctx, &first);
    return result;
}

HPyDef_METH(section_of_null, "section_of_null", HPyFunc_NOARGS)
static HPy section_of_null_impl(HPyContext *ctx, HPy self)
{
    HPyCriticalSection section;
    HPyCriticalSection_Begin(ctx, &section, HPy_NULL);
    HPyCriticalSection_End(ctx, &section);
    return none(ctx);
}

HPyDef_METH(begin_null, "begin_null", HPyFunc_NOARGS)
static HPy begin_null_impl(HPyContext *ctx, HPy self)
{
    HPyCriticalSection_Begin(ctx, NULL, self);
    return none(ctx);
}

HPyDef_METH(end_null, "end_null", HPyFunc_NOARGS)
static HPy end_null_impl(HPyContext *ctx, HPy self)
{
    HPyCriticalSection_End(ctx, NULL);
    return none(ctx);
}

HPyDef_METH(end_twice, "end_twice", HPyFunc_NOARGS)
static HPy end_twice_impl(HPyContext *ctx, HPy self)
{
    HPyCriticalSection section;
    HPyCriticalSection_Begin(ctx, &section, self);
    HPyCriticalSection_End(ctx, &section);
    HPyCriticalSection_End(ctx, &section);
    return none(ctx);
}

HPyDef_METH(end_a_copy, "end_a_copy", HPyFunc_NOARGS)
static HPy end_a_copy_impl(HPyContext *ctx, HPy self)
{
    HPyCriticalSection section, copy;
    HPyCriticalSection_Begin(ctx, &section, self);
    copy = section;
    HPyCriticalSection_End(ctx, &copy);
    return none(ctx);
}
