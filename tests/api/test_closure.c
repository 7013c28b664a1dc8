/* Closures, whose pointers Python has as numbers. They call what they have captured. */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* captured(n) as an int; NULL for an exception. */
static void *call_captured(HPyContext *ctx, HPy captured, void *arg)
{
    HPy n = HPyLong_FromSsize_t(ctx, (HPy_ssize_t)arg);
    HPy result = HPy_Call(ctx, captured, &n, 1, HPy_NULL);
    HPy_Close(ctx, n);
    if (HPy_IsNull(result))
        return NULL;
    void *value = (void *)HPyLong_AsSsize_t(ctx, result);
    HPy_Close(ctx, result);
    return value;
}

HPyDef_METH(make, "make", HPyFunc_O)
static HPy make_impl(HPyContext *ctx, HPy self, HPy captured)
{
    HPyClosure *closure = HPyClosure_New(ctx, call_captured, captured);
    return closure == NULL ? HPy_NULL : HPyLong_FromSize_t(ctx, (size_t)closure);
}

HPyDef_METH(make_null, "make_null", HPyFunc_O)
static HPy make_null_impl(HPyContext *ctx, HPy self, HPy function_is_null)
{
    int which = HPy_IsTrue(ctx, function_is_null);
    HPyClosure *closure = which ? HPyClosure_New(ctx, NULL, ctx->h_None) : HPyClosure_New(ctx, call_captured, HPy_NULL);
    return closure == NULL ? HPy_NULL : HPyLong_FromSize_t(ctx, (size_t)closure);
}

/* What is done, where, and what came of it. */
typedef struct {
    HPyClosure *closure;
    HPy_ssize_t arg;
    int frees;
    HPyVM_Status status;
    void *result;
} Action;

static void *act(void *data)
{
    Action *action = (Action *)data;
    if (action->frees)
        HPyClosure_Free(action->closure);
    else
        action->status = HPyClosure_TryCall(action->closure, (void *)action->arg, &action->result);
    return NULL;
}

static void act_in_thread(Action *action)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, act, action) == 0)
        pthread_join(thread, NULL);
}

static void act_in_child(Action *action)
{
    pid_t child = fork();
    if (child == 0) {
        act(action);
        _exit(action->status);
    }
    int status;
    if (child > 0 && waitpid(child, &status, 0) == child)
        action->status = (HPyVM_Status)WEXITSTATUS(status);
}

/* "inside", "outside", "thread", "child" */
static int act_in(HPyContext *ctx, HPy where, Action *action)
{
    const char *place = HPyUnicode_AsUTF8AndSize(ctx, where, NULL);
    if (place == NULL)
        return -1;
    if (place[0] == 'i') {
        act(action);
        return HPyErr_Occurred(ctx) ? -1 : 0;
    }
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    (place[0] == 'o' ? (void (*)(Action *))(void (*)(void))act : place[0] == 't' ? act_in_thread : act_in_child)(action);
    HPy_END_LEAVE_PYTHON(ctx)
    return 0;
}

/* call(closure, n, where) -> (status, result) */
HPyDef_METH(call, "call", HPyFunc_VARARGS)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    size_t closure = HPyLong_AsSize_t(ctx, args[0]);
    Action action = {(HPyClosure *)closure, HPyLong_AsSsize_t(ctx, args[1]), 0, (HPyVM_Status)-1, (void *)-1};
    if (HPyErr_Occurred(ctx) || act_in(ctx, args[2], &action) < 0)
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(il)", (int)action.status, (long)(intptr_t)action.result);
}

/* free(closure, where) */
HPyDef_METH(free_closure, "free", HPyFunc_VARARGS)
static HPy free_closure_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    Action action = {(HPyClosure *)HPyLong_AsSize_t(ctx, args[0]), 0, 1, HPyVM_Opened, NULL};
    if (HPyErr_Occurred(ctx) || act_in(ctx, args[1], &action) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}

/* As a C library would, that takes a function and a pointer. */
HPyDef_METH(run_thread, "run_thread", HPyFunc_O)
static HPy run_thread_impl(HPyContext *ctx, HPy self, HPy arg)
{
    void *closure = (void *)HPyLong_AsSize_t(ctx, arg);
    void *result = NULL;
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    pthread_t thread;
    if (pthread_create(&thread, NULL, HPyClosure_Run, closure) == 0)
        pthread_join(thread, &result);
    HPy_END_LEAVE_PYTHON(ctx)
    return HPyLong_FromSsize_t(ctx, (HPy_ssize_t)result);
}

/* The short forms, with a closure that is NULL. */
HPyDef_METH(use_null, "use_null", HPyFunc_NOARGS)
static HPy use_null_impl(HPyContext *ctx, HPy self)
{
    HPyClosure_Free(NULL);
    int nothing = HPyClosure_Call(NULL, &nothing) == NULL && HPyClosure_Run(NULL) == NULL;
    return HPy_BuildValue(ctx, "(ii)", nothing, (int)HPyClosure_TryCall(NULL, NULL, NULL));
}

/* An object that owns a closure. */
typedef struct {
    HPyClosure *closure;
    int keeps;
} Owner;
HPyType_HELPERS(Owner)
static long destroyed;

HPyDef_SLOT(Owner_new, HPy_tp_new)
static HPy Owner_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Owner *owner;
    HPy self = HPy_New(ctx, cls, &owner);
    if (HPy_IsNull(self))
        return HPy_NULL;
    owner->closure = (HPyClosure *)HPyLong_AsSize_t(ctx, args[0]);
    owner->keeps = nargs > 1;
    return self;
}

HPyDef_SLOT(Owner_traverse, HPy_tp_traverse)
static int Owner_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPyClosure_VISIT(((Owner *)data)->closure);
    return 0;
}

HPyDef_SLOT(Owner_destroy, HPy_tp_destroy)
static void Owner_destroy_impl(void *data)
{
    if (!((Owner *)data)->keeps)
        HPyClosure_Free(((Owner *)data)->closure);
    destroyed++;
}

HPyDef_METH(count_destroyed, "count_destroyed", HPyFunc_NOARGS)
static HPy count_destroyed_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, destroyed);
}

static HPyDef *Owner_defines[] = {&Owner_new, &Owner_traverse, &Owner_destroy, NULL};
static HPyType_Spec Owner_spec = {
    .name = "mod.Owner", .basicsize = sizeof(Owner), .defines = Owner_defines,
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
};

/* A closure that is used when the interpreter has ended. */
static Action last;
static void at_end(void)
{
    act(&last);
    HPyVM_Status status = last.status;
    HPyClosure_Free(last.closure);
    HPyClosure_Free(last.closure);
    act(&last);
    dprintf(1, "%d %d\n", (int)status, (int)last.status);
}

HPyDef_METH(use_at_end, "use_at_end", HPyFunc_O)
static HPy use_at_end_impl(HPyContext *ctx, HPy self, HPy arg)
{
    last.closure = (HPyClosure *)HPyLong_AsSize_t(ctx, arg);
    atexit(at_end);
    return HPy_Dup(ctx, ctx->h_None);
}

/* Threads that call a closure until it says why it cannot be called. */
static volatile int threads_running;
static void *endless_body(void *closure)
{
    Action action = {(HPyClosure *)closure, 1, 0, HPyVM_Opened, NULL};
    while (action.status == HPyVM_Opened)
        act(&action);
    __atomic_sub_fetch(&threads_running, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void await_threads(void)
{
    while (__atomic_load_n(&threads_running, __ATOMIC_SEQ_CST))
        usleep(100);
    dprintf(1, "all stopped\n");
}

HPyDef_METH(start_threads, "start_threads", HPyFunc_VARARGS)
static HPy start_threads_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    void *closure = (void *)HPyLong_AsSize_t(ctx, args[0]);
    threads_running = (int)HPyLong_AsLong(ctx, args[1]);
    for (int i = threads_running; i > 0; i--) {
        pthread_t thread;
        pthread_create(&thread, NULL, endless_body, closure);
        pthread_detach(thread);
    }
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(await_at_exit, "await_at_exit", HPyFunc_NOARGS)
static HPy await_at_exit_impl(HPyContext *ctx, HPy self)
{
    atexit(await_threads);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(await_stopped, "await_stopped", HPyFunc_NOARGS)
static HPy await_stopped_impl(HPyContext *ctx, HPy self)
{
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    while (__atomic_load_n(&threads_running, __ATOMIC_SEQ_CST))
        usleep(100);
    HPy_END_LEAVE_PYTHON(ctx)
    return HPy_Dup(ctx, ctx->h_None);
}
