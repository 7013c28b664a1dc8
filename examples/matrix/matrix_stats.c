/* An extension that uses the functions of another one: `matrix_stats` calls those of `matrix`. */
#include <hpy.h>

#include "matrix_api.h"

static const MatrixAPI *api;

HPyDef_METH(trace, "trace", HPyFunc_O, .doc = "trace($module, matrix, /)\n--\n\nThe sum of the diagonal.")
static HPy trace_impl(HPyContext *ctx, HPy self, HPy arg)
{
    (void)self;
    Matrix *matrix = api->Matrix_AsStruct(ctx, arg);
    if (matrix == NULL)
        return HPy_NULL;
    double sum = 0;
    for (ptrdiff_t i = 0; i < matrix->rows && i < matrix->columns; i++)
        sum += matrix->items[i * matrix->columns + i];
    return HPyFloat_FromDouble(ctx, sum);
}

HPyDef_METH(power, "power", HPyFunc_VARARGS,
            .doc = "power($module, matrix, n, /)\n--\n\nThe product of n times the matrix; n is at least 1.")
static HPy power_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    HPyTracker tracker;
    HPy matrix;
    long n;
    if (!HPyArg_Parse(ctx, &tracker, args, nargs, "Ol:power", &matrix, &n))
        return HPy_NULL;
    HPy result = HPy_NULL;
    if (n < 1)
        HPyErr_SetString(ctx, ctx->h_ValueError, "n must be at least 1");
    else
        result = HPy_Dup(ctx, matrix);
    while (n-- > 1 && !HPy_IsNull(result)) {
        HPy next = api->Matrix_Product(ctx, result, matrix);
        HPy_Close(ctx, result);
        result = next;
    }
    HPyTracker_Close(ctx, tracker);
    return result;
}

HPyDef_METH(total, "total", HPyFunc_VARARGS,
            .doc = "total($module, /, *matrices)\n--\n\nThe sum of matrices of the same shape.")
static HPy total_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    return api->Matrix_Sum(ctx, args, nargs);
}

HPyDef_SLOT(matrix_stats_exec, HPy_mod_exec)
static int matrix_stats_exec_impl(HPyContext *ctx, HPy module)
{
    /* Imports `matrix`, and raises ImportError if that is too old, or has changed what this file was compiled for. */
    api = MatrixAPI_Import(ctx, module);
    return api == NULL ? -1 : 0;
}

static HPyDef *matrix_stats_defines[] = {&trace, &power, &total, &matrix_stats_exec, NULL};
static HPyModuleDef matrix_stats_module = {.defines = matrix_stats_defines};

HPy_MODINIT(matrix_stats, matrix_stats_module)
