/* Opens contexts by an HPyVM in all kinds of places. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static HPyVM vm;
static HPyGlobal callback;

/* The name of this interpreter, in a variable that all interpreters share. */
HPyDef_METH(get_vm, "get_vm", HPyFunc_NOARGS)
static HPy get_vm_impl(HPyContext *ctx, HPy self)
{
    if (HPy_GetVM(ctx, &vm) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(get_vm_into, "get_vm_into", HPyFunc_O)
static HPy get_vm_into_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy_ssize_t size;
    const char *bytes = HPyUnicode_AsUTF8AndSize(ctx, arg, &size);
    if (bytes == NULL)
        return HPy_NULL;
    HPyVM storage;
    memset(&storage, 0, sizeof storage);
    memcpy(&storage, bytes, (size_t)size);
    if (HPy_GetVM(ctx, &storage) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}

/* Forget it. */
HPyDef_METH(forget_vm, "forget_vm", HPyFunc_NOARGS)
static HPy forget_vm_impl(HPyContext *ctx, HPy self)
{
    memset(&vm, 0, sizeof vm);
    return HPy_Dup(ctx, ctx->h_None);
}

/* What a process finds that has read the bytes from another one: libraries lie elsewhere. */
HPyDef_METH(spoil_mark, "spoil_mark", HPyFunc_NOARGS)
static HPy spoil_mark_impl(HPyContext *ctx, HPy self)
{
    vm._mark += 4096;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(set_callback, "set_callback", HPyFunc_O)
static HPy set_callback_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyGlobal_Store(ctx, &callback, arg);
    return HPy_Dup(ctx, ctx->h_None);
}

/* Calls the callback if there is one, as a C library would that knows nothing of Python. */
static HPyVM_Status call_back(void)
{
    HPyContext *ctx;
    HPyVM_Status status = HPyVM_TryOpenContext(&vm, &ctx);
    if (status != HPyVM_Opened)
        return ctx == NULL ? status : (HPyVM_Status)-1;
    HPy function = HPyGlobal_Load(ctx, callback);
    if (!HPy_IsNull(function)) {
        HPy result = HPy_CallTupleDict(ctx, function, HPy_NULL, HPy_NULL);
        HPy_Close(ctx, function);
        HPy_Close(ctx, result);
    }
    HPyVM_CloseContext(&vm, ctx);
    return status;
}

HPyDef_METH(call_inside, "call_inside", HPyFunc_NOARGS)
static HPy call_inside_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, call_back());
}

HPyDef_METH(call_outside, "call_outside", HPyFunc_NOARGS)
static HPy call_outside_impl(HPyContext *ctx, HPy self)
{
    HPyVM_Status status;
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    status = call_back();
    HPy_END_LEAVE_PYTHON(ctx)
    return HPyLong_FromLong(ctx, status);
}

/* What `body` says of itself, run in a thread that Python has never seen. */
static HPy run_in_thread(HPyContext *ctx, void *(*body)(void *status))
{
    HPyVM_Status status = (HPyVM_Status)-2;
    pthread_t thread;
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    if (pthread_create(&thread, NULL, body, &status) == 0)
        pthread_join(thread, NULL);
    HPy_END_LEAVE_PYTHON(ctx)
    return HPyLong_FromLong(ctx, status);
}

static void *thread_body(void *status)
{
    *(HPyVM_Status *)status = call_back();
    return NULL;
}

HPyDef_METH(call_in_thread, "call_in_thread", HPyFunc_NOARGS)
static HPy call_in_thread_impl(HPyContext *ctx, HPy self)
{
    return run_in_thread(ctx, thread_body);
}

/* Contexts within contexts. */
static void *nested_body(void *status)
{
    HPyContext *first = HPyVM_OpenContext(&vm);
    HPyContext *second = HPyVM_OpenContext(&vm);
    HPyVM_Status inner = call_back();
    HPyVM_CloseContext(&vm, second);
    HPyThreadState state = HPy_LeavePythonExecution(first);
    HPyVM_Status outside = call_back();
    HPy_ReenterPythonExecution(first, state);
    HPy one = HPyLong_FromLong(first, 1);
    int right = second != NULL && HPyLong_AsLong(first, one) == 1;
    HPy_Close(first, one);
    HPyVM_CloseContext(&vm, first);
    *(HPyVM_Status *)status = right ? (HPyVM_Status)(inner | outside) : (HPyVM_Status)-1;
    return NULL;
}

HPyDef_METH(nest_in_thread, "nest_in_thread", HPyFunc_NOARGS)
static HPy nest_in_thread_impl(HPyContext *ctx, HPy self)
{
    return run_in_thread(ctx, nested_body);
}

static void *failing_body(void *status)
{
    HPyContext *ctx = HPyVM_OpenContext(&vm);
    HPyErr_SetString(ctx, ctx->h_ValueError, "left behind");
    HPyVM_CloseContext(&vm, ctx);
    *(HPyVM_Status *)status = call_back();
    return NULL;
}

HPyDef_METH(fail_in_thread, "fail_in_thread", HPyFunc_NOARGS)
static HPy fail_in_thread_impl(HPyContext *ctx, HPy self)
{
    return run_in_thread(ctx, failing_body);
}

/* With an HPyVM of the caller's own interpreter. */
HPyDef_METH(call_own, "call_own", HPyFunc_NOARGS)
static HPy call_own_impl(HPyContext *ctx, HPy self)
{
    HPyVM own;
    HPyContext *opened;
    memset(&own, 0, sizeof own);
    if (HPy_GetVM(ctx, &own) < 0)
        return HPy_NULL;
    HPyVM_Status status = HPyVM_TryOpenContext(&own, &opened);
    HPyVM_CloseContext(&own, opened);
    return HPyLong_FromLong(ctx, status);
}

/* NULL wherever it may be passed, with a good HPyVM or context for the rest. */
HPyDef_METH(use_null, "use_null", HPyFunc_NOARGS)
static HPy use_null_impl(HPyContext *ctx, HPy self)
{
    HPyVM empty;
    memset(&empty, 0, sizeof empty);
    HPyContext *opened = ctx;
    HPyVM_Status without_vm = HPyVM_TryOpenContext(NULL, &opened);
    HPyVM_Status without_result = HPyVM_TryOpenContext(&vm, NULL);
    int nothing = opened == NULL && HPyVM_OpenContext(NULL) == NULL;
    HPyVM_CloseContext(NULL, ctx);
    HPyVM_CloseContext(&vm, NULL);
    HPyVM_CloseContext(&empty, ctx);
    HPyVM_CloseContext(&empty, NULL);
    return HPy_BuildValue(ctx, "(iii)", (int)without_vm, (int)without_result, nothing);
}

HPyDef_METH(get_null, "get_null", HPyFunc_NOARGS)
static HPy get_null_impl(HPyContext *ctx, HPy self)
{
    HPy_GetVM(ctx, NULL);
    return HPy_NULL;
}

/* In a child that Python did not make. */
HPyDef_METH(call_in_child, "call_in_child", HPyFunc_NOARGS)
static HPy call_in_child_impl(HPyContext *ctx, HPy self)
{
    int status = -1;
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    pid_t child = fork();
    if (child == 0)
        _exit(call_back());
    if (child > 0 && waitpid(child, &status, 0) == child)
        status = WEXITSTATUS(status);
    HPy_END_LEAVE_PYTHON(ctx)
    return HPyLong_FromLong(ctx, status);
}

/* Threads that go on while the interpreter ends, and say how it went. */
static volatile int stop, running, opened, refused, other;
static void *endless_body(void *unused)
{
    (void)unused;
    __atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        HPyVM_Status status = call_back();
        volatile int *counter = status == HPyVM_Opened ? &opened
                              : status == HPyVM_Ending || status == HPyVM_Ended ? &refused : &other;
        __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
        if (status != HPyVM_Opened)
            usleep(100);
    }
    __atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void at_end(void)
{
    /* The interpreter has ended. On a busy machine a thread may take a while to see that. */
    usleep(20000);
    for (int i = 0; i < 100000 && !__atomic_load_n(&refused, __ATOMIC_SEQ_CST); i++)
        usleep(100);
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&running, __ATOMIC_SEQ_CST))
        usleep(100);
    dprintf(1, "%s %s %d, then %d\n", opened ? "opened" : "-", refused ? "refused" : "-", other, (int)call_back());
}

HPyDef_METH(count_opened, "count_opened", HPyFunc_NOARGS)
static HPy count_opened_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, __atomic_load_n(&opened, __ATOMIC_SEQ_CST));
}

HPyDef_METH(start_threads, "start_threads", HPyFunc_O)
static HPy start_threads_impl(HPyContext *ctx, HPy self, HPy arg)
{
    long count = HPyLong_AsLong(ctx, arg);
    if (count < 0)
        return HPy_NULL;
    atexit(at_end);
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, endless_body, NULL) != 0)
            return HPyErr_SetString(ctx, ctx->h_RuntimeError, "no thread");
        pthread_detach(thread);
    }
    return HPy_Dup(ctx, ctx->h_None);
}

/* A thread that has a context open for a while, and says when it closes it. */
static volatile int holds;
static void *holding_body(void *microseconds)
{
    HPyContext *ctx = HPyVM_OpenContext(&vm);
    HPyThreadState state = HPy_LeavePythonExecution(ctx);
    __atomic_store_n(&holds, 1, __ATOMIC_SEQ_CST);
    usleep((useconds_t)(uintptr_t)microseconds);
    HPy_ReenterPythonExecution(ctx, state);
    dprintf(1, "closed\n");
    HPyVM_CloseContext(&vm, ctx);
    return NULL;
}

HPyDef_METH(hold_context, "hold_context", HPyFunc_O)
static HPy hold_context_impl(HPyContext *ctx, HPy self, HPy arg)
{
    pthread_t thread;
    void *microseconds = HPyLong_AsVoidPtr(ctx, arg);
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    if (pthread_create(&thread, NULL, holding_body, microseconds) == 0) {
        pthread_detach(thread);
        while (!__atomic_load_n(&holds, __ATOMIC_SEQ_CST))
            usleep(100);
    }
    HPy_END_LEAVE_PYTHON(ctx)
    return HPy_Dup(ctx, ctx->h_None);
}

/* Mistakes. */

HPyDef_METH(leave_open, "leave_open", HPyFunc_NOARGS)
static HPy leave_open_impl(HPyContext *ctx, HPy self)
{
    return HPyBool_FromBool(ctx, HPyVM_OpenContext(&vm) != NULL);
}

HPyDef_METH(close_twice, "close_twice", HPyFunc_NOARGS)
static HPy close_twice_impl(HPyContext *ctx, HPy self)
{
    HPyVM_Status status;
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    HPyContext *context;
    status = HPyVM_TryOpenContext(&vm, &context);
    HPyVM_CloseContext(&vm, context);
    HPyVM_CloseContext(&vm, context);
    HPy_END_LEAVE_PYTHON(ctx)
    return HPyLong_FromLong(ctx, status);
}

static void *closing_body(void *context)
{
    HPyVM_CloseContext(&vm, (HPyContext *)context);
    return NULL;
}

HPyDef_METH(close_elsewhere, "close_elsewhere", HPyFunc_NOARGS)
static HPy close_elsewhere_impl(HPyContext *ctx, HPy self)
{
    HPyVM_Status status;
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    HPyContext *context;
    pthread_t thread;
    status = HPyVM_TryOpenContext(&vm, &context);
    HPyThreadState state = HPy_LeavePythonExecution(context);
    if (pthread_create(&thread, NULL, closing_body, context) == 0)
        pthread_join(thread, NULL);
    HPy_ReenterPythonExecution(context, state);
    HPyVM_CloseContext(&vm, context);
    HPy_END_LEAVE_PYTHON(ctx)
    return HPyLong_FromLong(ctx, status);
}

HPyDef_METH(close_own, "close_own", HPyFunc_NOARGS)
static HPy close_own_impl(HPyContext *ctx, HPy self)
{
    HPyVM_CloseContext(&vm, ctx);
    return HPy_Dup(ctx, ctx->h_None);
}
