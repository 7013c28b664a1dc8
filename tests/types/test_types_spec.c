typedef struct { HPyField field; long long number; } Data;

HPyDef_METH(number, "number", HPyFunc_NOARGS, .doc = "number($self)\n--\n\nThe answer.")
static HPy number_impl(HPyContext *ctx, HPy self) { return HPyLong_FromLong(ctx, 42); }
HPyDef_MEMBER(member, "member", HPyMember_LONGLONG, offsetof(Data, number))
HPyDef_MEMBER(object, "object", HPyMember_OBJECT, offsetof(Data, field))
HPyDef_MEMBER(call_offset, "__vectorcalloffset__", HPyMember_HPYSSIZET, offsetof(Data, number), .readonly = 1)

HPyDef_SLOT(repr, HPy_tp_repr)
static HPy repr_impl(HPyContext *ctx, HPy self) { return HPyUnicode_FromString(ctx, "first"); }
HPyDef_SLOT(other_repr, HPy_tp_repr)
static HPy other_repr_impl(HPyContext *ctx, HPy self) { return HPyUnicode_FromString(ctx, "second"); }
HPyDef_SLOT(call, HPy_tp_call)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPyLong_FromSize_t(ctx, nargs);
}
HPyDef_SLOT(other_call, HPy_tp_call)
static HPy other_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPyUnicode_FromString(ctx, "second");
}
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Data *)data)->field);
    return 0;
}
HPyDef_SLOT(destroy, HPy_tp_destroy)
static void destroy_impl(void *data) { (void)data; }
HPyDef_SLOT(module_exec, HPy_mod_exec)
static int module_exec_impl(HPyContext *ctx, HPy self) { return 0; }

/* Definitions that the macros would not make. */
#define ENTRY(FUNCTION) \
    .impl = (HPyCFunction)FUNCTION##_impl, \
    .cpy_trampoline = (cpy_PyCFunction)(HPyCFunction)FUNCTION##_trampoline
#define RAW_SLOT(NUMBER, ...) \
    {.kind = HPyDef_Kind_Slot, .slot = {.slot = (HPySlot_Slot)(NUMBER), __VA_ARGS__}}
#define RAW_METHOD(NAME, SIGNATURE, ...) \
    {.kind = HPyDef_Kind_Meth, .meth = {.name = NAME, .signature = SIGNATURE, __VA_ARGS__}}
#define RAW_MEMBER(NAME, TYPE, OFFSET) \
    {.kind = HPyDef_Kind_Member, .member = {.name = NAME, .type = TYPE, .offset = OFFSET}}

/* `tp_iter`, a slot of CPython without a name in HPy. */
HPyFunc_DECLARE(iter_impl, HPyFunc_GETITERFUNC);
HPyFunc_TRAMPOLINE(iter_trampoline, iter_impl, HPyFunc_GETITERFUNC)
static HPy iter_impl(HPyContext *ctx, HPy self)
{
    HPy items = HPyTuple_Pack(ctx, 1, self);
    HPy result = HPy_CallMethodTupleDict_s(ctx, "__iter__", items, HPy_NULL, HPy_NULL);
    HPy_Close(ctx, items);
    return result;
}
static HPyDef iter = RAW_SLOT(62, ENTRY(iter));

static HPyDef unknown_kind = {.kind = (HPyDef_Kind)77};
static HPyDef unknown_slot = RAW_SLOT(999, ENTRY(repr));
static HPyDef no_slot = RAW_SLOT(0, ENTRY(repr));
static HPyDef slot_of_members = RAW_SLOT(72, NULL);
static HPyDef slot_of_base = RAW_SLOT(48, ENTRY(repr));
static HPyDef bad_method = RAW_METHOD("bad", HPyFunc_UNARYFUNC, ENTRY(repr));
static HPyDef nameless_method = RAW_METHOD(NULL, HPyFunc_NOARGS, ENTRY(number));
static HPyDef nameless_member = RAW_MEMBER(NULL, HPyMember_LONGLONG, 0);
static HPyDef nameless_getset = {.kind = HPyDef_Kind_GetSet, .getset = {.name = NULL}};
static HPyDef empty_method = RAW_METHOD("empty", HPyFunc_NOARGS, .impl = NULL);
static HPyDef empty_repr = RAW_SLOT(HPy_tp_repr, .impl = NULL);
static HPyDef empty_call = RAW_SLOT(HPy_tp_call, .impl = NULL);
static HPyDef empty_traverse = RAW_SLOT(HPy_tp_traverse, .impl = NULL);
static HPyDef empty_destroy = RAW_SLOT(HPy_tp_destroy, .impl = NULL);

/* A legacy slot table with Py_tp_dealloc, which needs nothing of Python.h as long as it is refused. */
static const struct { int slot; void *function; } dealloc_slots[] = {{52, NULL}, {0, NULL}};

/* All of this is in memory that cannot be written to. */
static const HPyDef const_object = RAW_MEMBER("object", HPyMember_OBJECT, offsetof(Data, field));
static const HPyDef const_method = RAW_METHOD("number", HPyFunc_NOARGS, ENTRY(number));
static const HPyDef const_traverse = RAW_SLOT(HPy_tp_traverse, ENTRY(traverse));
