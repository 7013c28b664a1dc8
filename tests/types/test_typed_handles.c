typedef struct {
    double x;
    double y;
} Point;

HPyType_HELPERS(Point)

static HPyGlobal point_type;
HPyType_HANDLE(Point, point_type)

typedef struct {
    PointField from;
    PointField to;
} Line;

HPyType_HELPERS(Line)

static HPyGlobal line_type;
HPyType_HANDLE(Line, line_type)

/* A function of the extension itself: not any handle. */
static double squared_norm(HPyContext *ctx, PointHandle point)
{
    Point *data = PointHandle_Data(ctx, &point);
    return data->x * data->x + data->y * data->y;
}

HPyDef_SLOT(Point_new, HPy_tp_new)
static HPy Point_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    double x, y;
    if (!HPyArg_Parse(ctx, NULL, args, (size_t)nargs, "dd:Point", &x, &y))
        return HPy_NULL;
    PointHandle point = PointHandle_New(ctx, type);
    if (!HPy_IsNull(point.h)) {
        point.data->x = x;
        PointHandle_Data(ctx, &point)->y = y;
    }
    return point.h;
}

HPyDef_METH(Point_norm, "squared_norm", HPyFunc_NOARGS)
static HPy Point_norm_impl(HPyContext *ctx, HPy self)
{
    return HPyFloat_FromDouble(ctx, squared_norm(ctx, PointHandle_Unchecked(self)));
}

static HPyDef *Point_defines[] = {&Point_new, &Point_norm, NULL};
static HPyType_Spec Point_spec = {
    .name = "mod.Point",
    .basicsize = sizeof(Point),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .builtin_shape = SHAPE(Point),
    .defines = Point_defines,
};

HPyDef_SLOT(Line_new, HPy_tp_new)
static HPy Line_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    HPyTracker tracker;
    HPy from, to;
    if (!HPyArg_Parse(ctx, &tracker, args, (size_t)nargs, "OO:Line", &from, &to))
        return HPy_NULL;
    LineHandle line = {HPy_NULL, NULL};
    PointHandle a = PointHandle_From(ctx, from), b = a;
    if (!HPy_IsNull(a.h))
        b = PointHandle_From(ctx, to);
    if (!HPy_IsNull(b.h))
        line = LineHandle_New(ctx, type);
    if (!HPy_IsNull(line.h)) {
        PointField_Store(ctx, line.h, &line.data->from, a);
        PointField_Store(ctx, line.h, &line.data->to, b);
    }
    HPyTracker_Close(ctx, tracker);
    return line.h;
}

HPyDef_SLOT(Line_traverse, HPy_tp_traverse)
static int Line_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    Line *line = (Line *)self;
    HPy_VISIT(&line->from.field);
    HPy_VISIT(&line->to.field);
    return 0;
}

/* The first end whose norm is more than 1, or None. */
HPyDef_METH(Line_far_end, "far_end", HPyFunc_NOARGS)
static HPy Line_far_end_impl(HPyContext *ctx, HPy self)
{
    LineHandle line = LineHandle_Unchecked(self);
    Line *data = LineHandle_Data(ctx, &line);
    PointHandle end = PointField_Load(ctx, self, data->from);
    if (squared_norm(ctx, end) <= 1) {
        PointHandle_Close(ctx, end);
        end = PointField_Load(ctx, self, data->to);
    }
    PointHandle result = PointHandle_Dup(ctx, end);
    PointHandle_Close(ctx, end);
    return result.h;
}

/* Makes the field refer to nothing. */
HPyDef_METH(Line_forget, "forget", HPyFunc_NOARGS)
static HPy Line_forget_impl(HPyContext *ctx, HPy self)
{
    Line *data = Line_AsStruct(ctx, self);
    PointField_Store(ctx, self, &data->to, PointHandle_Unchecked(HPy_NULL));
    PointHandle nothing = PointField_Load(ctx, self, data->to);
    return HPyBool_FromBool(ctx, HPy_IsNull(nothing.h));
}

static HPyDef *Line_defines[] = {&Line_new, &Line_traverse, &Line_far_end, &Line_forget, NULL};
static HPyType_Spec Line_spec = {
    .name = "mod.Line",
    .basicsize = sizeof(Line),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(Line),
    .defines = Line_defines,
};

/* The argument, if it is a point. */
HPyDef_METH(check, "check", HPyFunc_O)
static HPy check_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPy_Dup(ctx, PointHandle_From(ctx, arg).h);
}

HPyDef_METH(check_null, "check_null", HPyFunc_NOARGS)
static HPy check_null_impl(HPyContext *ctx, HPy self)
{
    return PointHandle_From(ctx, HPy_NULL).h;
}

static int add_type(HPyContext *ctx, HPy module, const char *name, HPyType_Spec *spec, HPyGlobal *global)
{
    HPy type = HPyType_FromSpec(ctx, spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, global, type);
    int status = HPy_SetAttr_s(ctx, module, name, type);
    HPy_Close(ctx, type);
    return status;
}

HPyDef_METH(add_types, "add_types", HPyFunc_NOARGS)
static HPy add_types_impl(HPyContext *ctx, HPy self)
{
    if (add_type(ctx, self, "Point", &Point_spec, &point_type) < 0 ||
        add_type(ctx, self, "Line", &Line_spec, &line_type) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(forget_types, "forget_types", HPyFunc_NOARGS)
static HPy forget_types_impl(HPyContext *ctx, HPy self)
{
    HPyGlobal_Store(ctx, &point_type, HPy_NULL);
    HPyGlobal_Store(ctx, &line_type, HPy_NULL);
    return HPy_Dup(ctx, ctx->h_None);
}
