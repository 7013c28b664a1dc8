typedef struct { long long a; } BaseStruct;
typedef struct { BaseStruct base; long long b; } DerivedStruct;
HPyType_HELPERS(BaseStruct)
HPyType_HELPERS(DerivedStruct)
HPyDef_MEMBER(Base_a, "a", HPyMember_LONGLONG, offsetof(BaseStruct, a))
HPyDef_MEMBER(Derived_b, "b", HPyMember_LONGLONG, offsetof(DerivedStruct, b))
static HPyDef *Base_defines[] = {&Base_a, NULL};
static HPyDef *Derived_defines[] = {&Derived_b, NULL};
static HPyType_Spec Base_spec = {.name = "mod.Base", .basicsize = sizeof(BaseStruct),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE, .defines = Base_defines};
static HPyType_Spec Derived_spec = {.name = "mod.Derived", .basicsize = sizeof(DerivedStruct),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE, .defines = Derived_defines};

HPyDef_METH(derive, "derive", HPyFunc_VARARGS)
static HPy derive_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, args[0]}, {(HPyType_SpecParam_Kind)0, HPy_NULL}};
    HPyType_Spec spec = {.name = "mod.New", .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE};
    spec.builtin_shape = (HPyType_BuiltinShape)HPyLong_AsLong(ctx, args[1]);
    spec.basicsize = (int)HPyLong_AsLong(ctx, args[2]);
    if (nargs != 3 || HPyErr_Occurred(ctx)) return HPy_NULL;
    return HPyType_FromSpec(ctx, &spec, params);
}

HPyDef_METH(base, "make_base", HPyFunc_NOARGS)
static HPy base_impl(HPyContext *ctx, HPy self) { return HPyType_FromSpec(ctx, &Base_spec, NULL); }

HPyDef_METH(derived, "make_derived", HPyFunc_O)
static HPy derived_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, arg}, {(HPyType_SpecParam_Kind)0, HPy_NULL}};
    return HPyType_FromSpec(ctx, &Derived_spec, params);
}
