/* Functions of test_bigint.py. */

#include <string.h>

static HPy sign(HPyContext *ctx, HPy h)
{
    int result = 7;
    if (HPyLong_GetSign(ctx, h, &result) < 0)
        return HPy_NULL;
    return HPyLong_FromLong(ctx, result);
}

/* If `with_end`, a pair with what was not read; `None` for a text that is not a number. */
static HPy from_string(HPyContext *ctx, HPy text, int with_end, int base)
{
    const char *start = HPyBytes_AsString(ctx, text);
    char *end = NULL;
    HPy number = HPyLong_FromString(ctx, start, with_end ? &end : NULL, base);
    if (!with_end)
        return number;
    if (HPy_IsNull(number)) {
        HPyErr_Clear(ctx);
        number = HPy_Dup(ctx, ctx->h_None);
    }
    HPy rest = HPyBytes_FromString(ctx, end);
    HPy result = HPy_BuildValue(ctx, "(OO)", number, rest);
    HPy_Close(ctx, number);
    HPy_Close(ctx, rest);
    return result;
}

/* What it returns, and what it writes; nothing beyond that. */
static HPy to_bytes(HPyContext *ctx, HPy h, HPy_ssize_t size, int flags)
{
    char buffer[512];
    memset(buffer, '?', sizeof(buffer));
    HPy_ssize_t needed = HPyLong_AsNativeBytes(ctx, h, buffer, size, flags);
    if (needed < 0)
        return HPy_NULL;
    if (buffer[size] != '?')
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "written beyond the end");
    HPy written = HPyBytes_FromStringAndSize(ctx, buffer, size);
    HPy result = HPy_BuildValue(ctx, "(nO)", needed, written);
    HPy_Close(ctx, written);
    return result;
}

static HPy layout(HPyContext *ctx)
{
    const HPyLongLayout *found = HPyLong_GetNativeLayout(ctx);
    return HPy_BuildValue(ctx, "(iiii)", found->bits_per_digit, found->digit_size, found->digits_order,
                          found->digit_endianness);
}

static unsigned long digit_at(const void *digits, HPy_ssize_t i, int size)
{
    switch (size) {
    case 1:
        return ((const uint8_t *)digits)[i];
    case 2:
        return ((const uint16_t *)digits)[i];
    default:
        return ((const uint32_t *)digits)[i];
    }
}

/* The value, or a pair of what the export says. It is freed twice. */
static HPy exported(HPyContext *ctx, HPy h)
{
    int size = HPyLong_GetNativeLayout(ctx)->digit_size;
    HPyLongExport result;
    memset(&result, 0xa5, sizeof(result));
    if (HPyLong_Export(ctx, h, &result) < 0) {
        HPyLong_FreeExport(ctx, &result);
        return HPy_NULL;
    }
    HPy value;
    if (result.digits == NULL) {
        value = HPyLong_FromInt64_t(ctx, result.value);
    }
    else {
        HPy list = HPyList_New(ctx, 0);
        for (HPy_ssize_t i = 0; i < result.ndigits; i++) {
            HPy digit = HPyLong_FromUnsignedLong(ctx, digit_at(result.digits, i, size));
            HPyList_Append(ctx, list, digit);
            HPy_Close(ctx, digit);
        }
        value = HPy_BuildValue(ctx, "(iO)", result.negative, list);
        HPy_Close(ctx, list);
    }
    HPyLong_FreeExport(ctx, &result);
    HPyLong_FreeExport(ctx, &result);
    HPyLong_FreeExport(ctx, NULL);
    return value;
}

static HPy written(HPyContext *ctx, int negative, HPy list)
{
    int size = HPyLong_GetNativeLayout(ctx)->digit_size;
    HPy_ssize_t count = HPy_Length(ctx, list);
    void *digits;
    HPyLongWriter writer = HPyLongWriter_Create(ctx, negative, count, &digits);
    if (HPy_IsNull(writer))
        return HPy_NULL;
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy item = HPy_GetItem_i(ctx, list, i);
        unsigned long digit = HPyLong_AsUnsignedLong(ctx, item);
        HPy_Close(ctx, item);
        if (size == 1)
            ((uint8_t *)digits)[i] = (uint8_t)digit;
        else if (size == 2)
            ((uint16_t *)digits)[i] = (uint16_t)digit;
        else
            ((uint32_t *)digits)[i] = (uint32_t)digit;
    }
    return HPyLongWriter_Finish(ctx, writer);
}

static HPy discarded(HPyContext *ctx, HPy_ssize_t count)
{
    void *digits = &digits;
    HPyLongWriter writer = HPyLongWriter_Create(ctx, 0, count, &digits);
    if (HPy_IsNull(writer))
        return digits == NULL ? HPy_NULL : HPyErr_NoMemory(ctx);
    HPyLongWriter_Discard(ctx, writer);
    return HPy_Dup(ctx, ctx->h_None);
}

static HPy create_nowhere(HPyContext *ctx)
{
    HPyLongWriter_Discard(ctx, HPyLongWriter_Create(ctx, 0, 1, NULL));
    return HPy_NULL;
}
