/* Times between text in ISO 8601, arrays of numbers, and datetime. timestamps_capi.c is the same in CPython's C API;
 * test_timestamps.py tests both against the module datetime. */
#include <hpy.h>

#include <string.h>

#include "moment.h"

static HPyGlobal utc; /* datetime.timezone.utc */

static HPy zone_from(HPyContext *ctx, const Moment *m)
{
    if (!m->has_offset)
        return HPy_Dup(ctx, ctx->h_None);
    if (m->offset == 0)
        return HPyGlobal_Load(ctx, utc);
    HPyDateTime_Fields fields = {.kind = HPyDateTime_DELTA, .second = m->offset};
    HPy delta = HPyDateTime_FromFields(ctx, &fields, HPy_NULL);
    HPy zone = HPy_IsNull(delta) ? HPy_NULL : HPyTimeZone_FromOffset(ctx, delta, HPy_NULL);
    HPy_Close(ctx, delta);
    return zone;
}

static HPy datetime_from(HPyContext *ctx, const Moment *m)
{
    HPy zone = zone_from(ctx, m);
    if (HPy_IsNull(zone))
        return HPy_NULL;
    HPyDateTime_Fields fields = {
        .kind = HPyDateTime_DATETIME, .year = m->year, .month = m->month, .day = m->day,
        .hour = m->hour, .minute = m->minute, .second = m->second, .microsecond = m->microsecond,
    };
    HPy result = HPyDateTime_FromFields(ctx, &fields, zone);
    HPy_Close(ctx, zone);
    return result;
}

HPyDef_METH(parse, "parse", HPyFunc_O, .doc = "parse(text, /)\n--\n\nThe datetime that a text in ISO 8601 describes.")
static HPy parse_impl(HPyContext *ctx, HPy module, HPy text)
{
    (void)module;
    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, text, &size);
    Moment m;
    if (utf8 == NULL)
        return HPy_NULL;
    if (!moment_parse(utf8, (size_t)size, &m))
        return HPyErr_Format(ctx, ctx->h_ValueError, "not a time in ISO 8601: %R", text);
    return datetime_from(ctx, &m);
}

HPyDef_METH(parse_lines, "parse_lines", HPyFunc_O,
            .doc = "parse_lines(data, /)\n--\n\nThe datetimes in the lines of a buffer, as a list.")
static HPy parse_lines_impl(HPyContext *ctx, HPy module, HPy data)
{
    (void)module;
    HPy_buffer view;
    if (HPy_GetBuffer(ctx, data, &view, HPyBUF_SIMPLE) < 0)
        return HPy_NULL;
    HPy list = HPyList_New(ctx, 0);
    const char *at = view.buf, *end = at + view.len;
    for (HPy_ssize_t line = 1; !HPy_IsNull(list) && at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline == NULL ? end : newline;
        Moment m;
        HPy item = HPy_NULL;
        if (moment_parse(at, (size_t)(stop - at), &m))
            item = datetime_from(ctx, &m);
        else
            HPyErr_Format(ctx, ctx->h_ValueError, "line %zd is not a time in ISO 8601", line);
        if (HPy_IsNull(item) || HPyList_Append(ctx, list, item) < 0) {
            HPy_Close(ctx, list);
            list = HPy_NULL;
        }
        HPy_Close(ctx, item);
        at = stop + 1;
    }
    HPyBuffer_Release(ctx, &view);
    return list;
}

/* A buffer of 64-bit integers in the machine's byte order. */
static int get_int64s(HPyContext *ctx, HPy object, HPy_buffer *view, int flags)
{
    if (HPy_GetBuffer(ctx, object, view, flags | HPyBUF_FORMAT | HPyBUF_C_CONTIGUOUS) < 0)
        return -1;
    const char *format = view->format == NULL ? "B" : view->format;
    if (view->ndim == 1 && view->itemsize == 8 && (strcmp(format, "q") == 0 || strcmp(format, "l") == 0))
        return 0;
    HPyErr_Format(ctx, ctx->h_TypeError, "expected an array of 64-bit integers, not of format '%s'", format);
    HPyBuffer_Release(ctx, view);
    return -1;
}

HPyDef_METH(from_epoch, "from_epoch", HPyFunc_O,
            .doc = "from_epoch(numbers, /)\n--\n\n"
                   "The datetimes of an array of microseconds since 1970 in UTC, as a list.")
static HPy from_epoch_impl(HPyContext *ctx, HPy module, HPy numbers)
{
    (void)module;
    HPy_buffer view;
    if (get_int64s(ctx, numbers, &view, 0) < 0)
        return HPy_NULL;
    HPy_ssize_t count = view.len / 8, i;
    HPyListBuilder builder = HPyListBuilder_New(ctx, count);
    for (i = 0; i < count; i++) {
        Moment m;
        HPy item = HPy_NULL;
        if (moment_from_microseconds(((const int64_t *)view.buf)[i], &m))
            item = datetime_from(ctx, &m);
        else
            HPyErr_Format(ctx, ctx->h_OverflowError, "number %zd is not in the years 1 to 9999", i);
        if (HPy_IsNull(item))
            break;
        HPyListBuilder_Set(ctx, builder, i, item);
        HPy_Close(ctx, item);
    }
    HPyBuffer_Release(ctx, &view);
    if (i == count)
        return HPyListBuilder_Build(ctx, builder);
    HPyListBuilder_Cancel(ctx, builder);
    return HPy_NULL;
}

/* What a datetime with a zone is ahead of UTC. Returns -1 on failure. */
static int offset_of(HPyContext *ctx, HPy object, int64_t *microseconds)
{
    HPy name = HPyUnicode_FromString(ctx, "utcoffset");
    HPy offset = HPy_IsNull(name) ? HPy_NULL : HPy_CallMethod(ctx, name, &object, 1, HPy_NULL);
    HPyDateTime_Fields fields;
    int kind = HPy_IsNull(offset) ? -1 : HPyDateTime_GetFields(ctx, offset, &fields, NULL);
    *microseconds = kind != HPyDateTime_DELTA ? 0 :
                    ((int64_t)fields.days * 86400 + fields.second) * MICROSECONDS + fields.microsecond;
    HPy_Close(ctx, offset);
    HPy_Close(ctx, name);
    return kind < 0 ? -1 : 0;
}

/* The microseconds of a datetime, which is in UTC if it has no zone. Returns -1 on failure. */
static int microseconds_of(HPyContext *ctx, HPy object, int64_t *result)
{
    HPyDateTime_Fields fields;
    HPy zone;
    int64_t offset = 0;
    int kind = HPyDateTime_GetFields(ctx, object, &fields, &zone);
    if (kind < 0)
        return -1;
    if (kind != HPyDateTime_DATETIME) {
        HPy type = HPy_Type(ctx, object);
        HPyErr_Format(ctx, ctx->h_TypeError, "expected datetime, not %s", HPyType_GetName(ctx, type));
        HPy_Close(ctx, type);
        HPy_Close(ctx, zone);
        return -1;
    }
    Moment m = {
        .year = fields.year, .month = fields.month, .day = fields.day, .hour = fields.hour,
        .minute = fields.minute, .second = fields.second, .microsecond = fields.microsecond,
    };
    int status = HPy_IsNull(zone) ? 0 : offset_of(ctx, object, &offset);
    HPy_Close(ctx, zone);
    *result = microseconds_from_moment(&m) - offset;
    return status;
}

HPyDef_METH(to_epoch, "to_epoch", HPyFunc_VARARGS,
            .doc = "to_epoch(datetimes, out, /)\n--\n\n"
                   "Write the microseconds since 1970 into an array. Returns their number.")
static HPy to_epoch_impl(HPyContext *ctx, HPy module, const HPy *args, size_t nargs)
{
    (void)module;
    HPy datetimes, out;
    HPy_buffer view;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "OO:to_epoch", &datetimes, &out) ||
        get_int64s(ctx, out, &view, HPyBUF_WRITABLE) < 0)
        return HPy_NULL;
    HPy items[32];
    HPy_ssize_t done = 0, count, room = view.len / 8;
    int status = 0;
    while (status == 0 && (count = HPySequence_GetItems(ctx, datetimes, done, 32, items)) != 0) {
        status = count < 0 ? -1 : 0;
        for (HPy_ssize_t i = 0; status == 0 && i < count; i++, done++) {
            if (done < room)
                status = microseconds_of(ctx, items[i], (int64_t *)view.buf + done);
            else {
                HPyErr_Format(ctx, ctx->h_ValueError, "more datetimes than room: %zd", room);
                status = -1;
            }
        }
        HPy_CloseArray(ctx, items, count);
    }
    HPyBuffer_Release(ctx, &view);
    return status < 0 ? HPy_NULL : HPyLong_FromSsize_t(ctx, done);
}

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    (void)module;
    HPy zone = HPyTimeZone_FromOffset(ctx, HPy_NULL, HPy_NULL);
    if (HPy_IsNull(zone))
        return -1;
    HPyGlobal_Store(ctx, &utc, zone);
    HPy_Close(ctx, zone);
    return 0;
}

static HPyDef *defines[] = {&parse, &parse_lines, &from_epoch, &to_epoch, &execute, NULL};
static HPyGlobal *globals[] = {&utc, NULL};
static HPyModuleDef definition = {
    .doc = "Times between text, arrays of numbers, and datetime.",
    .defines = defines,
    .globals = globals,
};

HPy_MODINIT(timestamps, definition)
