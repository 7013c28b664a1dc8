/* Functions that others can call with values in C. */
#include <hpy.h>

typedef struct {
    double x;
} Point;

HPyType_HELPERS(Point)

static HPyGlobal Point_type;
HPyType_HANDLE(Point, Point_type)

/*[clinic input]
module typed
@final
class typed.Point "Point *" "Point_type"
[clinic start generated code]*/

/*[clinic input]
@typed
typed.add as add -> double
    a: double
    b: long = 1
    /
[clinic start generated code]*/

/*[clinic input]
@typed
typed.pair as pair
    a: object
    b: object
[clinic start generated code]*/

/*[clinic input]
@typed
typed.name as name -> int
    text: str(zeroes=True)
[clinic start generated code]*/

/*[clinic input]
typed.untyped as untyped -> double
    a: double
[clinic start generated code]*/

/*[clinic input]
typed.Point.__new__
    x: double
[clinic start generated code]*/

/*[clinic input]
@typed
typed.Point.distance -> double
    other: object(subclass_of=Point, type="PointHandle") = None
[clinic start generated code]*/

#include "typed.clinic.h"

static double add_impl(HPyContext *ctx, HPy self, double a, long b)
{
    if (b == 0) {
        HPyErr_SetString(ctx, ctx->h_ValueError, "b is 0");
        return -1;
    }
    return a + (double)b;
}

static HPy pair_impl(HPyContext *ctx, HPy self, HPy a, HPy b)
{
    return HPyTuple_Pack(ctx, 2, a, b);
}

static int name_impl(HPyContext *ctx, HPy self, const char *text, HPy_ssize_t text_size)
{
    return (int)text_size;
}

static double untyped_impl(HPyContext *ctx, HPy self, double a)
{
    return a;
}

static HPy typed_Point_new_impl(HPyContext *ctx, HPy type, double x)
{
    Point *point;
    HPy h = HPy_New(ctx, type, &point);
    if (!HPy_IsNull(h))
        point->x = x;
    return h;
}

static double typed_Point_distance_impl(HPyContext *ctx, HPy self, Point *data, PointHandle other)
{
    return HPy_IsNull(other.h) ? data->x : PointHandle_Data(ctx, &other)->x - data->x;
}

static HPyDef *Point_defines[] = {typed_Point_CLINIC NULL};
static HPyType_Spec Point_spec = {
    .name = "typed.Point",
    .basicsize = sizeof(Point),
    .builtin_shape = SHAPE(Point),
    .defines = Point_defines,
};

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    HPy type = HPyType_FromSpec(ctx, &Point_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &Point_type, type);
    int status = HPy_SetAttr_s(ctx, module, "Point", type);
    HPy_Close(ctx, type);
    return status;
}

static HPyDef *defines[] = {typed_CLINIC &execute, NULL};
static HPyGlobal *globals[] = {&Point_type, NULL};
static HPyModuleDef module = {.defines = defines, .globals = globals};

HPy_MODINIT(typed, module)
