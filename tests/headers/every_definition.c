/* Every macro that defines something, with and without trailing arguments. C and C++; see test_headers.py. */
#include "hpy.h"
#include <assert.h>

HPY_MOD_EMBEDDABLE(everything)

typedef struct { int x; HPyField other; char text[8]; HPyCallFunction call; } Point;
HPyType_HELPERS(Point)
typedef struct { long n; } Numbers;
HPyType_HELPERS(Numbers, HPyType_BuiltinShape_List)
#ifndef HPY_ABI_UNIVERSAL
typedef struct { PyObject_HEAD int unused; } Old;
HPyType_LEGACY_HELPERS(Old)
static_assert(SHAPE(Old) == HPyType_BuiltinShape_Legacy, "");
#endif

static_assert(SHAPE(Point) == HPyType_BuiltinShape_Object, "");
static_assert(SHAPE(Numbers) == HPyType_BuiltinShape_List, "");

HPyDef_METH(varargs, "varargs", HPyFunc_VARARGS)
static HPy varargs_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    HPyTracker ht;
    HPy item;
    if (!HPyArg_Parse(ctx, &ht, args, nargs, "O", &item))
        return HPy_NULL;
    HPyTracker_Close(ctx, ht);
    return HPyTuple_Pack(ctx, 2, item, ctx->h_None);
}

HPyDef_METH(keywords, "keywords", HPyFunc_KEYWORDS, .doc = "with keywords")
static HPy keywords_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)args, (void)nargs, (void)kwnames;
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    HPy_END_LEAVE_PYTHON(ctx)
    return HPy_Dup(ctx, self);
}

HPyDef_METH(noargs, "noargs", HPyFunc_NOARGS)
static HPy noargs_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyErr_SetString(ctx, ctx->h_ValueError, "no");
}

static HPy elsewhere(HPyContext *ctx, HPy self, HPy arg);
HPyDef_METH_IMPL(o, "o", elsewhere, HPyFunc_O, .doc = "one argument")
static HPy elsewhere(HPyContext *ctx, HPy self, HPy arg) { return HPy_Add(ctx, self, arg); }

HPyDef_SLOT(point_new, HPy_tp_new)
static HPy point_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    (void)args, (void)nargs, (void)kw;
    Point *point;
    HPy h = HPy_New(ctx, type, &point);
    if (!HPy_IsNull(h))
        point->x = 1;
    return h;
}

HPyDef_SLOT(point_traverse, HPy_tp_traverse)
static int point_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Point *)self)->other);
    return 0;
}

HPyDef_SLOT(point_destroy, HPy_tp_destroy)
static void point_destroy_impl(void *data) { (void)data; }

HPyDef_SLOT(point_compare, HPy_tp_richcompare)
static HPy point_compare_impl(HPyContext *ctx, HPy self, HPy other, HPy_RichCmpOp op)
{
    HPy_RETURN_RICHCOMPARE(ctx, Point_AsStruct(ctx, self)->x, Point_AsStruct(ctx, other)->x, op);
}

HPyDef_SLOT(point_buffer, HPy_bf_getbuffer)
static int point_buffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    (void)flags;
    view->obj = HPy_Dup(ctx, self);
    return 0;
}

HPyDef_SLOT(point_release, HPy_bf_releasebuffer)
static void point_release_impl(HPyContext *ctx, HPy self, HPy_buffer *view)
{
    (void)ctx, (void)self, (void)view;
}

static HPy_ssize_t two(HPyContext *ctx, HPy self) { (void)ctx, (void)self; return 2; }
HPyDef_SLOT_IMPL(point_length, two, HPy_sq_length)

HPyDef_MEMBER(point_x, "x", HPyMember_INT, offsetof(Point, x))
HPyDef_MEMBER(point_text, "text", HPyMember_STRING_INPLACE, offsetof(Point, text), .readonly = 1, .doc = "d")

HPyDef_GET(point_get, "get", .closure = NULL)
static HPy point_get_get(HPyContext *ctx, HPy self, void *closure)
{
    (void)closure;
    return HPyLong_FromLong(ctx, Point_AsStruct(ctx, self)->x);
}

HPyDef_SET(point_set, "set")
static int point_set_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    (void)closure;
    HPyField_Store(ctx, self, &Point_AsStruct(ctx, self)->other, value);
    return 0;
}

HPyDef_GETSET(point_both, "both", .doc = "both")
static HPy point_both_get(HPyContext *ctx, HPy self, void *closure)
{
    (void)closure;
    return HPy_Dup(ctx, self);
}
static int point_both_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    (void)ctx, (void)self, (void)value, (void)closure;
    return 0;
}

HPyDef_GET_IMPL(point_get2, "get2", point_both_get)
HPyDef_SET_IMPL(point_set2, "set2", point_both_set, .doc = "set2")
HPyDef_GETSET_IMPL(point_both2, "both2", point_both_get, point_both_set)

HPyDef_CALL_FUNCTION(call_point)
static HPy call_point_impl(HPyContext *ctx, HPy callable, const HPy *args, size_t nargs, HPy kwnames)
{
    return keywords_impl(ctx, callable, args, nargs, kwnames);
}

HPyCapsule_DESTRUCTOR(free_capsule)
static void free_capsule_impl(const char *name, void *pointer, void *context)
{
    (void)name, (void)pointer, (void)context;
}

HPyDef_METH(make_capsule, "make_capsule", HPyFunc_NOARGS)
static HPy make_capsule_impl(HPyContext *ctx, HPy self)
{
    if (HPy_SetCallFunction(ctx, self, &call_point) < 0)
        return HPy_NULL;
    return HPyCapsule_New(ctx, &call_point, "name", &free_capsule);
}

HPyDef_SLOT(module_exec, HPy_mod_exec)
static int module_exec_impl(HPyContext *ctx, HPy module)
{
    (void)ctx, (void)module;
    return 0;
}

HPyDef_SLOT(module_create, HPy_mod_create)
static HPy module_create_impl(HPyContext *ctx, HPy spec) { return HPy_Dup(ctx, spec); }

#if HPY_TARGET_ABI_VERSION > 0x00000000
HPyDef_METH(state_noargs, "state_noargs", HPyFunc_STATE_NOARGS)
static HPy state_noargs_impl(HPyContext *ctx, void *state, HPy self)
{
    return state == NULL ? HPy_NULL : HPy_Dup(ctx, self);
}

HPyDef_METH(state_o, "state_o", HPyFunc_STATE_O)
static HPy state_o_impl(HPyContext *ctx, void *state, HPy self, HPy arg)
{
    return state == NULL ? HPy_Dup(ctx, self) : HPy_Dup(ctx, arg);
}

HPyDef_METH(state_varargs, "state_varargs", HPyFunc_STATE_VARARGS)
static HPy state_varargs_impl(HPyContext *ctx, void *state, HPy self, const HPy *args, size_t nargs)
{
    return state == NULL || nargs == 0 ? HPy_Dup(ctx, self) : HPy_Dup(ctx, args[0]);
}

HPyDef_METH(state_keywords, "state_keywords", HPyFunc_STATE_KEYWORDS)
static HPy state_keywords_impl(HPyContext *ctx, void *state, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPy_IsNull(kwnames) ? state_varargs_impl(ctx, state, self, args, nargs) : HPy_NULL;
}

HPyDef_METH(method, "method", HPyFunc_METHOD)
static HPy method_impl(HPyContext *ctx, HPy defining_class, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPy_IsNull(defining_class) ? HPy_NULL : keywords_impl(ctx, self, args, nargs, kwnames);
}

HPyDef_SLOT(module_traverse, HPy_mod_traverse)
static int module_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT((HPyField *)self);
    return 0;
}

HPyDef_SLOT(module_destroy, HPy_mod_destroy)
static void module_destroy_impl(void *state) { (void)state; }

HPyDef_VALUE(interpreters, HPy_mod_multiple_interpreters, HPy_MOD_MULTIPLE_INTERPRETERS_SUPPORTED)
HPyDef_VALUE(gil, HPy_mod_gil, HPy_MOD_GIL_NOT_USED)
#  define SINCE_0_1 \
      &state_noargs, &state_o, &state_varargs, &state_keywords, &method, &module_traverse, &module_destroy, \
          &interpreters, &gil,
#else
#  define SINCE_0_1
#endif

static HPyGlobal global;
static HPyGlobal *globals[] = {&global, NULL};
static HPyDef *defines[] = {
    &varargs, &keywords, &noargs, &o, &point_new, &point_traverse, &point_destroy, &point_compare,
    &point_buffer, &point_release, &point_length, &point_x, &point_text, &point_get, &point_set, &point_both,
    &point_get2, &point_set2, &point_both2, &make_capsule, &module_exec, &module_create, SINCE_0_1 NULL,
};
static HPyModuleDef definition = {"everything", 0, NULL, defines, globals};

HPy_MODINIT(everything, definition)
