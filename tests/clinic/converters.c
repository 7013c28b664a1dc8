/* A function for each converter, which returns what it got. */
typedef struct {
    double x;
} Point;

HPyType_HELPERS(Point)

static HPyGlobal Point_type;
HPyType_HANDLE(Point, Point_type)

typedef enum { READ = 5, WRITE = 7 } Mode;

typedef struct {
    long low, high;
} Range;

/* A converter of the author: a tuple of two. */
static int Range_convert(HPyContext *ctx, HPy arg, Range *range)
{
    HPy first = HPy_GetItem_i(ctx, arg, 0);
    HPy second = HPy_IsNull(first) ? HPy_NULL : HPy_GetItem_i(ctx, arg, 1);
    int ok = !HPy_IsNull(second);
    if (ok) {
        range->low = HPyLong_AsLong(ctx, first);
        range->high = HPyLong_AsLong(ctx, second);
        ok = !HPyErr_Occurred(ctx);
    }
    HPy_Close(ctx, first);
    HPy_Close(ctx, second);
    return ok;
}

/*[clinic input]
module mod
class mod.Point "Point *" "Point_type"

mod.objects as objects
    a: object
    b: object = None
    c: object = NULL
    *
    list: object(subclass_of="h_ListType") = None
    text: unicode = None
Objects, of any type and of some.

  - and a list
[clinic start generated code]*/

/*[clinic input]
mod.point as point -> double
    p: object(subclass_of=Point)
    /
The coordinate of a point.
[clinic start generated code]*/

/*[clinic input]
mod.sum as sum -> double
    p: object(subclass_of=Point, type="PointHandle")
    q: object(subclass_of=Point, type="PointHandle") = None
The sum of coordinates.
[clinic start generated code]*/

/*[clinic input]
mod.truth as truth -> bool
    value: bool
    default: bool = True
[clinic start generated code]*/

/*[clinic input]
mod.real as real -> double
    d: double
    f: float = -0.5
[clinic start generated code]*/

/*[clinic input]
mod.single as single -> float
    f: float
    /
[clinic start generated code]*/

/*[clinic input]
mod.complex as complex_number
    z: complex
    w: Py_complex(accept={complex, NoneType}) = 2
[clinic start generated code]*/

/*[clinic input]
mod.text as text
    s: str
    with_zeros: str(zeroes=True) = 'h\'"i'
    maybe: str(accept={str, NoneType}) = None
[clinic start generated code]*/

/*[clinic input]
mod.data as data
    b: bytes
    maybe: bytes(accept={bytes, NoneType}) = None
[clinic start generated code]*/

/*[clinic input]
mod.choice as choice -> int
    mode: enum(read=READ, write=WRITE, type="Mode") = 'write'
[clinic start generated code]*/

/*[clinic input]
mod.custom as custom -> long
    range: object(converter="Range_convert", type="Range", py_type="tuple[int, int]")
[clinic start generated code]*/

/*[clinic input]
mod.index as index_of -> Py_ssize_t
    i: Py_ssize_t(accept={int, NoneType}, c_default="HPY_SSIZE_T_MAX") = None
[clinic start generated code]*/

/*[clinic input]
mod.rest as rest
    first: object
    *others: tuple
    last: object = None
[clinic start generated code]*/

/*[clinic input]
mod.array as array -> size_t
    *others: array
[clinic start generated code]*/

/*[clinic input]
mod.nothing as nothing -> None
    fail: bool = False
[clinic start generated code]*/

/*[clinic input]
mod.minus_one as minus_one -> int
    fail: bool
[clinic start generated code]*/

/*[clinic input]
mod.shared as shared = mod.minus_one -> double
Shares its parameters.
[clinic start generated code]*/

/*[clinic input]
mod.Point.__new__
    x: double = 0
        The coordinate.
A point on a line.

See also nothing.
[clinic start generated code]*/

/*[clinic input]
mod.Point.__init__ -> None
    x: object = None
[clinic start generated code]*/

/*[clinic input]
mod.Point.moved
    by: double
    *
    times: int = 1
[clinic start generated code]*/

/*[clinic input]
@getter
mod.Point.x -> double
The coordinate.
[clinic start generated code]*/

/*[clinic input]
@setter
mod.Point.x -> None
    value: double
[clinic start generated code]*/

/*[clinic input]
@setter
mod.Point.write_only -> None
    value: str
[clinic start generated code]*/

#include "mod.clinic.h"

static HPy or_none(HPyContext *ctx, HPy h)
{
    return HPy_IsNull(h) ? ctx->h_None : h;
}

static HPy objects_impl(HPyContext *ctx, HPy self, HPy a, HPy b, HPy c, HPy list, HPy text)
{
    return HPy_BuildValue(ctx, "(OOiOO)", a, b, HPy_IsNull(c), or_none(ctx, list), or_none(ctx, text));
}

static double coordinate(HPyContext *ctx, PointHandle point)
{
    return HPy_IsNull(point.h) ? 0 : PointHandle_Data(ctx, &point)->x;
}

static double sum_impl(HPyContext *ctx, HPy self, PointHandle p, PointHandle q)
{
    return coordinate(ctx, p) + coordinate(ctx, q);
}

static double point_impl(HPyContext *ctx, HPy self, HPy p, Point *p_data)
{
    return p_data->x;
}

static int truth_impl(HPyContext *ctx, HPy self, int value, int default_)
{
    return value && default_;
}

static double real_impl(HPyContext *ctx, HPy self, double d, float f)
{
    return d + f;
}

static float single_impl(HPyContext *ctx, HPy self, float f)
{
    return f;
}

static HPy complex_number_impl(HPyContext *ctx, HPy self, HPyClinic_complex z, HPyClinic_complex w)
{
    return HPy_BuildValue(ctx, "(dddd)", z.real, z.imag, w.real, w.imag);
}

static HPy text_impl(HPyContext *ctx, HPy self, const char *s, const char *with_zeros, HPy_ssize_t with_zeros_size,
                     const char *maybe)
{
    return HPy_BuildValue(ctx, "(ssns)", s, with_zeros, with_zeros_size, maybe == NULL ? "none" : maybe);
}

static HPy data_impl(HPyContext *ctx, HPy self, const char *b, HPy_ssize_t b_size, const char *maybe,
                     HPy_ssize_t maybe_size)
{
    HPy copy = HPyBytes_FromStringAndSize(ctx, b, b_size);
    HPy result = HPy_IsNull(copy) ? HPy_NULL : HPy_BuildValue(ctx, "(Oin)", copy, maybe == NULL, maybe_size);
    HPy_Close(ctx, copy);
    return result;
}

static int choice_impl(HPyContext *ctx, HPy self, Mode mode)
{
    return mode;
}

static long custom_impl(HPyContext *ctx, HPy self, Range range)
{
    return range.high - range.low;
}

static HPy_ssize_t index_of_impl(HPyContext *ctx, HPy self, HPy_ssize_t i)
{
    return i;
}

static HPy rest_impl(HPyContext *ctx, HPy self, HPy first, HPy others, HPy last)
{
    return HPy_BuildValue(ctx, "(OOO)", first, others, last);
}

static size_t array_impl(HPyContext *ctx, HPy self, const HPy *others, size_t others_count)
{
    return others_count;
}

static int nothing_impl(HPyContext *ctx, HPy self, int fail)
{
    if (fail)
        HPyErr_SetString(ctx, ctx->h_ValueError, "as asked");
    return fail ? -1 : 0;
}

static int minus_one_impl(HPyContext *ctx, HPy self, int fail)
{
    if (fail)
        HPyErr_SetString(ctx, ctx->h_ValueError, "as asked");
    return -1;
}

static double shared_impl(HPyContext *ctx, HPy self, int fail)
{
    return minus_one_impl(ctx, self, fail);
}

static HPy mod_Point_new_impl(HPyContext *ctx, HPy type, double x)
{
    Point *point;
    HPy h = HPy_New(ctx, type, &point);
    if (!HPy_IsNull(h))
        point->x = x;
    return h;
}

static int mod_Point_init_impl(HPyContext *ctx, HPy self, Point *data, HPy x)
{
    return 0;
}

static HPy mod_Point_moved_impl(HPyContext *ctx, HPy self, Point *data, double by, int times)
{
    HPy type = HPy_Type(ctx, self);
    HPy moved = mod_Point_new_impl(ctx, type, data->x + by * times);
    HPy_Close(ctx, type);
    return moved;
}

static double mod_Point_x_get_impl(HPyContext *ctx, HPy self, Point *data)
{
    return data->x;
}

static int mod_Point_x_set_impl(HPyContext *ctx, HPy self, Point *data, double value)
{
    data->x = value;
    return 0;
}

static int mod_Point_write_only_set_impl(HPyContext *ctx, HPy self, Point *data, const char *value)
{
    data->x = (double)strlen(value);
    return 0;
}

static HPyDef *Point_defines[] = {mod_Point_CLINIC NULL};
static HPyType_Spec Point_spec = {
    .name = "mod.Point",
    .basicsize = sizeof(Point),
    .builtin_shape = SHAPE(Point),
    .doc = mod_Point_new_DOC,
    .defines = Point_defines,
};
