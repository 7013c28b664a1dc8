/* Definitions to make random types and modules of, and the functions that make them; for definitions.py.
 *
 * Whatever the functions here do keeps to the contract of their signature, by chance one thing or another.
 */
#include <hpy.h>

#include <string.h>

extern HPyDef parse, make;

/* ---- chance ---- */

static unsigned long long state = 1;

/* A number below `limit`. */
static unsigned any_below(unsigned limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % limit;
}

HPyDef_METH(seed, "seed", HPyFunc_O)
static HPy seed_impl(HPyContext *ctx, HPy self, HPy arg)
{
    (void)self;
    state = HPyLong_AsUnsignedLongLongMask(ctx, arg) | 1;
    return HPy_Dup(ctx, ctx->h_None);
}

/* Sometimes raises, and tells so. */
static bool fails(HPyContext *ctx)
{
    if (any_below(6) != 0)
        return false;
    HPyErr_SetString(ctx, any_below(2) ? ctx->h_ValueError : ctx->h_AttributeError, "by chance");
    return true;
}

static HPy any_object(HPyContext *ctx, HPy self)
{
    if (fails(ctx))
        return HPy_NULL;
    switch (any_below(8)) {
    case 0: return HPy_Dup(ctx, ctx->h_None);
    case 1: return HPy_Dup(ctx, ctx->h_NotImplemented);
    case 2: return HPyLong_FromLong(ctx, (long)any_below(5) - 2);
    case 3: return HPyUnicode_FromString(ctx, "text");
    case 4: return HPyFloat_FromDouble(ctx, 0.5);
    case 5: return HPyList_New(ctx, 0);
    default: return HPy_Dup(ctx, self);
    }
}

static int any_status(HPyContext *ctx) { return fails(ctx) ? -1 : 0; }

/* ---- implementations, by signature ---- */

static HPy unary(HPyContext *ctx, HPy self) { return any_object(ctx, self); }

static HPy binary(HPyContext *ctx, HPy a, HPy b) { return any_object(ctx, any_below(2) ? a : b); }

static HPy ternary(HPyContext *ctx, HPy a, HPy b, HPy c)
{
    (void)b, (void)c; /* may be null */
    return any_object(ctx, a);
}

static int yes_or_no(HPyContext *ctx, HPy self)
{
    (void)self;
    return fails(ctx) ? -1 : (int)any_below(2);
}

static int module_exec(HPyContext *ctx, HPy mod)
{
    return any_below(2) ? any_status(ctx) : HPy_SetAttr_s(ctx, mod, "answer", ctx->h_True);
}

static HPy_ssize_t length(HPyContext *ctx, HPy self)
{
    (void)self;
    return fails(ctx) ? -1 : (HPy_ssize_t)any_below(4);
}

static HPy indexed(HPyContext *ctx, HPy self, HPy_ssize_t index)
{
    (void)index;
    /* Iteration must end. */
    if (any_below(3) == 0)
        return HPyErr_SetString(ctx, ctx->h_IndexError, "the end");
    return any_object(ctx, self);
}

static int set_indexed(HPyContext *ctx, HPy self, HPy_ssize_t index, HPy value)
{
    (void)self, (void)index, (void)value;
    return any_status(ctx);
}

static int set_item(HPyContext *ctx, HPy self, HPy key, HPy value)
{
    (void)self, (void)key, (void)value;
    return any_status(ctx);
}

static int contains(HPyContext *ctx, HPy self, HPy item)
{
    (void)item;
    return yes_or_no(ctx, self);
}

static HPy text(HPyContext *ctx, HPy self)
{
    if (any_below(8) == 0)
        return any_object(ctx, self);
    return HPyUnicode_FromFormat(ctx, "text %u", any_below(100));
}

static HPy_hash_t hash(HPyContext *ctx, HPy self)
{
    (void)self;
    return fails(ctx) ? -1 : (HPy_hash_t)any_below(1000);
}

static HPy compare(HPyContext *ctx, HPy a, HPy b, HPy_RichCmpOp op)
{
    if (any_below(2) == 0)
        HPy_RETURN_RICHCOMPARE(ctx, 1, any_below(2) ? 1 : 2, op);
    return binary(ctx, a, b);
}

static HPy iterate(HPyContext *ctx, HPy self) { return any_below(4) ? HPy_Dup(ctx, self) : any_object(ctx, self); }

static HPy next_item(HPyContext *ctx, HPy self) { return any_below(3) ? any_object(ctx, self) : HPy_NULL; }

static HPy call(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)kwnames;
    return any_object(ctx, nargs > 0 ? args[nargs - 1] : self);
}

static HPy call_positional(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    return call(ctx, self, args, nargs, HPy_NULL);
}

static HPy new_instance(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    if (fails(ctx))
        return HPy_NULL;
    if (any_below(3) == 0)
        return HPyType_GenericNew(ctx, type, args, nargs, kw);
    void *data;
    return HPy_New(ctx, type, &data);
}

static int init(HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    (void)self, (void)args, (void)nargs, (void)kw;
    return any_status(ctx);
}

static int get_buffer(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    static char bytes[] = "0123456789";
    static HPy_ssize_t shape[] = {10}, strides[] = {1};
    (void)flags;
    if (fails(ctx)) {
        view->obj = HPy_NULL;
        return -1;
    }
    memset(view, 0, sizeof(*view));
    view->buf = bytes;
    view->len = 10;
    view->itemsize = 1;
    view->ndim = 1;
    view->shape = shape;
    view->strides = strides;
    view->obj = HPy_Dup(ctx, self);
    return 0;
}

static void release_buffer(HPyContext *ctx, HPy self, HPy_buffer *view) { (void)ctx, (void)self, (void)view; }

static void finalize(HPyContext *ctx, HPy self)
{
    HPy text = HPyUnicode_FromString(ctx, "finalized");
    HPy_Close(ctx, text);
    (void)self;
}

static void destroy(void *data) { (void)data; }

/* The struct of a type with this begins with a field. */
static int traverse(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT((HPyField *)self);
    return 0;
}

/* The state of a module may be as small as can be. */
static int traverse_state(void *self, HPyFunc_visitproc visit, void *arg)
{
    (void)self, (void)visit, (void)arg;
    return 0;
}

static void destroy_state(void *state) { *(char *)state = 1; }

/* Of signatures that get a state or a class. */

static HPy state_unary(HPyContext *ctx, void *data, HPy self)
{
    ++*(char *)data;
    return any_object(ctx, self);
}

static HPy state_binary(HPyContext *ctx, void *data, HPy self, HPy arg)
{
    ++*(char *)data;
    return any_object(ctx, any_below(2) ? self : arg);
}

static HPy state_positional(HPyContext *ctx, void *data, HPy self, const HPy *args, size_t nargs)
{
    ++*(char *)data;
    return any_object(ctx, nargs > 0 ? args[nargs - 1] : self);
}

static HPy state_call(HPyContext *ctx, void *data, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)kwnames;
    return state_positional(ctx, data, self, args, nargs);
}

static HPy class_call(HPyContext *ctx, HPy defining_class, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)kwnames;
    return any_object(ctx, any_below(2) ? defining_class : nargs > 0 ? args[nargs - 1] : self);
}

static int send_value(HPyContext *ctx, HPy self, HPy value, HPy *result)
{
    *result = any_object(ctx, any_below(2) ? self : value);
    return HPy_IsNull(*result) ? HPy_SEND_ERROR : any_below(2) ? HPy_SEND_NEXT : HPy_SEND_RETURN;
}

static HPy create_module(HPyContext *ctx, HPy spec) { return any_object(ctx, spec); }

static HPy get(HPyContext *ctx, HPy self, void *closure)
{
    (void)closure;
    return any_object(ctx, self);
}

static int set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    (void)self, (void)value, (void)closure;
    return any_status(ctx);
}

/* ---- one definition of each kind ---- */

#define UNARY(X) \
    X(HPy_am_aiter) X(HPy_am_anext) X(HPy_am_await) X(HPy_nb_absolute) X(HPy_nb_float) X(HPy_nb_index) X(HPy_nb_int) X(HPy_nb_invert) X(HPy_nb_negative) \
    X(HPy_nb_positive)
#define BINARY(X) \
    X(HPy_mp_subscript) X(HPy_nb_add) X(HPy_nb_and) X(HPy_nb_divmod) X(HPy_nb_floor_divide) X(HPy_nb_inplace_add) \
    X(HPy_nb_inplace_and) X(HPy_nb_inplace_floor_divide) X(HPy_nb_inplace_lshift) X(HPy_nb_inplace_matrix_multiply) \
    X(HPy_nb_inplace_multiply) X(HPy_nb_inplace_or) X(HPy_nb_inplace_remainder) X(HPy_nb_inplace_rshift) \
    X(HPy_nb_inplace_subtract) X(HPy_nb_inplace_true_divide) X(HPy_nb_inplace_xor) X(HPy_nb_lshift) \
    X(HPy_nb_matrix_multiply) X(HPy_nb_multiply) X(HPy_nb_or) X(HPy_nb_remainder) X(HPy_nb_rshift) X(HPy_nb_subtract) \
    X(HPy_nb_true_divide) X(HPy_nb_xor) X(HPy_sq_concat) X(HPy_sq_inplace_concat) X(HPy_tp_getattro)
#define TERNARY(X) X(HPy_nb_inplace_power) X(HPy_nb_power) X(HPy_tp_descr_get)

#define DEFINE_UNARY(SLOT) HPyDef_SLOT_IMPL(def_##SLOT, unary, SLOT)
#define DEFINE_BINARY(SLOT) HPyDef_SLOT_IMPL(def_##SLOT, binary, SLOT)
#define DEFINE_TERNARY(SLOT) HPyDef_SLOT_IMPL(def_##SLOT, ternary, SLOT)
UNARY(DEFINE_UNARY)
BINARY(DEFINE_BINARY)
TERNARY(DEFINE_TERNARY)

/* The others: slot and implementation. */
#define OTHERS(X) \
    X(HPy_nb_bool, yes_or_no) X(HPy_mp_length, length) X(HPy_sq_length, length) X(HPy_sq_item, indexed) \
    X(HPy_sq_repeat, indexed) X(HPy_sq_inplace_repeat, indexed) X(HPy_sq_ass_item, set_indexed) \
    X(HPy_mp_ass_subscript, set_item) X(HPy_sq_contains, contains) X(HPy_tp_repr, text) X(HPy_tp_str, text) \
    X(HPy_tp_setattro, set_item) X(HPy_tp_descr_set, set_item) X(HPy_am_send, send_value) \
    X(HPy_tp_hash, hash) X(HPy_tp_richcompare, compare) X(HPy_tp_iter, iterate) X(HPy_tp_iternext, next_item) \
    X(HPy_tp_call, call) X(HPy_tp_new, new_instance) X(HPy_tp_init, init) X(HPy_bf_getbuffer, get_buffer) \
    X(HPy_bf_releasebuffer, release_buffer) X(HPy_tp_finalize, finalize) X(HPy_tp_destroy, destroy) \
    X(HPy_tp_traverse, traverse) X(HPy_mod_exec, module_exec) X(HPy_mod_create, create_module) \
    X(HPy_mod_traverse, traverse_state) X(HPy_mod_destroy, destroy_state)
#define DEFINE(SLOT, IMPL) HPyDef_SLOT_IMPL(def_##SLOT, IMPL, SLOT)
OTHERS(DEFINE)

HPyDef_METH_IMPL(noargs, "method", unary, HPyFunc_NOARGS, .doc = "method($self)\n--\n\nA method.")
HPyDef_METH_IMPL(o, "method", binary, HPyFunc_O, .doc = NULL)
HPyDef_METH_IMPL(varargs, "method", call_positional, HPyFunc_VARARGS, .doc = "doc")
HPyDef_METH_IMPL(keywords, "method", call, HPyFunc_KEYWORDS, .doc = "doc")
HPyDef_METH_IMPL(state_noargs, "method", state_unary, HPyFunc_STATE_NOARGS, .doc = "method($self)\n--\n\nA method.")
HPyDef_METH_IMPL(state_o, "method", state_binary, HPyFunc_STATE_O, .doc = NULL)
HPyDef_METH_IMPL(state_varargs, "method", state_positional, HPyFunc_STATE_VARARGS, .doc = "doc")
HPyDef_METH_IMPL(state_keywords, "method", state_call, HPyFunc_STATE_KEYWORDS, .doc = "doc")
HPyDef_METH_IMPL(method, "method", class_call, HPyFunc_METHOD, .doc = "doc")
HPyDef_CLASSMETH(class_method, "method", HPyFunc_KEYWORDS, .doc = "doc")
static HPy class_method_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return call(ctx, self, args, nargs, kwnames);
}
HPyDef_STATICMETH(static_method, "method", HPyFunc_O, .doc = "doc")
static HPy static_method_impl(HPyContext *ctx, HPy self, HPy arg)
{
    (void)self;
    return any_object(ctx, arg);
}
static const HPyConstant table[] = {HPyConstant_INT("method", 1), HPyConstant_STRING("x", "text"), HPyConstant_END};
HPyDef_CONSTANTS(constants, table)
HPyDef_VALUE(interpreters, HPy_mod_multiple_interpreters, HPy_MOD_PER_INTERPRETER_GIL_SUPPORTED)
HPyDef_VALUE(gil, HPy_mod_gil, HPy_MOD_GIL_NOT_USED)
HPyDef_GETSET_IMPL(getset, "computed", get, set, .doc = "doc")
HPyDef_GET_IMPL(only_get, "computed", get, .doc = "doc")
HPyDef_SET_IMPL(only_set, "computed", set, .doc = "doc")
HPyDef_MEMBER(member, "member", HPyMember_INT, 0, .doc = "doc")

#define POINTER(SLOT) &def_##SLOT,
#define POINTER_2(SLOT, IMPL) &def_##SLOT,
static HPyDef *all[] = {UNARY(POINTER) BINARY(POINTER) TERNARY(POINTER) OTHERS(POINTER_2) &noargs, &o, &varargs,
                        &keywords, &state_noargs, &state_o, &state_varargs, &state_keywords, &method, &class_method,
                        &static_method, &constants, &interpreters,
                        &gil, &getset, &only_get, &only_set, &member, NULL};

/* all_definitions(): the addresses of those above. */
HPyDef_METH(all_definitions, "all_definitions", HPyFunc_NOARGS)
static HPy all_definitions_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    HPy list = HPyList_New(ctx, 0);
    for (size_t i = 0; all[i] != NULL; i++) {
        HPy address = HPyLong_FromSize_t(ctx, (size_t)(uintptr_t)all[i]);
        HPyList_Append(ctx, list, address);
        HPy_Close(ctx, address);
    }
    return list;
}

/* ---- making types and modules ---- */

/* make_type(spec, kinds, *objects): HPyType_FromSpec with the spec at that address, 0 for NULL. `kinds` is None for no
 * parameters, or has the kind of each as a byte; the object `...` stands for HPy_NULL. */
HPyDef_METH(make_type, "make_type", HPyFunc_VARARGS)
static HPy make_type_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    enum { FIRST = 2, MAX_PARAMS = 16 };
    HPyType_SpecParam params[MAX_PARAMS + 1];
    memset(params, 0, sizeof(params));
    if (nargs < FIRST || nargs - FIRST > MAX_PARAMS)
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "too many parameters");
    HPyType_Spec *spec = (HPyType_Spec *)(uintptr_t)HPyLong_AsSize_t(ctx, args[0]);
    bool has_params = !HPy_Is(ctx, args[1], ctx->h_None);
    const char *kinds = has_params ? HPyBytes_AsString(ctx, args[1]) : NULL;
    for (size_t i = 0; i < nargs - FIRST; i++) {
        params[i].kind = (HPyType_SpecParam_Kind)kinds[i];
        params[i].object = HPy_Is(ctx, args[FIRST + i], ctx->h_Ellipsis) ? HPy_NULL : args[FIRST + i];
    }
    HPy type = HPyType_FromSpec(ctx, spec, has_params ? params : NULL);
    if (HPy_IsNull(type) != !HPyErr_Occurred(ctx))
        return type;
    HPyErr_Clear(ctx);
    HPy_Close(ctx, type);
    return HPyErr_SetString(ctx, ctx->h_AssertionError, "a type with an exception, or neither of them");
}

static HPyDef *defines[] = {&parse, &make, &seed, &all_definitions, &make_type, NULL};
static HPyModuleDef module = {.doc = "For fuzzing.", .size = 1, .defines = defines};
HPy_MODINIT(fuzzing, module)

/* The module `fuzzed` is whatever was put here. */
HPy_EXPORTED_SYMBOL HPyModuleDef *fuzzed_definition;
HPyModuleDef *fuzzed_definition = &module;
HPy_MODINIT(fuzzed, *fuzzed_definition)
