/* A type with twenty methods, whose arguments are declared in Argument Clinic blocks: `vectors.Vector`, an array of
 * numbers. `vectors_capi.c` is the same in CPython's C API; test_vectors.py tests both. */
#include <hpy.h>

#include "numbers.h"

typedef Numbers Vector;

HPyType_HELPERS(Vector)
static HPyGlobal Vector_type;

/*[clinic input]
module vectors
class vectors.Vector "Vector *" "Vector_type"
[clinic start generated code]*/
#include "vectors.clinic.h"

static int failed(HPyContext *ctx, int status)
{
    if (status == NO_MEMORY)
        HPyErr_NoMemory(ctx);
    else if (status == BAD_INDEX)
        HPyErr_SetString(ctx, ctx->h_IndexError, "index out of range");
    else if (status == BAD_VALUE)
        HPyErr_SetString(ctx, ctx->h_ValueError, "no such number, or sizes differ");
    return status == OK ? 0 : -1;
}

/*[clinic input]
vectors.Vector.__new__ as Vector_new
    size: Py_ssize_t = 0
    fill: double = 0.0
An array of numbers.
[clinic start generated code]*/
static HPy Vector_new_impl(HPyContext *ctx, HPy type, HPy_ssize_t size, double fill)
{
    Vector *v;
    HPy h = HPy_New(ctx, type, &v);
    if (!HPy_IsNull(h) && failed(ctx, numbers_init(v, size, fill))) {
        HPy_Close(ctx, h);
        return HPy_NULL;
    }
    return h;
}

HPyDef_SLOT(Vector_destroy, HPy_tp_destroy)
static void Vector_destroy_impl(void *data)
{
    numbers_free((Vector *)data);
}

/*[clinic input]
vectors.Vector.append as append -> None
    x: double
    /
Add a number at the end.
[clinic start generated code]*/
static int append_impl(HPyContext *ctx, HPy self, Vector *v, double x)
{
    return failed(ctx, numbers_insert(v, v->size, x));
}

/*[clinic input]
vectors.Vector.extend as extend -> None
    other: object(subclass_of=Vector)
    /
Add the numbers of another vector at the end.
[clinic start generated code]*/
static int extend_impl(HPyContext *ctx, HPy self, Vector *v, HPy h, Vector *other)
{
    return failed(ctx, numbers_extend(v, other));
}

/*[clinic input]
vectors.Vector.insert as insert -> None
    index: Py_ssize_t
    x: double
    /
Insert a number before an index.
[clinic start generated code]*/
static int insert_impl(HPyContext *ctx, HPy self, Vector *v, HPy_ssize_t index, double x)
{
    return failed(ctx, numbers_insert(v, index, x));
}

/*[clinic input]
vectors.Vector.pop as pop -> double
    index: Py_ssize_t = -1
    /
Remove and return the number at an index.
[clinic start generated code]*/
static double pop_impl(HPyContext *ctx, HPy self, Vector *v, HPy_ssize_t index)
{
    double x = 0;
    return failed(ctx, numbers_pop(v, index, &x)) ? -1 : x;
}

/*[clinic input]
@typed
vectors.Vector.get as get -> double
    index: Py_ssize_t
    /
Return the number at an index.
[clinic start generated code]*/
static double get_impl(HPyContext *ctx, HPy self, Vector *v, HPy_ssize_t index)
{
    double *place = numbers_at(v, index);
    return place == NULL ? failed(ctx, BAD_INDEX) : *place;
}

/*[clinic input]
@typed
vectors.Vector.set as set -> None
    index: Py_ssize_t
    x: double
    /
Change the number at an index.
[clinic start generated code]*/
static int set_impl(HPyContext *ctx, HPy self, Vector *v, HPy_ssize_t index, double x)
{
    double *place = numbers_at(v, index);
    if (place == NULL)
        return failed(ctx, BAD_INDEX);
    *place = x;
    return 0;
}

/*[clinic input]
vectors.Vector.index as index_of -> Py_ssize_t
    x: double
    start: Py_ssize_t = 0
    stop: Py_ssize_t(c_default="HPY_SSIZE_T_MAX", py_default="...") = 0
Return the first index of a number.
[clinic start generated code]*/
static HPy_ssize_t index_of_impl(HPyContext *ctx, HPy self, Vector *v, double x, HPy_ssize_t start, HPy_ssize_t stop)
{
    HPy_ssize_t index = numbers_index(v, x, start, stop);
    return index < 0 ? failed(ctx, BAD_VALUE) : index;
}

/*[clinic input]
vectors.Vector.count as count_of -> Py_ssize_t
    x: double
Return how often a number occurs.
[clinic start generated code]*/
static HPy_ssize_t count_of_impl(HPyContext *ctx, HPy self, Vector *v, double x)
{
    return numbers_count(v, x);
}

/*[clinic input]
vectors.Vector.fill as fill -> None
    x: double
    start: Py_ssize_t = 0
    stop: Py_ssize_t(c_default="HPY_SSIZE_T_MAX", py_default="...") = 0
Change all numbers between two indices.
[clinic start generated code]*/
static int fill_impl(HPyContext *ctx, HPy self, Vector *v, double x, HPy_ssize_t start, HPy_ssize_t stop)
{
    numbers_fill(v, x, start, stop);
    return 0;
}

/*[clinic input]
vectors.Vector.reverse as reverse -> None
Reverse the order.
[clinic start generated code]*/
static int reverse_impl(HPyContext *ctx, HPy self, Vector *v)
{
    numbers_reverse(v);
    return 0;
}

/*[clinic input]
vectors.Vector.sort as sort -> None
    *
    order: enum(ascending=ASCENDING, descending=DESCENDING, type="Order") = "ascending"
Sort the numbers.
[clinic start generated code]*/
static int sort_impl(HPyContext *ctx, HPy self, Vector *v, Order order)
{
    numbers_sort(v, order);
    return 0;
}

/*[clinic input]
vectors.Vector.sum as sum -> double
    start: double = 0.0
Return the sum.
[clinic start generated code]*/
static double sum_impl(HPyContext *ctx, HPy self, Vector *v, double start)
{
    return numbers_sum(v, start);
}

/*[clinic input]
@typed
vectors.Vector.dot as dot -> double
    other: object(subclass_of=Vector)
    /
Return the inner product.
[clinic start generated code]*/
static double dot_impl(HPyContext *ctx, HPy self, Vector *v, HPy h, Vector *other)
{
    return v->size != other->size ? failed(ctx, BAD_VALUE) : numbers_dot(v, other);
}

/*[clinic input]
vectors.Vector.norm as norm -> double
    kind: enum(one=NORM_1, two=NORM_2, max=NORM_MAX, type="Norm") = "two"
Return the length.
[clinic start generated code]*/
static double norm_impl(HPyContext *ctx, HPy self, Vector *v, Norm kind)
{
    return numbers_norm(v, kind);
}

/*[clinic input]
vectors.Vector.scale as scale -> None
    factor: double
    offset: double = 0.0
Multiply all numbers, and add to them.
[clinic start generated code]*/
static int scale_impl(HPyContext *ctx, HPy self, Vector *v, double factor, double offset)
{
    numbers_scale(v, factor, offset);
    return 0;
}

/*[clinic input]
vectors.Vector.add as add -> None
    other: object(subclass_of=Vector)
    *
    weight: double = 1.0
Add another vector.
[clinic start generated code]*/
static int add_impl(HPyContext *ctx, HPy self, Vector *v, HPy h, Vector *other, double weight)
{
    return failed(ctx, numbers_add(v, other, weight));
}

/*[clinic input]
vectors.Vector.clip as clip -> None
    low: double(c_default="-INFINITY", py_default="...") = 0.0
    high: double(c_default="INFINITY", py_default="...") = 0.0
Limit all numbers.
[clinic start generated code]*/
static int clip_impl(HPyContext *ctx, HPy self, Vector *v, double low, double high)
{
    numbers_clip(v, low, high);
    return 0;
}

/*[clinic input]
vectors.Vector.slice as slice
    start: Py_ssize_t = 0
    stop: Py_ssize_t(c_default="HPY_SSIZE_T_MAX", py_default="...") = 0
Return a new vector of the numbers between two indices.
[clinic start generated code]*/
static HPy slice_impl(HPyContext *ctx, HPy self, Vector *v, HPy_ssize_t start, HPy_ssize_t stop)
{
    Vector *part;
    HPy type = HPy_Type(ctx, self);
    HPy h = HPy_New(ctx, type, &part);
    HPy_Close(ctx, type);
    if (!HPy_IsNull(h) && failed(ctx, numbers_slice(part, v, start, stop))) {
        HPy_Close(ctx, h);
        return HPy_NULL;
    }
    return h;
}

/*[clinic input]
vectors.Vector.close_to as close_to -> bool
    other: object(subclass_of=Vector)
    *
    rel_tol: double = 1e-9
    abs_tol: double = 0.0
Tell whether two vectors are nearly equal.
[clinic start generated code]*/
static int close_to_impl(HPyContext *ctx, HPy self, Vector *v, HPy h, Vector *other, double rel_tol, double abs_tol)
{
    return numbers_close(v, other, rel_tol, abs_tol);
}

/*[clinic input]
vectors.Vector.to_list as to_list
Return a list of the numbers.
[clinic start generated code]*/
static HPy to_list_impl(HPyContext *ctx, HPy self, Vector *v)
{
    HPyListBuilder builder = HPyListBuilder_New(ctx, v->size);
    for (HPy_ssize_t i = 0; i < v->size; i++) {
        HPy x = HPyFloat_FromDouble(ctx, v->items[i]);
        if (HPy_IsNull(x)) {
            HPyListBuilder_Cancel(ctx, builder);
            return HPy_NULL;
        }
        HPyListBuilder_Set(ctx, builder, i, x);
        HPy_Close(ctx, x);
    }
    return HPyListBuilder_Build(ctx, builder);
}

/*[clinic input]
@getter
vectors.Vector.unit as unit
The unit of the numbers.
[clinic start generated code]*/
static HPy unit_get_impl(HPyContext *ctx, HPy self, Vector *v)
{
    return HPyUnicode_FromString(ctx, v->unit);
}

/*[clinic input]
@setter
vectors.Vector.unit as unit -> None
    value: str
[clinic start generated code]*/
static int unit_set_impl(HPyContext *ctx, HPy self, Vector *v, const char *value)
{
    return failed(ctx, numbers_set_unit(v, value));
}

/*[clinic input]
@getter
vectors.Vector.size as size -> Py_ssize_t
How many numbers there are.
[clinic start generated code]*/
static HPy_ssize_t size_get_impl(HPyContext *ctx, HPy self, Vector *v)
{
    return v->size;
}

static HPyDef *Vector_defines[] = {&Vector_destroy, vectors_Vector_CLINIC NULL};
static HPyType_Spec Vector_spec = {
    .name = "vectors.Vector",
    .basicsize = sizeof(Vector),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .doc = Vector_new_DOC,
    .defines = Vector_defines,
};

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    HPy type = HPyType_FromSpec(ctx, &Vector_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &Vector_type, type);
    int status = HPy_SetAttr_s(ctx, module, "Vector", type);
    HPy_Close(ctx, type);
    return status;
}

static HPyDef *defines[] = {vectors_CLINIC &execute, NULL};
static HPyGlobal *globals[] = {&Vector_type, NULL};
static HPyModuleDef definition = {.doc = "Arrays of numbers.", .defines = defines, .globals = globals};

HPy_MODINIT(vectors, definition)
