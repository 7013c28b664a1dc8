/* A thread that C has started, and that Python does not know, calls a Python function.
 *
 *   worker.start(function, times) -> calls function(0), function(1) … in another thread
 *   worker.wait()                 -> waits until all threads are done
 */
#include <hpy.h>
#include <pthread.h>
#include <stdlib.h>

typedef struct Job {
    HPyClosure *closure; /* with the Python function */
    long times;
    long number;
} Job;

/* How many threads run, of all interpreters. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int running;

static void count(int difference)
{
    pthread_mutex_lock(&lock);
    running += difference;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

/* What the closure calls: with a context for the thread, and the function that the closure was made with. Whether
 * `data` was dealt with is told by the result. */
static void *call(HPyContext *ctx, HPy function, void *data)
{
    Job *job = data;
    HPy number = HPyLong_FromLong(ctx, job->number);
    HPy result = HPy_IsNull(number) ? HPy_NULL : HPy_Call(ctx, function, &number, 1, HPy_NULL);
    HPy_Close(ctx, number);
    if (HPy_IsNull(result)) {
        /* There is no caller to raise it in. */
        HPyErr_WriteUnraisable(ctx, function);
        return NULL;
    }
    HPy_Close(ctx, result);
    return job;
}

/* The thread. It needs no Python until it calls the closure, which fails once the interpreter ends. */
static void *run(void *data)
{
    Job *job = data;
    for (; job->number < job->times; job->number++)
        if (HPyClosure_Call(job->closure, job) == NULL)
            break;
    HPyClosure_Free(job->closure);
    free(job);
    count(-1);
    return NULL;
}

HPyDef_METH(start, "start", HPyFunc_VARARGS)
static HPy start_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    HPy function;
    long times;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "Ol:start", &function, &times))
        return HPy_NULL;
    Job *job = calloc(1, sizeof(Job));
    if (job == NULL)
        return HPyErr_NoMemory(ctx);
    job->times = times;
    job->closure = HPyClosure_New(ctx, call, function);
    if (job->closure == NULL) {
        free(job);
        return HPy_NULL;
    }
    count(+1);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, job) != 0) {
        count(-1);
        HPyClosure_Free(job->closure);
        free(job);
        HPyErr_SetString(ctx, ctx->h_RuntimeError, "cannot start a thread");
        return HPy_NULL;
    }
    pthread_detach(thread);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(wait_for_all, "wait", HPyFunc_NOARGS)
static HPy wait_for_all_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    HPy_BEGIN_LEAVE_PYTHON(ctx) /* as the threads want to get in */
    pthread_mutex_lock(&lock);
    while (running > 0)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    HPy_END_LEAVE_PYTHON(ctx)
    return HPy_Dup(ctx, ctx->h_None);
}

static HPyDef *defines[] = {&start, &wait_for_all, NULL};

static HPyModuleDef worker = {
    .doc = "Threads of C that call Python functions.",
    .defines = defines,
};

HPy_MODINIT(worker, worker)
