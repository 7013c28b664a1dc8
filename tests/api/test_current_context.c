/* The three sketches of HPy issue 268, completed: how code that is handed no context gets one. In each, the first function
 * has a context and keeps something for the second, which a C library calls that knows nothing of Python. */
#include <pthread.h>

/* The library. */
typedef struct {
    void (*function)(void *user_data);
    void *user_data;
} Event;

static void *event_body(void *data)
{
    Event *event = (Event *)data;
    event->function(event->user_data);
    return NULL;
}

/* Calls back twice: from here, and from a thread of its own. */
static void library_fire(void (*function)(void *), void *user_data)
{
    Event event = {function, user_data};
    event_body(&event);
    pthread_t thread;
    if (pthread_create(&thread, NULL, event_body, &event) == 0)
        pthread_join(thread, NULL);
}

static HPy fire(HPyContext *ctx, void (*function)(void *), void *user_data)
{
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    library_fire(function, user_data);
    HPy_END_LEAVE_PYTHON(ctx)
    return HPy_Dup(ctx, ctx->h_None);
}

static HPyGlobal log_list;

static void log_text(HPyContext *ctx, HPy list, const char *text)
{
    HPy h = HPyUnicode_FromString(ctx, text);
    HPyList_Append(ctx, list, h);
    HPy_Close(ctx, h);
}

static void log_here(HPyContext *ctx, const char *text)
{
    HPy list = HPyGlobal_Load(ctx, log_list);
    log_text(ctx, list, text);
    HPy_Close(ctx, list);
}

HPyDef_METH(set_log, "set_log", HPyFunc_O)
static HPy set_log_impl(HPyContext *ctx, HPy self, HPy list)
{
    HPyGlobal_Store(ctx, &log_list, list);
    return HPy_Dup(ctx, ctx->h_None);
}

/* Enter and leave with a token. */

typedef struct {
    HPyVM token;
} MyState;

static void enter_and_leave(void *user_data)
{
    MyState *mystate = (MyState *)user_data;
    HPyContext *ctx = HPyVM_OpenContext(&mystate->token);
    if (ctx == NULL)
        return;
    log_here(ctx, "token");
    HPyVM_CloseContext(&mystate->token, ctx);
}

HPyDef_METH(fire_with_token, "fire_with_token", HPyFunc_NOARGS)
static HPy fire_with_token_impl(HPyContext *ctx, HPy self)
{
    MyState mystate = {0};
    if (HPy_GetVM(ctx, &mystate.token) < 0)
        return HPy_NULL;
    return fire(ctx, enter_and_leave, &mystate);
}

/* A trampoline with a captured handle. */

static void *myhelper(HPyContext *ctx, HPy handle, void *arg)
{
    log_text(ctx, handle, (const char *)arg);
    return arg;
}

static void call_trampoline(void *user_data)
{
    static const char text[] = "trampoline";
    void *result = HPyClosure_Call((HPyClosure *)user_data, (void *)text);
    if (result != text)
        abort();
}

HPyDef_METH(fire_with_trampoline, "fire_with_trampoline", HPyFunc_O)
static HPy fire_with_trampoline_impl(HPyContext *ctx, HPy self, HPy my_handle)
{
    HPyClosure *trampoline = HPyClosure_New(ctx, myhelper, my_handle);
    if (trampoline == NULL)
        return HPy_NULL;
    HPy result = fire(ctx, call_trampoline, trampoline);
    HPyClosure_Free(trampoline);
    return result;
}

/* A virtual machine, as in JNI. */

static HPyVM hpy_vm;

static void for_example_some_callback_that_cannot_get_context_easily(void *user_data)
{
    (void)user_data;
    HPyContext *ctx = HPyVM_OpenContext(&hpy_vm);
    if (ctx == NULL)
        return;
    log_here(ctx, "vm");
    HPyVM_CloseContext(&hpy_vm, ctx);
}

HPyDef_SLOT(init_foo, HPy_mod_exec)
static int init_foo_impl(HPyContext *ctx, HPy mod)
{
    return HPy_GetVM(ctx, &hpy_vm);
}

HPyDef_METH(fire_with_vm, "fire_with_vm", HPyFunc_NOARGS)
static HPy fire_with_vm_impl(HPyContext *ctx, HPy self)
{
    return fire(ctx, for_example_some_callback_that_cannot_get_context_easily, NULL);
}
