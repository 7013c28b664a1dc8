/* The benchmark cases in HPy. Each has a counterpart of the same name and form in capi_bench.c.
 *
 * What HPy 0.9.0 has not got is left out where this file is compiled with its headers, for comparison.
 *
 * Cases of the first part are functions and a type to be called from a Python loop. Cases of the second part loop in C,
 * as `case(n, *objects)`, so that nothing but the measured operation is repeated.
 *
 * One long file, as capi_bench.c: the size of the binary is compared, too, and the cases are read side by side.
 */
#define HPY_TARGET_ABI_VERSION 0x00000001
#include <hpy.h>
#include <stdlib.h>

#ifdef HPY_VM_H
#  include <hpy/extension_api.h>
#endif

#define UNUSED(x) (void)(x)

static HPy none(HPyContext *ctx)
{
    return HPy_Dup(ctx, ctx->h_None);
}

/* ---- calls ---- */

HPyDef_METH(call_noargs, "call_noargs", HPyFunc_NOARGS)
static HPy call_noargs_impl(HPyContext *ctx, HPy self)
{
    UNUSED(self);
    return none(ctx);
}

HPyDef_METH(call_o, "call_o", HPyFunc_O)
static HPy call_o_impl(HPyContext *ctx, HPy self, HPy arg)
{
    UNUSED(self);
    UNUSED(arg);
    return none(ctx);
}

HPyDef_METH(call_fast, "call_fast", HPyFunc_VARARGS)
static HPy call_fast_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    UNUSED(self);
    UNUSED(args);
    UNUSED(nargs);
    return none(ctx);
}

HPyDef_METH(call_keywords, "call_keywords", HPyFunc_KEYWORDS)
static HPy call_keywords_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    UNUSED(self);
    UNUSED(args);
    UNUSED(nargs);
    UNUSED(kwnames);
    return none(ctx);
}

/* ---- numbers and text as arguments and results ---- */

HPyDef_METH(int_one, "int_one", HPyFunc_O)
static HPy int_one_impl(HPyContext *ctx, HPy self, HPy arg)
{
    UNUSED(self);
    long value = HPyLong_AsLong(ctx, arg);
    if (value == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, value + 1);
}

HPyDef_METH(int_two, "int_two", HPyFunc_VARARGS)
static HPy int_two_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    UNUSED(self);
    if (nargs != 2)
        return HPyErr_SetString(ctx, ctx->h_TypeError, "int_two() takes 2 arguments");
    long a = HPyLong_AsLong(ctx, args[0]);
    if (a == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    long b = HPyLong_AsLong(ctx, args[1]);
    if (b == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a + b);
}

HPyDef_METH(float_one, "float_one", HPyFunc_O)
static HPy float_one_impl(HPyContext *ctx, HPy self, HPy arg)
{
    UNUSED(self);
    double value = HPyFloat_AsDouble(ctx, arg);
    if (value == -1.0 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    return HPyFloat_FromDouble(ctx, value + 1.0);
}

HPyDef_METH(str_length, "str_length", HPyFunc_O)
static HPy str_length_impl(HPyContext *ctx, HPy self, HPy arg)
{
    UNUSED(self);
    HPy_ssize_t size;
    if (HPyUnicode_AsUTF8AndSize(ctx, arg, &size) == NULL)
        return HPy_NULL;
    return HPyLong_FromSsize_t(ctx, size);
}

HPyDef_METH(parse_positional, "parse_positional", HPyFunc_VARARGS)
static HPy parse_positional_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    UNUSED(self);
    long a;
    double b;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ld", &a, &b))
        return HPy_NULL;
    return none(ctx);
}

HPyDef_METH(parse_keywords, "parse_keywords", HPyFunc_KEYWORDS)
static HPy parse_keywords_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    UNUSED(self);
    static const char *keywords[] = {"a", "b", NULL};
    HPyTracker tracker;
    long a;
    double b;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "ld", keywords, &a, &b))
        return HPy_NULL;
    HPyTracker_Close(ctx, tracker);
    return none(ctx);
}

/* The same case as `clinic_keyword` below, whose counterpart is written by hand. */
HPyDef_METH(parse_objects, "parse_objects", HPyFunc_KEYWORDS)
static HPy parse_objects_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    UNUSED(self);
    static const char *keywords[] = {"a", "k", NULL};
    HPyTracker tracker;
    HPy a, k = HPy_NULL;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "O|O", keywords, &a, &k))
        return HPy_NULL;
    HPyTracker_Close(ctx, tracker);
    return none(ctx);
}

/* ---- Argument Clinic ---- */

#ifdef HPY_VM_H

/*[clinic input]
module hpy_bench

hpy_bench.clinic_one as clinic_one
    a: object
    /
[clinic start generated code]*/

/*[clinic input]
hpy_bench.clinic_two as clinic_two
    a: object
    b: object
    /
[clinic start generated code]*/

/*[clinic input]
hpy_bench.clinic_numbers as clinic_numbers
    a: long
    b: double
    /
[clinic start generated code]*/

/*[clinic input]
hpy_bench.clinic_keyword as clinic_keyword
    a: object
    k: object = None
[clinic start generated code]*/

/*[clinic input]
hpy_bench.clinic_four as clinic_four
    a: object = None
    b: object = None
    c: object = None
    d: object = None
[clinic start generated code]*/

/*[clinic input]
@typed
hpy_bench.typed_function as typed_function -> double
    a: double
    b: double
[clinic start generated code]*/

#include "hpy_bench.clinic.h"

static double typed_function_impl(HPyContext *ctx, HPy self, double a, double b)
{
    UNUSED(ctx);
    UNUSED(self);
    return a * b;
}

HPyDef_METH(typed_call, "typed_call", HPyFunc_VARARGS)
static HPy typed_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    UNUSED(self);
    UNUSED(nargs);
    double (*function)(HPyContext *, double, double);
    *(HPyCFunction *)&function = HPyTyped_Find(ctx, args[1], "double (double, double)");
    if (function == NULL)
        return HPyErr_SetString(ctx, ctx->h_LookupError, "no typed function");
    double product = 1;
    for (long n = HPyLong_AsLong(ctx, args[0]); n > 0; n--)
        product = function(ctx, product, 1.0);
    return HPyFloat_FromDouble(ctx, product);
}

static HPy clinic_one_impl(HPyContext *ctx, HPy self, HPy a)
{
    UNUSED(self);
    UNUSED(a);
    return none(ctx);
}

static HPy clinic_two_impl(HPyContext *ctx, HPy self, HPy a, HPy b)
{
    UNUSED(self);
    UNUSED(a);
    UNUSED(b);
    return none(ctx);
}

static HPy clinic_numbers_impl(HPyContext *ctx, HPy self, long a, double b)
{
    UNUSED(self);
    UNUSED(a);
    UNUSED(b);
    return none(ctx);
}

static HPy clinic_keyword_impl(HPyContext *ctx, HPy self, HPy a, HPy k)
{
    UNUSED(self);
    UNUSED(a);
    UNUSED(k);
    return none(ctx);
}

static HPy clinic_four_impl(HPyContext *ctx, HPy self, HPy a, HPy b, HPy c, HPy d)
{
    UNUSED(self);
    UNUSED(a);
    UNUSED(b);
    UNUSED(c);
    UNUSED(d);
    return none(ctx);
}

#endif

/* ---- a type ---- */

typedef struct {
    HPyField field;
    long number;
} Thing;

HPyType_HELPERS(Thing)

HPyDef_SLOT(Thing_new, HPy_tp_new)
static HPy Thing_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    UNUSED(args);
    UNUSED(nargs);
    UNUSED(kw);
    Thing *thing;
    return HPy_New(ctx, type, &thing);
}

HPyDef_SLOT(Thing_traverse, HPy_tp_traverse)
static int Thing_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Thing *)data)->field);
    return 0;
}

HPyDef_METH(Thing_method_noargs, "method_noargs", HPyFunc_NOARGS)
static HPy Thing_method_noargs_impl(HPyContext *ctx, HPy self)
{
    UNUSED(self);
    return none(ctx);
}

HPyDef_METH(Thing_method_o, "method_o", HPyFunc_O)
static HPy Thing_method_o_impl(HPyContext *ctx, HPy self, HPy arg)
{
    UNUSED(self);
    UNUSED(arg);
    return none(ctx);
}

HPyDef_SLOT(Thing_len, HPy_sq_length)
static HPy_ssize_t Thing_len_impl(HPyContext *ctx, HPy self)
{
    UNUSED(ctx);
    UNUSED(self);
    return 3;
}

HPyDef_SLOT(Thing_add, HPy_nb_add)
static HPy Thing_add_impl(HPyContext *ctx, HPy a, HPy b)
{
    UNUSED(a);
    UNUSED(b);
    return none(ctx);
}

HPyDef_SLOT(Thing_subscript, HPy_mp_subscript)
static HPy Thing_subscript_impl(HPyContext *ctx, HPy self, HPy key)
{
    UNUSED(self);
    UNUSED(key);
    return none(ctx);
}

HPyDef_MEMBER(Thing_member, "member", HPyMember_LONG, offsetof(Thing, number))

HPyDef_GETSET(Thing_getset, "getset")
static HPy Thing_getset_get(HPyContext *ctx, HPy self, void *closure)
{
    UNUSED(self);
    UNUSED(closure);
    return none(ctx);
}

static int Thing_getset_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    UNUSED(ctx);
    UNUSED(self);
    UNUSED(value);
    UNUSED(closure);
    return 0;
}

static HPyDef *Thing_defines[] = {
    &Thing_new, &Thing_traverse,  &Thing_method_noargs, &Thing_method_o, &Thing_len,
    &Thing_add, &Thing_subscript, &Thing_member,        &Thing_getset,   NULL,
};

static HPyType_Spec Thing_spec = {
    .name = "hpy_bench.Thing",
    .basicsize = sizeof(Thing),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(Thing),
    .defines = Thing_defines,
};

/* Without fields, and so without garbage collection: the cheapest kind of object. */
typedef struct {
    long number;
} Plain;

HPyDef_SLOT(Plain_new, HPy_tp_new)
static HPy Plain_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    UNUSED(args);
    UNUSED(nargs);
    UNUSED(kw);
    Plain *plain;
    return HPy_New(ctx, type, &plain);
}

static HPyDef *Plain_defines[] = {&Plain_new, NULL};

static HPyType_Spec Plain_spec = {
    .name = "hpy_bench.Plain",
    .basicsize = sizeof(Plain),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = Plain_defines,
};

/* Two numbers, from two arguments. */
typedef struct {
    long x;
    long y;
} Point;

HPyType_HELPERS(Point)

HPyDef_SLOT(Point_new, HPy_tp_new)
static HPy Point_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    UNUSED(kw);
    if (nargs != 2)
        return HPyErr_SetString(ctx, ctx->h_TypeError, "Point() takes 2 arguments");
    long x = HPyLong_AsLong(ctx, args[0]);
    if (x == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    long y = HPyLong_AsLong(ctx, args[1]);
    if (y == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    Point *point;
    HPy self = HPy_New(ctx, type, &point);
    if (HPy_IsNull(self))
        return HPy_NULL;
    point->x = x;
    point->y = y;
    return self;
}

HPyDef_METH(Point_get_x, "get_x", HPyFunc_NOARGS)
static HPy Point_get_x_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, Point_AsStruct(ctx, self)->x);
}

HPyDef_GET(Point_x, "x")
static HPy Point_x_get(HPyContext *ctx, HPy self, void *closure)
{
    UNUSED(closure);
    return HPyLong_FromLong(ctx, Point_AsStruct(ctx, self)->x);
}

static HPyDef *Point_defines[] = {&Point_new, &Point_get_x, &Point_x, NULL};

static HPyType_Spec Point_spec = {
    .name = "hpy_bench.Point",
    .basicsize = sizeof(Point),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = SHAPE(Point),
    .defines = Point_defines,
};

/* The same, whose counterpart has a function for calls of the type; and one with an `HPy_tp_init`. */
static HPyType_Spec PointVectorcall_spec = {
    .name = "hpy_bench.PointVectorcall",
    .basicsize = sizeof(Point),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = SHAPE(Point),
    .defines = Point_defines,
};

HPyDef_SLOT(PointInit_new, HPy_tp_new)
static HPy PointInit_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    return HPyType_GenericNew(ctx, type, args, nargs, kw);
}

HPyDef_SLOT(PointInit_init, HPy_tp_init)
static int PointInit_init_impl(HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    UNUSED(kw);
    if (nargs != 2) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "PointInit() takes 2 arguments");
        return -1;
    }
    Point *point = Point_AsStruct(ctx, self);
    point->x = HPyLong_AsLong(ctx, args[0]);
    if (point->x == -1 && HPyErr_Occurred(ctx))
        return -1;
    point->y = HPyLong_AsLong(ctx, args[1]);
    if (point->y == -1 && HPyErr_Occurred(ctx))
        return -1;
    return 0;
}

static HPyDef *PointInit_defines[] = {&PointInit_new, &PointInit_init, NULL};

static HPyType_Spec PointInit_spec = {
    .name = "hpy_bench.PointInit",
    .basicsize = sizeof(Point),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = SHAPE(Point),
    .defines = PointInit_defines,
};

/* Its instances can be called. */
typedef struct {
    long number;
} Caller;

HPyDef_SLOT(Caller_call, HPy_tp_call)
static HPy Caller_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    UNUSED(self);
    UNUSED(args);
    UNUSED(nargs);
    UNUSED(kwnames);
    return none(ctx);
}

HPyDef_SLOT(Caller_new, HPy_tp_new)
static HPy Caller_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    UNUSED(args);
    UNUSED(nargs);
    UNUSED(kw);
    Caller *caller;
    return HPy_New(ctx, type, &caller);
}

static HPyDef *Caller_defines[] = {&Caller_call, &Caller_new, NULL};

static HPyType_Spec Caller_spec = {
    .name = "hpy_bench.Caller",
    .basicsize = sizeof(Caller),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = Caller_defines,
};

/* ---- loops in C ---- */

static HPyGlobal global;

/* Does BODY as often as the int COUNT says. BODY jumps to `error`. */
#define REPEAT(COUNT, BODY)                                                                    \
        long n = HPyLong_AsLong(ctx, COUNT);                                                   \
        if (n == -1 && HPyErr_Occurred(ctx))                                                   \
            return HPy_NULL;                                                                   \
        for (long i = 0; i < n; i++) {                                                         \
            BODY                                                                               \
        }                                                                                      \
        return none(ctx);                                                                      \
    error:                                                                                     \
        return HPy_NULL;

/* Defines the method NAME(n, *objects), which does BODY n times. BODY sees `o`, the objects. */
#define LOOP(NAME, BODY)                                                                       \
    HPyDef_METH(NAME, #NAME, HPyFunc_VARARGS)                                                  \
    static HPy NAME##_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)           \
    {                                                                                          \
        UNUSED(self);                                                                          \
        UNUSED(nargs);                                                                         \
        const HPy *o = args + 1;                                                               \
        UNUSED(o);                                                                             \
        REPEAT(args[0], BODY)                                                                  \
    }

/* BODY of a loop that creates an object and closes it. */
#define MAKE(EXPRESSION)                                                                       \
    HPy made = EXPRESSION;                                                                     \
    if (HPy_IsNull(made))                                                                      \
        goto error;                                                                            \
    HPy_Close(ctx, made);

/* BODY of a loop that calls something which returns 0 or more on success. */
#define DO(EXPRESSION)                                                                         \
    if ((EXPRESSION) < 0)                                                                      \
        goto error;

static HPy make_thing(HPyContext *ctx, HPy type)
{
    Thing *thing;
    return HPy_New(ctx, type, &thing);
}

static HPy make_plain(HPyContext *ctx, HPy type)
{
    Plain *plain;
    return HPy_New(ctx, type, &plain);
}

static HPy build_tuple(HPyContext *ctx, HPy a, HPy b)
{
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, 2);
    HPyTupleBuilder_Set(ctx, builder, 0, a);
    HPyTupleBuilder_Set(ctx, builder, 1, b);
    return HPyTupleBuilder_Build(ctx, builder);
}

static HPy build_list(HPyContext *ctx, HPy a, HPy b)
{
    HPyListBuilder builder = HPyListBuilder_New(ctx, 2);
    HPyListBuilder_Set(ctx, builder, 0, a);
    HPyListBuilder_Set(ctx, builder, 1, b);
    return HPyListBuilder_Build(ctx, builder);
}

LOOP(dup_close, MAKE(HPy_Dup(ctx, o[0])))
LOOP(new_plain, MAKE(make_plain(ctx, o[0])))
LOOP(new_gc, MAKE(make_thing(ctx, o[0])))
LOOP(getattr, MAKE(HPy_GetAttr(ctx, o[0], o[1])))
LOOP(getattr_s, MAKE(HPy_GetAttr_s(ctx, o[0], "name")))
LOOP(setattr, DO(HPy_SetAttr(ctx, o[0], o[1], o[2])))
LOOP(setattr_s, DO(HPy_SetAttr_s(ctx, o[0], "name", o[2])))
LOOP(tuple_item, MAKE(HPy_GetItem_i(ctx, o[0], 1)))
LOOP(list_item, MAKE(HPy_GetItem_i(ctx, o[0], 1)))
LOOP(list_item_object, MAKE(HPy_GetItem(ctx, o[0], o[1])))
LOOP(list_set_item, DO(HPy_SetItem_i(ctx, o[0], 1, o[1])))
LOOP(list_length, DO(HPy_Length(ctx, o[0])))
LOOP(dict_lookup, MAKE(HPy_GetItem(ctx, o[0], o[1])))
LOOP(dict_lookup_s, MAKE(HPy_GetItem_s(ctx, o[0], "name")))
LOOP(dict_set, DO(HPy_SetItem(ctx, o[0], o[1], o[2])))
LOOP(field_load, MAKE(HPyField_Load(ctx, o[0], Thing_AsStruct(ctx, o[0])->field)))
LOOP(field_store, HPyField_Store(ctx, o[0], &Thing_AsStruct(ctx, o[0])->field, o[1]); if (n < 0) goto error;)
LOOP(global_load, MAKE(HPyGlobal_Load(ctx, global)))
LOOP(call_python, MAKE(HPy_Call(ctx, o[0], &o[1], 1, HPy_NULL)))
LOOP(call_builtin, MAKE(HPy_Call(ctx, o[0], &o[1], 1, HPy_NULL)))
LOOP(call_tuple, MAKE(HPy_CallTupleDict(ctx, o[0], o[1], HPy_NULL)))
LOOP(call_method, MAKE(HPy_CallMethod(ctx, o[0], &o[1], 1, HPy_NULL)))
LOOP(type_check, DO(HPy_TypeCheck(ctx, o[0], o[1])))
LOOP(add, MAKE(HPy_Add(ctx, o[0], o[1])))
LOOP(long_round_trip, MAKE(HPyLong_FromLong(ctx, HPyLong_AsLong(ctx, o[0]))))
LOOP(float_round_trip, MAKE(HPyFloat_FromDouble(ctx, HPyFloat_AsDouble(ctx, o[0]))))
/* Aligned, since the speed of reading text depends on it. */
static const char text[] __attribute__((aligned(16))) = "a few words";
LOOP(unicode_from_string, MAKE(HPyUnicode_FromString(ctx, text)))
LOOP(unicode_as_utf8, HPy_ssize_t size; if (HPyUnicode_AsUTF8AndSize(ctx, o[0], &size) == NULL) goto error;)
LOOP(tuple_from_array, MAKE(HPyTuple_FromArray(ctx, (HPy *)o, 2)))
LOOP(tuple_build, MAKE(build_tuple(ctx, o[0], o[1])))
LOOP(list_build, MAKE(build_list(ctx, o[0], o[1])))
LOOP(list_append, DO(HPyList_Append(ctx, o[0], o[1])))
LOOP(build_value, MAKE(HPy_BuildValue(ctx, "(lds)", 1L, 2.0, "three")))
LOOP(error_set_clear, HPyErr_SetString(ctx, ctx->h_ValueError, "no"); HPyErr_Clear(ctx); if (n < 0) goto error;)

/* ---- without a context at hand ---- */

#ifdef HPY_VM_H
static HPyVM vm;

static void open_close(void)
{
    HPyContext *ctx = HPyVM_OpenContext(&vm);
    HPyVM_CloseContext(&vm, ctx);
}

static void *same(HPyContext *ctx, HPy captured, void *arg)
{
    UNUSED(ctx);
    UNUSED(captured);
    return arg;
}

HPyDef_METH(closure_call, "closure_call", HPyFunc_O)
static HPy closure_call_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyClosure *closure = HPyClosure_New(ctx, same, self);
    if (closure == NULL)
        return HPy_NULL;
    long n = HPyLong_AsLong(ctx, arg);
    for (long i = 0; i < n; i++)
        HPyClosure_Call(closure, &n);
    HPyClosure_Free(closure);
    return none(ctx);
}

LOOP(vm_inside, open_close(); if (n < 0) goto error;)
LOOP(view_inside, open_close(); if (n < 0) goto error;)

/* ---- the state of the module ---- */

HPyDef_METH(state_argument, "state_argument", HPyFunc_STATE_NOARGS)
static HPy state_argument_impl(HPyContext *ctx, void *state, HPy self)
{
    UNUSED(state);
    UNUSED(self);
    return none(ctx);
}

HPyDef_METH(state_method, "method_noargs", HPyFunc_STATE_NOARGS)
static HPy state_method_impl(HPyContext *ctx, void *state, HPy self)
{
    UNUSED(state);
    UNUSED(self);
    return none(ctx);
}

static HPyDef *Stateful_defines[] = {&state_method, NULL};
static HPyType_Spec Stateful_spec = {.name = "hpy_bench.Stateful", .defines = Stateful_defines};

static int add_stateful(HPyContext *ctx, HPy module)
{
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Module, module}, {(HPyType_SpecParam_Kind)0, HPy_NULL}};
    return HPyHelpers_AddType(ctx, module, "Stateful", &Stateful_spec, params) ? 0 : -1;
}

LOOP(state_of_module, if (HPyModule_GetState(ctx, o[0]) == NULL) goto error;)
LOOP(state_of_type, if (HPyType_GetModuleState(ctx, o[0]) == NULL) goto error;)

/* ---- data ---- */

static int look_at(HPyContext *ctx, HPy h)
{
    HPy_buffer view;
    int status = HPy_GetBuffer(ctx, h, &view, HPyBUF_SIMPLE);
    HPyBuffer_Release(ctx, &view);
    return status;
}

LOOP(buffer, DO(look_at(ctx, o[0])))

/* ---- objects that are kept between calls ---- */

typedef struct {
    long number;
    HPyField object;
} State;

HPyDef_SLOT(state_traverse, HPy_mod_traverse)
static int state_traverse_impl(void *state, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((State *)state)->object);
    return 0;
}

static HPyGlobal thing_type, numbers;
static const long number_in_capsule = 1;

/* ---- sums of a list of ints ---- */

HPyDef_METH(sum_items, "sum_items", HPyFunc_O)
static HPy sum_items_impl(HPyContext *ctx, HPy self, HPy list)
{
    UNUSED(self);
    long sum = 0;
    HPy_ssize_t length = HPy_Length(ctx, list);
    for (HPy_ssize_t i = 0; i < length; i++) {
        HPy item = HPy_GetItem_i(ctx, list, i);
        if (HPy_IsNull(item))
            return HPy_NULL;
        long value = HPyLong_AsLong(ctx, item);
        HPy_Close(ctx, item);
        if (value == -1 && HPyErr_Occurred(ctx))
            return HPy_NULL;
        sum += value;
    }
    return HPyLong_FromLong(ctx, sum);
}

HPyDef_METH(sum_in_bulk, "sum_in_bulk", HPyFunc_O)
static HPy sum_in_bulk_impl(HPyContext *ctx, HPy self, HPy list)
{
    UNUSED(self);
    int64_t values[128], sum = 0;
    HPy_ssize_t start = 0, n;
    do {
        n = HPySequence_AsInt64s(ctx, list, start, 128, values);
        if (n < 0)
            return HPy_NULL;
        for (HPy_ssize_t i = 0; i < n; i++)
            sum += values[i];
        start += n;
    } while (n == 128);
    return HPyLong_FromInt64_t(ctx, sum);
}

HPyDef_METH(sum_bulk_items, "sum_bulk_items", HPyFunc_O)
static HPy sum_bulk_items_impl(HPyContext *ctx, HPy self, HPy list)
{
    UNUSED(self);
    HPy items[128];
    long sum = 0;
    HPy_ssize_t start = 0, n;
    do {
        n = HPySequence_GetItems(ctx, list, start, 128, items);
        if (n < 0)
            return HPy_NULL;
        for (HPy_ssize_t i = 0; i < n; i++)
            sum += HPyLong_AsLong(ctx, items[i]);
        HPy_CloseArray(ctx, items, n);
        start += n;
    } while (n == 128);
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPyLong_FromLong(ctx, sum);
}

/* As LOOP, in a function that gets the state of the module; BODY sees `state`. */
#define STATE_LOOP(NAME, BODY)                                                                 \
    HPyDef_METH(NAME, #NAME, HPyFunc_STATE_O)                                                  \
    static HPy NAME##_impl(HPyContext *ctx, void *data, HPy module, HPy arg)                   \
    {                                                                                          \
        State *state = (State *)data;                                                          \
        UNUSED(module);                                                                        \
        REPEAT(arg, BODY)                                                                      \
    }

/* Reads it each time. */
#define READ(NUMBER)                                                                           \
    long number = NUMBER;                                                                      \
    __asm__ volatile("" : : "r"(number) : "memory");

static int load_and_check(HPyContext *ctx, HPy h)
{
    HPy type = HPyGlobal_Load(ctx, thing_type);
    int is_instance = HPy_TypeCheck(ctx, h, type);
    HPy_Close(ctx, type);
    return is_instance;
}

static const long *load_and_get_pointer(HPyContext *ctx)
{
    HPy capsule = HPyGlobal_Load(ctx, numbers);
    const long *pointer = HPyCapsule_GetPointer(ctx, capsule, NULL);
    HPy_Close(ctx, capsule);
    return pointer;
}

static int make_cached(HPyContext *ctx, HPy module)
{
    State *state = (State *)HPyModule_GetState(ctx, module);
    HPyField_Store(ctx, module, &state->object, module);
    state->number = 1;
    HPy type = HPy_GetAttr_s(ctx, module, "Thing");
    HPy capsule = HPyCapsule_New(ctx, (void *)&number_in_capsule, NULL, NULL);
    HPyGlobal_Store(ctx, &thing_type, type);
    HPyGlobal_Store(ctx, &numbers, capsule);
    bool ok = !HPy_IsNull(type) && !HPy_IsNull(capsule);
    HPy_Close(ctx, type);
    HPy_Close(ctx, capsule);
    return ok ? 0 : -1;
}

STATE_LOOP(cached_in_state, MAKE(HPyField_Load(ctx, module, state->object)))
STATE_LOOP(cached_struct_in_state, READ(state->number) if (n < 0) goto error;)
LOOP(cached_struct_in_capsule, READ(*load_and_get_pointer(ctx)) if (n < 0) goto error;)
LOOP(global_type_check, DO(HPyGlobal_TypeCheck(ctx, o[0], thing_type)))
LOOP(global_load_type_check, DO(load_and_check(ctx, o[0])))

static int is_missing(HPyContext *ctx, HPy dict, HPy key)
{
    HPy value;
    return HPyDict_GetItemRef(ctx, dict, key, &value);
}

static int is_missing_by_error(HPyContext *ctx, HPy dict, HPy key)
{
    HPy value = HPy_GetItem(ctx, dict, key);
    if (!HPy_IsNull(value) || !HPyErr_ExceptionMatches(ctx, ctx->h_KeyError))
        return -1;
    HPyErr_Clear(ctx);
    return 0;
}

LOOP(dict_missing, DO(is_missing(ctx, o[0], o[1])))
LOOP(dict_missing_by_error, DO(is_missing_by_error(ctx, o[0], o[1])))
LOOP(check_slot, DO(HPyType_CheckSlot(ctx, o[0], &Thing_add)))

HPyDef_METH(vm_attached, "vm_attached", HPyFunc_O)
static HPy vm_attached_impl(HPyContext *ctx, HPy self, HPy arg)
{
    UNUSED(self);
    long n = HPyLong_AsLong(ctx, arg);
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    for (long i = 0; i < n; i++)
        open_close();
    HPy_END_LEAVE_PYTHON(ctx)
    return none(ctx);
}

/* ---- from one extension to another ---- */

#define BENCH_API(FUNCTION, TYPE) \
    FUNCTION(0, double, Bench_Add, double, double) \
    FUNCTION(0, HPy, Bench_First, HPy, HPy)
HPyAPI_DECLARE(BenchAPI, "hpy_bench._api", 1, 0, BENCH_API)
HPyDef_API(BenchAPI, BENCH_API)

static double Bench_Add_impl(HPyContext *ctx, double a, double b)
{
    UNUSED(ctx);
    return a + b;
}

static HPy Bench_First_impl(HPyContext *ctx, HPy a, HPy b)
{
    UNUSED(b);
    return HPy_Dup(ctx, a);
}

static const BenchAPI *api;

HPyDef_METH(import_api, "import_api", HPyFunc_NOARGS)
static HPy import_api_impl(HPyContext *ctx, HPy self)
{
    if (HPyAPI_Publish(ctx, self, BenchAPI) < 0)
        return HPy_NULL;
    api = BenchAPI_Import(ctx, self);
    return api == NULL ? HPy_NULL : none(ctx);
}

#define API_CALLS(name, functions) \
    LOOP(name##_numbers, if (functions->Bench_Add(ctx, 1.0, (double)n) == 0.5) goto error;) \
    LOOP(name##_handles, HPy h = functions->Bench_First(ctx, o[0], o[1]); if (HPy_IsNull(h)) goto error; HPy_Close(ctx, h);)
API_CALLS(api_direct, api)
#  ifndef HPY_ABI_CPYTHON
/* What an importer with another context gets. */
API_CALLS(api_trampoline, (&BenchAPI_contexts_0))
#  endif
#endif

HPyDef_SLOT(bench_exec, HPy_mod_exec)
static int bench_exec_impl(HPyContext *ctx, HPy module)
{
    HPyGlobal_Store(ctx, &global, module);
#ifdef HPY_VM_H
    if (HPy_GetVM(ctx, &vm) < 0)
        HPyErr_Clear(ctx); /* another interpreter is here only to be there */
    if (add_stateful(ctx, module) < 0)
        return -1;
#endif
    bool ok = HPyHelpers_AddType(ctx, module, "Thing", &Thing_spec, NULL) &&
              HPyHelpers_AddType(ctx, module, "Plain", &Plain_spec, NULL) &&
              HPyHelpers_AddType(ctx, module, "Point", &Point_spec, NULL) &&
              HPyHelpers_AddType(ctx, module, "PointVectorcall", &PointVectorcall_spec, NULL) &&
              HPyHelpers_AddType(ctx, module, "PointInit", &PointInit_spec, NULL) &&
              HPyHelpers_AddType(ctx, module, "Caller", &Caller_spec, NULL);
#ifdef HPY_VM_H
    ok = ok && make_cached(ctx, module) == 0;
#endif
    return ok ? 0 : -1;
}

static HPyDef *defines[] = {
    &int_one,          &int_two,       &float_one,           &str_length,
    &call_noargs,      &call_o,        &call_fast,           &call_keywords,   &parse_positional,
    &parse_keywords,   &parse_objects, &dup_close,     &new_plain,           &new_gc,          &getattr,
    &getattr_s,        &setattr,       &setattr_s,           &tuple_item,      &list_item,
    &list_item_object, &list_set_item, &list_length,         &dict_lookup,     &dict_lookup_s,
    &dict_set,         &field_load,    &field_store,         &global_load,     &call_python,
    &call_builtin,     &call_tuple,    &call_method,         &type_check,      &add,
    &long_round_trip,  &float_round_trip, &unicode_from_string, &unicode_as_utf8, &tuple_from_array,
    &tuple_build,      &list_build,    &list_append,         &build_value,     &error_set_clear,
#ifdef HPY_VM_H
    &vm_inside,        &vm_attached,   &closure_call,        &state_argument,  &state_of_module,
    &state_of_type,    &view_inside,   &import_api,          &api_direct_numbers, &api_direct_handles,
    &state_traverse,   &cached_in_state, &cached_struct_in_state, &cached_struct_in_capsule,
    &global_type_check, &global_load_type_check, &dict_missing, &dict_missing_by_error, &check_slot,
    &buffer,           &sum_items,     &sum_in_bulk,         &sum_bulk_items,  &typed_call,      hpy_bench_CLINIC
#  ifndef HPY_ABI_CPYTHON
    &api_trampoline_numbers, &api_trampoline_handles,
#  endif
#endif
    &bench_exec,       NULL,
};

static HPyGlobal *globals[] = {
    &global,
#ifdef HPY_VM_H
    &thing_type, &numbers,
#endif
    NULL,
};

static HPyModuleDef hpy_bench = {
    .defines = defines,
    .globals = globals,
#ifdef HPY_VM_H
    .size = sizeof(State),
#endif
};

HPy_MODINIT(hpy_bench, hpy_bench)
