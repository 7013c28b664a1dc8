/* A small module, whose size is compared: a function of numbers, one that parses its arguments, and a type. */
#include <hpy.h>

HPyDef_METH(add, "add", HPyFunc_VARARGS)
static HPy add_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    long a, b;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ll", &a, &b))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a + b);
}

typedef struct {
    long x;
    long y;
} Point;

HPyType_HELPERS(Point)

HPyDef_SLOT(Point_new, HPy_tp_new)
static HPy Point_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    (void)kw;
    long x, y;
    if (!HPyArg_Parse(ctx, NULL, args, (size_t)nargs, "ll", &x, &y))
        return HPy_NULL;
    Point *point;
    HPy self = HPy_New(ctx, type, &point);
    if (HPy_IsNull(self))
        return HPy_NULL;
    point->x = x;
    point->y = y;
    return self;
}

HPyDef_GET(Point_x, "x")
static HPy Point_x_get(HPyContext *ctx, HPy self, void *closure)
{
    (void)closure;
    return HPyLong_FromLong(ctx, Point_AsStruct(ctx, self)->x);
}

static HPyDef *Point_defines[] = {&Point_new, &Point_x, NULL};

static HPyType_Spec Point_spec = {
    .name = "small_bench.Point",
    .basicsize = sizeof(Point),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = SHAPE(Point),
    .defines = Point_defines,
};

HPyDef_SLOT(exec, HPy_mod_exec)
static int exec_impl(HPyContext *ctx, HPy module)
{
    return HPyHelpers_AddType(ctx, module, "Point", &Point_spec, NULL) ? 0 : -1;
}

static HPyDef *defines[] = {&add, &exec, NULL};
static HPyModuleDef small_bench = {.defines = defines};

HPy_MODINIT(small_bench, small_bench)
