/* The mistakes that the tests of debug mode's reports provoke, each in a function of its own. */

#include <pthread.h>

/* Handles */

HPyDef_METH(method_use_after_close, "use_after_close", HPyFunc_O)
static HPy method_use_after_close_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy h = HPyLong_FromLong(ctx, 4321);
    HPy_Close(ctx, h);
    return HPy_Dup(ctx, h);
}

HPyDef_METH(method_close_twice, "close_twice", HPyFunc_NOARGS)
static HPy method_close_twice_impl(HPyContext *ctx, HPy self)
{
    HPy h = HPyLong_FromLong(ctx, 1);
    HPy_Close(ctx, h);
    HPy_Close(ctx, h);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_close_argument, "close_argument", HPyFunc_O)
static HPy method_close_argument_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy_Close(ctx, arg);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_close_self, "close_self", HPyFunc_NOARGS)
static HPy method_close_self_impl(HPyContext *ctx, HPy self)
{
    HPy_Close(ctx, self);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_close_constant, "close_constant", HPyFunc_NOARGS)
static HPy method_close_constant_impl(HPyContext *ctx, HPy self)
{
    HPy_Close(ctx, ctx->h_None);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_return_argument, "return_argument", HPyFunc_O)
static HPy method_return_argument_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return arg;
}

HPyDef_METH(method_return_second_argument, "return_second_argument", HPyFunc_VARARGS)
static HPy method_return_second_argument_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    return args[1];
}

HPyDef_METH(method_return_constant, "return_constant", HPyFunc_NOARGS)
static HPy method_return_constant_impl(HPyContext *ctx, HPy self)
{
    return ctx->h_True;
}

HPyDef_METH(method_return_closed, "return_closed", HPyFunc_NOARGS)
static HPy method_return_closed_impl(HPyContext *ctx, HPy self)
{
    HPy h = HPyLong_FromLong(ctx, 1);
    HPy_Close(ctx, h);
    return h;
}

HPyDef_METH(method_use_closed_copy, "use_closed_copy", HPyFunc_O)
static HPy method_use_closed_copy_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy h = HPy_Dup(ctx, arg);
    HPy_Close(ctx, h);
    return HPy_Repr(ctx, h);
}

static HPy kept;

HPyDef_METH(method_keep, "keep", HPyFunc_O)
static HPy method_keep_impl(HPyContext *ctx, HPy self, HPy arg)
{
    kept = arg;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_use_kept, "use_kept", HPyFunc_NOARGS)
static HPy method_use_kept_impl(HPyContext *ctx, HPy self)
{
    return HPy_Repr(ctx, kept);
}

HPyDef_METH(method_use_number, "use_number", HPyFunc_O)
static HPy method_use_number_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy h = { (intptr_t)HPyLong_AsSsize_t(ctx, arg) };
    return HPy_Repr(ctx, h);
}

/* Builders */

HPyDef_METH(method_build_list_twice, "build_list_twice", HPyFunc_NOARGS)
static HPy method_build_list_twice_impl(HPyContext *ctx, HPy self)
{
    HPyListBuilder b = HPyListBuilder_New(ctx, 0);
    HPy_Close(ctx, HPyListBuilder_Build(ctx, b));
    return HPyListBuilder_Build(ctx, b);
}

HPyDef_METH(method_set_after_build, "set_after_build", HPyFunc_NOARGS)
static HPy method_set_after_build_impl(HPyContext *ctx, HPy self)
{
    HPyTupleBuilder b = HPyTupleBuilder_New(ctx, 1);
    HPyTupleBuilder_Set(ctx, b, 0, ctx->h_None);
    HPy result = HPyTupleBuilder_Build(ctx, b);
    HPyTupleBuilder_Set(ctx, b, 0, ctx->h_None);
    return result;
}

HPyDef_METH(method_cancel_after_build, "cancel_after_build", HPyFunc_NOARGS)
static HPy method_cancel_after_build_impl(HPyContext *ctx, HPy self)
{
    HPyListBuilder b = HPyListBuilder_New(ctx, 0);
    HPy result = HPyListBuilder_Build(ctx, b);
    HPyListBuilder_Cancel(ctx, b);
    return result;
}

HPyDef_METH(method_build_after_cancel, "build_after_cancel", HPyFunc_NOARGS)
static HPy method_build_after_cancel_impl(HPyContext *ctx, HPy self)
{
    HPyTupleBuilder b = HPyTupleBuilder_New(ctx, 0);
    HPyTupleBuilder_Cancel(ctx, b);
    return HPyTupleBuilder_Build(ctx, b);
}

HPyDef_METH(method_set_at, "set_at", HPyFunc_O)
static HPy method_set_at_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyListBuilder b = HPyListBuilder_New(ctx, 3);
    HPyListBuilder_Set(ctx, b, HPyLong_AsSsize_t(ctx, arg), ctx->h_None);
    HPyListBuilder_Cancel(ctx, b);
    return HPy_Dup(ctx, ctx->h_None);
}

/* Trackers */

HPyDef_METH(method_add_to_closed_tracker, "add_to_closed_tracker", HPyFunc_NOARGS)
static HPy method_add_to_closed_tracker_impl(HPyContext *ctx, HPy self)
{
    HPyTracker t = HPyTracker_New(ctx, 1);
    HPyTracker_Close(ctx, t);
    HPyTracker_Add(ctx, t, HPy_Dup(ctx, ctx->h_None));
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_close_tracker_twice, "close_tracker_twice", HPyFunc_NOARGS)
static HPy method_close_tracker_twice_impl(HPyContext *ctx, HPy self)
{
    HPyTracker t = HPyTracker_New(ctx, 1);
    HPyTracker_Close(ctx, t);
    HPyTracker_Close(ctx, t);
    return HPy_Dup(ctx, ctx->h_None);
}

/* Raw data */

HPyDef_METH(method_read_str, "read_str", HPyFunc_NOARGS)
static HPy method_read_str_impl(HPyContext *ctx, HPy self)
{
    HPy h = HPyUnicode_FromString(ctx, "some text");
    const char *s = HPyUnicode_AsUTF8AndSize(ctx, h, NULL);
    HPy_Close(ctx, h);
    return HPyLong_FromLong(ctx, s[2]);
}

HPyDef_METH(method_read_bytes, "read_bytes", HPyFunc_NOARGS)
static HPy method_read_bytes_impl(HPyContext *ctx, HPy self)
{
    HPy h = HPyBytes_FromString(ctx, "some bytes");
    const char *s = HPyBytes_AsString(ctx, h);
    HPy_Close(ctx, h);
    return HPyLong_FromLong(ctx, s[0]);
}

HPyDef_METH(method_read_bytes_unchecked, "read_bytes_unchecked", HPyFunc_NOARGS)
static HPy method_read_bytes_unchecked_impl(HPyContext *ctx, HPy self)
{
    HPy h = HPyBytes_FromString(ctx, "some bytes");
    const char *s = HPyBytes_AS_STRING(ctx, h);
    HPy_Close(ctx, h);
    return HPyLong_FromLong(ctx, s[0]);
}

HPyDef_METH(method_read_type_name, "read_type_name", HPyFunc_NOARGS)
static HPy method_read_type_name_impl(HPyContext *ctx, HPy self)
{
    HPy h = HPy_Dup(ctx, ctx->h_LongType);
    const char *s = HPyType_GetName(ctx, h);
    HPy_Close(ctx, h);
    return HPyLong_FromLong(ctx, s[0]);
}

HPyDef_METH(method_pass_str, "pass_str", HPyFunc_NOARGS)
static HPy method_pass_str_impl(HPyContext *ctx, HPy self)
{
    HPy h = HPyUnicode_FromString(ctx, "some text");
    const char *s = HPyUnicode_AsUTF8AndSize(ctx, h, NULL);
    HPy_Close(ctx, h);
    return HPyUnicode_FromString(ctx, s);
}

HPyDef_METH(method_write_str, "write_str", HPyFunc_O)
static HPy method_write_str_impl(HPyContext *ctx, HPy self, HPy arg)
{
    char *s = (char *)HPyUnicode_AsUTF8AndSize(ctx, arg, NULL);
    s[1] = '!';
    return HPyLong_FromLong(ctx, s[1]);
}

/* Contexts */

static HPyContext *kept_ctx;

HPyDef_METH(method_keep_context, "keep_context", HPyFunc_NOARGS)
static HPy method_keep_context_impl(HPyContext *ctx, HPy self)
{
    kept_ctx = ctx;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_use_kept_context, "use_kept_context", HPyFunc_NOARGS)
static HPy method_use_kept_context_impl(HPyContext *ctx, HPy self)
{
    return HPy_Dup(kept_ctx, ctx->h_None);
}

HPyDef_METH(method_leave_with_kept_context, "leave_with_kept_context", HPyFunc_NOARGS)
static HPy method_leave_with_kept_context_impl(HPyContext *ctx, HPy self)
{
    HPyThreadState state = HPy_LeavePythonExecution(kept_ctx);
    HPy_ReenterPythonExecution(kept_ctx, state);
    return HPyLong_FromLong(ctx, 1);
}

HPyDef_METH(method_leave_by_kept_context, "leave_by_kept_context", HPyFunc_NOARGS)
static HPy method_leave_by_kept_context_impl(HPyContext *ctx, HPy self)
{
    HPyThreadState state = HPy_LeavePythonExecution(kept_ctx);
    HPy_ReenterPythonExecution(ctx, state);
    return HPyLong_FromLong(ctx, 1);
}

HPyDef_METH(method_build_with_kept_context, "build_with_kept_context", HPyFunc_NOARGS)
static HPy method_build_with_kept_context_impl(HPyContext *ctx, HPy self)
{
    HPyListBuilder b = HPyListBuilder_New(kept_ctx, 0);
    return HPyListBuilder_Build(ctx, b);
}

HPyDef_METH(method_check_with_kept_context, "check_with_kept_context", HPyFunc_NOARGS)
static HPy method_check_with_kept_context_impl(HPyContext *ctx, HPy self)
{
    return HPyBool_FromBool(ctx, HPy_TypeCheck(kept_ctx, ctx->h_None, ctx->h_LongType));
}

HPyDef_METH(method_get_with_kept_context, "get_with_kept_context", HPyFunc_NOARGS)
static HPy method_get_with_kept_context_impl(HPyContext *ctx, HPy self)
{
    HPy var = HPyContextVar_New(ctx, "var", ctx->h_None), value = HPy_NULL;
    HPyContextVar_Get(kept_ctx, var, HPy_NULL, &value);
    HPy_Close(ctx, var);
    return value;
}

/* Threads, and what is outside of Python */

static HPyContext *thread_ctx;
static void *body(void *arg)
{
    HPyLong_FromLong(thread_ctx, 1);
    return arg;
}

HPyDef_METH(method_call_on_thread, "call_on_thread", HPyFunc_NOARGS)
static HPy method_call_on_thread_impl(HPyContext *ctx, HPy self)
{
    pthread_t t;
    thread_ctx = ctx;
    if (pthread_create(&t, NULL, body, NULL) == 0)
        pthread_join(t, NULL);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_call_outside, "call_outside", HPyFunc_NOARGS)
static HPy method_call_outside_impl(HPyContext *ctx, HPy self)
{
    HPyThreadState s = HPy_LeavePythonExecution(ctx);
    HPy h = HPyLong_FromLong(ctx, 1);
    HPy_ReenterPythonExecution(ctx, s);
    return h;
}

HPyDef_METH(method_reenter_twice, "reenter_twice", HPyFunc_NOARGS)
static HPy method_reenter_twice_impl(HPyContext *ctx, HPy self)
{
    HPyThreadState s = HPy_LeavePythonExecution(ctx);
    HPy_ReenterPythonExecution(ctx, s);
    HPy_ReenterPythonExecution(ctx, s);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_reenter_with, "reenter_with", HPyFunc_O)
static HPy method_reenter_with_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyThreadState other = { (intptr_t)HPyLong_AsSsize_t(ctx, arg) };
    HPy_LeavePythonExecution(ctx);
    HPy_ReenterPythonExecution(ctx, other);
    return HPy_Dup(ctx, arg);
}

HPyDef_METH(method_return_outside, "return_outside", HPyFunc_NOARGS)
static HPy method_return_outside_impl(HPyContext *ctx, HPy self)
{
    HPy result = HPy_Dup(ctx, ctx->h_None);
    HPy_LeavePythonExecution(ctx);
    return result;
}

/* Arguments */

HPyDef_METH(method_use_behind, "use_behind", HPyFunc_VARARGS)
static HPy method_use_behind_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    return HPy_Repr(ctx, args[nargs]);
}

HPyDef_METH(method_return_behind, "return_behind", HPyFunc_VARARGS)
static HPy method_return_behind_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    return args[nargs];
}

HPyDef_METH(method_close_behind, "close_behind", HPyFunc_VARARGS)
static HPy method_close_behind_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_Close(ctx, args[nargs]);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_read_behind, "read_behind", HPyFunc_VARARGS)
static HPy method_read_behind_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    return HPyBool_FromBool(ctx, HPy_IsNull(args[nargs]));
}

HPyDef_METH(with_names, "with_names", HPyFunc_KEYWORDS)
static HPy with_names_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPy_Repr(ctx, args[nargs + (HPy_IsNull(kwnames) ? 0 : (size_t)HPy_Length(ctx, kwnames))]);
}

/* Capsules */

HPyCapsule_DESTRUCTOR(use_context)
static void use_context_impl(const char *name, void *pointer, void *context)
{
    HPy_Close(kept_ctx, HPyLong_FromLong(kept_ctx, 1));
}

HPyDef_METH(method_free_capsule, "free_capsule", HPyFunc_NOARGS)
static HPy method_free_capsule_impl(HPyContext *ctx, HPy self)
{
    static int x;
    kept_ctx = ctx;
    HPy_Close(ctx, HPyCapsule_New(ctx, &x, "x", &use_context));
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(method_set_destructor, "set_destructor", HPyFunc_NOARGS)
static HPy method_set_destructor_impl(HPyContext *ctx, HPy self)
{
    static int x;
    kept_ctx = ctx;
    HPy capsule = HPyCapsule_New(ctx, &x, "x", NULL);
    HPyCapsule_SetDestructor(ctx, capsule, &use_context);
    return capsule;
}

/* Exceptions */

HPyDef_METH(method_call_with_exception, "call_with_exception", HPyFunc_O)
static HPy method_call_with_exception_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyErr_SetString(ctx, ctx->h_ValueError, "unseen");
    return HPy_Repr(ctx, arg);
}

HPyDef_METH(method_fail_without_exception, "fail_without_exception", HPyFunc_NOARGS)
static HPy method_fail_without_exception_impl(HPyContext *ctx, HPy self)
{
    return HPy_NULL;
}

HPyDef_METH(method_succeed_with_exception, "succeed_with_exception", HPyFunc_NOARGS)
static HPy method_succeed_with_exception_impl(HPyContext *ctx, HPy self)
{
    HPyErr_SetString(ctx, ctx->h_ValueError, "unseen");
    return HPy_Dup(ctx, ctx->h_None);
}

/* Numbers that are no constants */

HPyDef_METH(method_compare_by, "compare_by", HPyFunc_O)
static HPy method_compare_by_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPy_RichCompare(ctx, arg, arg, (int)HPyLong_AsLong(ctx, arg));
}

HPyDef_METH(method_test_by, "test_by", HPyFunc_O)
static HPy method_test_by_impl(HPyContext *ctx, HPy self, HPy arg)
{
    int r = HPy_RichCompareBool(ctx, arg, arg, (int)HPyLong_AsLong(ctx, arg));
    return r < 0 ? HPy_NULL : HPyLong_FromLong(ctx, r);
}

HPyDef_METH(method_get_key, "get_key", HPyFunc_O)
static HPy method_get_key_impl(HPyContext *ctx, HPy self, HPy arg)
{
    void *r = HPyCapsule_Get(ctx, arg, (_HPyCapsule_key)77, NULL);
    return r ? HPy_Dup(ctx, arg) : HPy_NULL;
}

HPyDef_METH(method_set_key, "set_key", HPyFunc_O)
static HPy method_set_key_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPyCapsule_Set(ctx, arg, (_HPyCapsule_key)77, NULL) < 0 ? HPy_NULL : HPy_Dup(ctx, arg);
}

HPyDef_METH(method_compile_as, "compile_as", HPyFunc_O)
static HPy method_compile_as_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPy_Compile_s(ctx, "1", "file", (HPy_SourceKind)HPyLong_AsLong(ctx, arg));
}
