/* An extension that serves others: the type `matrix.Matrix`, and a table of functions for it.
 *
 * From Python a matrix is made, and its items are read and written; `memoryview` and NumPy share its memory. All else is
 * left to the extensions that use the table: `matrix_stats.c` by HPy, `matrix_capi.c` by the C API.
 */
#include <hpy.h>
#include <stdlib.h>

#include "matrix_api.h"

HPyType_HELPERS(Matrix)

/* Defines what stands between the functions below and their callers. */
HPyDef_API(MatrixAPI, MATRIX_API)

static HPyGlobal matrix_type;

/* The table asks for it, to check what it gives the struct of. */
static HPy Matrix_Type(HPyContext *ctx)
{
    return HPyGlobal_Load(ctx, matrix_type);
}

/* ---- the functions for others ---- */

static HPy new_matrix(HPyContext *ctx, HPy type, ptrdiff_t rows, ptrdiff_t columns)
{
    if (rows < 0 || columns < 0 || (columns != 0 && rows > PTRDIFF_MAX / (ptrdiff_t)sizeof(double) / columns))
        return HPyErr_SetString(ctx, ctx->h_ValueError, "a matrix cannot have this shape");
    Matrix *matrix;
    HPy h = HPy_New(ctx, type, &matrix);
    if (HPy_IsNull(h))
        return HPy_NULL;
    /* One item more, as `calloc(0)` may be NULL. */
    matrix->items = calloc((size_t)(rows * columns) + 1, sizeof(double));
    if (matrix->items == NULL) {
        HPy_Close(ctx, h);
        return HPyErr_NoMemory(ctx);
    }
    matrix->rows = rows;
    matrix->columns = columns;
    return h;
}

static HPy Matrix_New_impl(HPyContext *ctx, ptrdiff_t rows, ptrdiff_t columns)
{
    HPy type = Matrix_Type(ctx);
    HPy h = new_matrix(ctx, type, rows, columns);
    HPy_Close(ctx, type);
    return h;
}

static HPy Matrix_Product_impl(HPyContext *ctx, HPy left, HPy right)
{
    /* The function in the table also checks the type, which `Matrix_AsStruct` of this extension does not. */
    Matrix *a = Matrix_AsStruct_impl(ctx, left), *b = a == NULL ? NULL : Matrix_AsStruct_impl(ctx, right);
    if (b == NULL)
        return HPy_NULL;
    if (a->columns != b->rows)
        return HPyErr_SetString(ctx, ctx->h_ValueError, "the shapes do not fit");
    HPy h = Matrix_New_impl(ctx, a->rows, b->columns);
    if (HPy_IsNull(h))
        return HPy_NULL;
    double *item = Matrix_AsStruct(ctx, h)->items;
    for (ptrdiff_t i = 0; i < a->rows; i++)
        for (ptrdiff_t j = 0; j < b->columns; j++, item++)
            for (ptrdiff_t k = 0; k < a->columns; k++)
                *item += a->items[i * a->columns + k] * b->items[k * b->columns + j];
    return h;
}

static int Matrix_Shape_impl(HPyContext *ctx, HPy h, ptrdiff_t *rows, ptrdiff_t *columns)
{
    Matrix *matrix = Matrix_AsStruct_impl(ctx, h);
    if (matrix == NULL)
        return -1;
    *rows = matrix->rows;
    *columns = matrix->columns;
    return 0;
}

static HPy Matrix_Sum_impl(HPyContext *ctx, const HPy *terms, size_t n)
{
    if (n == 0)
        return HPyErr_SetString(ctx, ctx->h_ValueError, "a sum of no matrices has no shape");
    Matrix *first = Matrix_AsStruct_impl(ctx, terms[0]);
    HPy h = first == NULL ? HPy_NULL : Matrix_New_impl(ctx, first->rows, first->columns);
    if (HPy_IsNull(h))
        return HPy_NULL;
    double *items = Matrix_AsStruct(ctx, h)->items;
    for (size_t i = 0; i < n; i++) {
        Matrix *term = Matrix_AsStruct_impl(ctx, terms[i]);
        if (term != NULL && (term->rows != first->rows || term->columns != first->columns)) {
            HPyErr_SetString(ctx, ctx->h_ValueError, "the shapes differ");
            term = NULL;
        }
        if (term == NULL) {
            HPy_Close(ctx, h);
            return HPy_NULL;
        }
        for (ptrdiff_t j = 0; j < first->rows * first->columns; j++)
            items[j] += term->items[j];
    }
    return h;
}

/* ---- the type ---- */

HPyDef_SLOT(Matrix_new, HPy_tp_new)
static HPy Matrix_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    static const char *keywords[] = {"rows", "columns", NULL};
    HPy_ssize_t rows, columns;
    if (!HPyArg_ParseKeywordsDict(ctx, NULL, args, nargs, kw, "nn:Matrix", keywords, &rows, &columns))
        return HPy_NULL;
    return new_matrix(ctx, type, rows, columns);
}

HPyDef_SLOT(Matrix_destroy, HPy_tp_destroy)
static void Matrix_destroy_impl(void *data)
{
    free(((Matrix *)data)->items);
}

/* The item that `key`, a tuple of row and column, names; NULL with an exception. */
static double *find_item(HPyContext *ctx, HPy self, HPy key)
{
    Matrix *matrix = Matrix_AsStruct(ctx, self);
    HPy_ssize_t place[2];
    for (HPy_ssize_t i = 0; i < 2; i++) {
        HPy h = HPy_GetItem_i(ctx, key, i);
        place[i] = HPy_IsNull(h) ? -1 : HPyLong_AsSsize_t(ctx, h);
        HPy_Close(ctx, h);
        if (place[i] == -1 && HPyErr_Occurred(ctx))
            return NULL;
    }
    if (place[0] < 0 || place[0] >= matrix->rows || place[1] < 0 || place[1] >= matrix->columns) {
        HPyErr_SetString(ctx, ctx->h_IndexError, "matrix index out of range");
        return NULL;
    }
    return &matrix->items[place[0] * matrix->columns + place[1]];
}

HPyDef_SLOT(Matrix_getitem, HPy_mp_subscript)
static HPy Matrix_getitem_impl(HPyContext *ctx, HPy self, HPy key)
{
    double *item = find_item(ctx, self, key);
    return item == NULL ? HPy_NULL : HPyFloat_FromDouble(ctx, *item);
}

HPyDef_SLOT(Matrix_setitem, HPy_mp_ass_subscript)
static int Matrix_setitem_impl(HPyContext *ctx, HPy self, HPy key, HPy value)
{
    if (HPy_IsNull(value)) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "items of a matrix cannot be deleted");
        return -1;
    }
    double number = HPyFloat_AsDouble(ctx, value);
    if (number == -1 && HPyErr_Occurred(ctx))
        return -1;
    double *item = find_item(ctx, self, key);
    if (item == NULL)
        return -1;
    *item = number;
    return 0;
}

/* What a buffer points to beside the items. */
typedef struct {
    HPy_ssize_t shape[2];
    HPy_ssize_t strides[2];
} Layout;

HPyDef_SLOT(Matrix_getbuffer, HPy_bf_getbuffer)
static int Matrix_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    (void)flags; /* what we have, writable and contiguous memory, satisfies every request */
    Matrix *matrix = Matrix_AsStruct(ctx, self);
    Layout *layout = malloc(sizeof(Layout));
    if (layout == NULL) {
        HPyErr_NoMemory(ctx);
        return -1;
    }
    HPy_ssize_t itemsize = sizeof(double);
    *layout = (Layout){{matrix->rows, matrix->columns}, {matrix->columns * itemsize, itemsize}};
    *view = (HPy_buffer){
        .buf = matrix->items,
        .obj = HPy_Dup(ctx, self),
        .len = matrix->rows * matrix->columns * itemsize,
        .itemsize = itemsize,
        .ndim = 2,
        .format = "d",
        .shape = layout->shape,
        .strides = layout->strides,
        .internal = layout,
    };
    return 0;
}

HPyDef_SLOT(Matrix_releasebuffer, HPy_bf_releasebuffer)
static void Matrix_releasebuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view)
{
    (void)ctx, (void)self;
    free(view->internal);
}

HPyDef_MEMBER(Matrix_rows, "rows", HPyMember_HPYSSIZET, offsetof(Matrix, rows), .readonly = true)
HPyDef_MEMBER(Matrix_columns, "columns", HPyMember_HPYSSIZET, offsetof(Matrix, columns), .readonly = true)

static HPyDef *Matrix_defines[] = {
    &Matrix_new,     &Matrix_destroy,   &Matrix_getitem,       &Matrix_setitem,
    &Matrix_rows,    &Matrix_columns,   &Matrix_getbuffer,     &Matrix_releasebuffer,
    NULL,
};

static HPyType_Spec Matrix_spec = {
    .name = "matrix.Matrix",
    .doc = "Matrix(rows, columns)\n--\n\nA matrix of zeros.",
    .basicsize = sizeof(Matrix),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .builtin_shape = SHAPE(Matrix),
    .defines = Matrix_defines,
};

HPyDef_SLOT(matrix_exec, HPy_mod_exec)
static int matrix_exec_impl(HPyContext *ctx, HPy module)
{
    HPy type = HPyType_FromSpec(ctx, &Matrix_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &matrix_type, type);
    int status = HPy_SetAttr_s(ctx, module, "Matrix", type);
    HPy_Close(ctx, type);
    /* Two capsules: for extensions that use HPy, and for those that use the C API. */
    return status < 0 ? -1 : HPyAPI_Publish(ctx, module, MatrixAPI);
}

static HPyDef *matrix_defines[] = {&matrix_exec, NULL};
static HPyGlobal *matrix_globals[] = {&matrix_type, NULL};

static HPyModuleDef matrix_module = {
    .doc = "Matrices of floats.",
    .defines = matrix_defines,
    .globals = matrix_globals,
};

HPy_MODINIT(matrix, matrix_module)
