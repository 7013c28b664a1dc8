/* A type with twenty methods, whose arguments are declared in Argument Clinic blocks: `vectors.Vector`, an array of
 * numbers. `vectors_capi.c` is the same in CPython's C API; test_vectors.py tests both. */
#include <hpy.h>

#include "numbers.h"

typedef Numbers Vector;

HPyType_HELPERS(Vector)
static HPyGlobal Vector_type;

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
module vectors
class vectors.Vector "Vector *" "Vector_type"
[clinic start generated code]*/
#include "vectors.clinic.h"

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
@calls numbers_append
vectors.Vector.append -> None(check="failed")
    x: double
    /
Add a number at the end.

@calls numbers_extend
vectors.Vector.extend -> None(check="failed")
    other: object(subclass_of=Vector)
    /
Add the numbers of another vector at the end.

@calls numbers_insert
vectors.Vector.insert -> None(check="failed")
    index: Py_ssize_t
    x: double
    /
Insert a number before an index.

@calls numbers_set
@typed
vectors.Vector.set -> None(check="failed")
    index: Py_ssize_t
    x: double
    /
Change the number at an index.

@calls numbers_count
vectors.Vector.count -> Py_ssize_t
    x: double
Return how often a number occurs.

@calls numbers_fill
vectors.Vector.fill -> None
    x: double
    start: Py_ssize_t = 0
    stop: Py_ssize_t(c_default="HPY_SSIZE_T_MAX", py_default="...") = 0
Change all numbers between two indices.

@calls numbers_reverse
vectors.Vector.reverse -> None
Reverse the order.

@calls numbers_sort
vectors.Vector.sort -> None
    *
    order: enum(ascending=ASCENDING, descending=DESCENDING, type="Order") = "ascending"
Sort the numbers.

@calls numbers_sum
vectors.Vector.sum -> double
    start: double = 0.0
Return the sum.

@calls numbers_norm
vectors.Vector.norm -> double
    kind: enum(one=NORM_1, two=NORM_2, max=NORM_MAX, type="Norm") = "two"
Return the length.

@calls numbers_scale
vectors.Vector.scale -> None
    factor: double
    offset: double = 0.0
Multiply all numbers, and add to them.

@calls numbers_add
vectors.Vector.add -> None(check="failed")
    other: object(subclass_of=Vector)
    *
    weight: double = 1.0
Add another vector.

@calls numbers_clip
vectors.Vector.clip -> None
    low: double(c_default="-INFINITY", py_default="...") = 0.0
    high: double(c_default="INFINITY", py_default="...") = 0.0
Limit all numbers.

@calls numbers_close
vectors.Vector.close_to -> bool
    other: object(subclass_of=Vector)
    *
    rel_tol: double = 1e-9
    abs_tol: double = 0.0
Tell whether two vectors are nearly equal.

@calls numbers_unit
@getter
vectors.Vector.unit as unit -> str
The unit of the numbers.

@calls numbers_set_unit
@setter
vectors.Vector.unit as unit -> None(check="failed")
    value: str

@calls numbers_size
@getter
vectors.Vector.size -> Py_ssize_t
How many numbers there are.
[clinic start generated code]*/

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
vectors.Vector.to_list as to_list
Return a list of the numbers.
[clinic start generated code]*/
static HPy to_list_impl(HPyContext *ctx, HPy self, Vector *v)
{
    return HPyList_FromDoubles(ctx, v->items, v->size);
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
