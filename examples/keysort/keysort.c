/* A function of the C library that calls back: `qsort_r` with a comparison that asks a Python function.
 *
 *   keysort.sort(numbers, key) -> the numbers as a sorted list of float, the one with the least key(number) first
 */
#define _GNU_SOURCE /* qsort_r */
#include <hpy.h>
#include <stdlib.h>

/* What the comparison passes through the closure, and what comes back. */
typedef struct {
    double a, b;
    int order;
} Comparison;

static double key_of(HPyContext *ctx, HPy key, double number)
{
    HPy arg = HPyFloat_FromDouble(ctx, number);
    HPy value = HPy_IsNull(arg) ? HPy_NULL : HPy_Call(ctx, key, &arg, 1, HPy_NULL);
    HPy_Close(ctx, arg);
    if (HPy_IsNull(value))
        return -1.0;
    double result = HPyFloat_AsDouble(ctx, value);
    HPy_Close(ctx, value);
    return result;
}

/* What the closure calls, with the key function that it was made with. An exception stays set for `sort`; until that
 * sees it, all numbers are equal. */
static void *compare_keys(HPyContext *ctx, HPy key, void *data)
{
    Comparison *comparison = data;
    if (HPyErr_Occurred(ctx))
        return NULL;
    double a = key_of(ctx, key, comparison->a);
    if (HPyErr_Occurred(ctx))
        return NULL;
    double b = key_of(ctx, key, comparison->b);
    if (!HPyErr_Occurred(ctx))
        comparison->order = (a > b) - (a < b);
    return NULL;
}

/* What `qsort_r` calls: a plain function and a pointer, which is the closure. */
static int compare(const void *a, const void *b, void *closure)
{
    Comparison comparison = {*(const double *)a, *(const double *)b, 0};
    HPyClosure_Call((HPyClosure *)closure, &comparison);
    return comparison.order;
}

/* The numbers of a sequence, to be freed; NULL with an exception. */
static double *numbers_of(HPyContext *ctx, HPy sequence, HPy_ssize_t count)
{
    double *numbers = malloc((size_t)count * sizeof(double) + 1);
    if (numbers == NULL) {
        HPyErr_NoMemory(ctx);
        return NULL;
    }
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy item = HPy_GetItem_i(ctx, sequence, i);
        numbers[i] = HPy_IsNull(item) ? -1.0 : HPyFloat_AsDouble(ctx, item);
        HPy_Close(ctx, item);
        if (numbers[i] == -1.0 && HPyErr_Occurred(ctx)) {
            free(numbers);
            return NULL;
        }
    }
    return numbers;
}

static HPy list_of(HPyContext *ctx, const double *numbers, HPy_ssize_t count)
{
    HPyListBuilder builder = HPyListBuilder_New(ctx, count);
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy number = HPyFloat_FromDouble(ctx, numbers[i]);
        if (HPy_IsNull(number)) {
            HPyListBuilder_Cancel(ctx, builder);
            return HPy_NULL;
        }
        HPyListBuilder_Set(ctx, builder, i, number);
        HPy_Close(ctx, number);
    }
    return HPyListBuilder_Build(ctx, builder);
}

HPyDef_METH(sort, "sort", HPyFunc_VARARGS)
static HPy sort_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    HPy sequence, key;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "OO:sort", &sequence, &key))
        return HPy_NULL;
    HPy_ssize_t count = HPy_Length(ctx, sequence);
    if (count < 0)
        return HPy_NULL;
    double *numbers = numbers_of(ctx, sequence, count);
    if (numbers == NULL)
        return HPy_NULL;
    HPy result = HPy_NULL;
    HPyClosure *closure = HPyClosure_New(ctx, compare_keys, key);
    if (closure != NULL) {
        qsort_r(numbers, (size_t)count, sizeof(double), compare, closure);
        HPyClosure_Free(closure);
        if (!HPyErr_Occurred(ctx))
            result = list_of(ctx, numbers, count);
    }
    free(numbers);
    return result;
}

static HPyDef *defines[] = {&sort, NULL};

static HPyModuleDef keysort = {
    .doc = "Sorting by a Python function.",
    .defines = defines,
};

HPy_MODINIT(keysort, keysort)
