/* Text made from a format and arguments: HPyUnicode_FromFormat, HPyBytes_FromFormat, HPyErr_Format, HPyErr_WarnFormat.
 *
 * The text is collected as UTF-8 with an explicit size and becomes a str at the end. Numbers are not formatted by
 * printf, so no buffer has to be large enough for what printf may write. The declarations, with the table of units, are
 * in include/hpy/format.h.
 */
#define _HPY_HELPER
#include "hpy.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    HPyContext *ctx;
    char *data; /* `fixed`, or allocated when that is too small */
    size_t size;
    size_t capacity;
    bool has_surrogates; /* strict UTF-8 cannot have them: decode with "surrogatepass" */
    bool is_bytes;       /* no text: any byte is one */
    char fixed[256];
} Writer;

/* What is between '%' and the unit; -1 means "not given". */
typedef struct {
    bool zero_padded;
    HPy_ssize_t width;
    HPy_ssize_t precision;
} Spec;

static void writer_init(Writer *writer, HPyContext *ctx, bool is_bytes)
{
    writer->ctx = ctx;
    writer->data = writer->fixed;
    writer->size = 0;
    writer->capacity = sizeof(writer->fixed);
    writer->has_surrogates = false;
    writer->is_bytes = is_bytes;
}

static void writer_free(Writer *writer)
{
    if (writer->data != writer->fixed)
        free(writer->data);
}

/* Room for `extra` more bytes: where they begin, or NULL with an exception set. Only then does the size grow. */
static char *append(Writer *writer, size_t extra)
{
    if (extra > writer->capacity - writer->size) {
        size_t needed = writer->size + extra;
        size_t capacity = writer->capacity > SIZE_MAX / 2 ? needed : writer->capacity * 2;
        if (capacity < needed)
            capacity = needed;
        char *data = NULL;
        if (needed >= extra && needed <= (size_t)HPY_SSIZE_T_MAX)
            data = (char *)(writer->data == writer->fixed ? malloc(capacity) : realloc(writer->data, capacity));
        if (data == NULL) {
            HPyErr_SetString(writer->ctx, writer->ctx->h_MemoryError, "cannot allocate memory for string format");
            return NULL;
        }
        if (writer->data == writer->fixed)
            memcpy(data, writer->fixed, writer->size);
        writer->data = data;
        writer->capacity = capacity;
    }
    char *start = writer->data + writer->size;
    writer->size += extra;
    return start;
}

static bool write_bytes(Writer *writer, const char *bytes, size_t size)
{
    char *out = append(writer, size);
    if (out == NULL)
        return false;
    memcpy(out, bytes, size);
    return true;
}

/* `units` is the length of the bytes in the unit of the width: bytes or characters. */
static bool write_padded(Writer *writer, const Spec *spec, const char *bytes, size_t size, size_t units)
{
    size_t blanks = spec->width > 0 && (size_t)spec->width > units ? (size_t)spec->width - units : 0;
    char *out = append(writer, blanks);
    if (out == NULL)
        return false;
    memset(out, ' ', blanks);
    return write_bytes(writer, bytes, size);
}

static bool write_integer(Writer *writer, const Spec *spec, bool negative, unsigned long long magnitude, unsigned base)
{
    char digits[24]; /* 20 are needed for 2**64 - 1 */
    size_t start = sizeof(digits);
    do {
        digits[--start] = "0123456789abcdef"[magnitude % base];
        magnitude /= base;
    } while (magnitude != 0);
    size_t count = sizeof(digits) - start;

    size_t zeros = spec->precision > 0 && (size_t)spec->precision > count ? (size_t)spec->precision - count : 0;
    size_t length = negative + zeros + count;
    size_t padding = spec->width > 0 && (size_t)spec->width > length ? (size_t)spec->width - length : 0;
    size_t blanks = spec->zero_padded ? 0 : padding;
    zeros += padding - blanks;

    char *out = append(writer, padding + length);
    if (out == NULL)
        return false;
    memset(out, ' ', blanks);
    out += blanks;
    if (negative)
        *out++ = '-';
    memset(out, '0', zeros);
    memcpy(out + zeros, digits + start, count);
    return true;
}

static bool write_signed(Writer *writer, const Spec *spec, long long value)
{
    /* The magnitude of the smallest value does not fit into a signed type. */
    unsigned long long magnitude = value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value;
    return write_integer(writer, spec, value < 0, magnitude, 10);
}

static bool write_character(Writer *writer, int value)
{
    HPyContext *ctx = writer->ctx;
    if (writer->is_bytes) {
        if (value >= 0 && value <= 0xff) {
            char byte = (char)value;
            return write_bytes(writer, &byte, 1);
        }
        HPyErr_SetString(ctx, ctx->h_OverflowError, "character argument not in range(0x100)");
        return false;
    }
    if (value < 0 || value > 0x10ffff) {
        HPyErr_SetString(ctx, ctx->h_OverflowError, "character argument not in range(0x110000)");
        return false;
    }
    unsigned code = (unsigned)value;
    char utf8[4];
    size_t size = 0;
    if (code < 0x80) {
        utf8[size++] = (char)code;
    }
    else {
        if (code < 0x800) {
            utf8[size++] = (char)(0xc0 | code >> 6);
        }
        else {
            if (code < 0x10000) {
                utf8[size++] = (char)(0xe0 | code >> 12);
            }
            else {
                utf8[size++] = (char)(0xf0 | code >> 18);
                utf8[size++] = (char)(0x80 | (code >> 12 & 0x3f));
            }
            utf8[size++] = (char)(0x80 | (code >> 6 & 0x3f));
        }
        utf8[size++] = (char)(0x80 | (code & 0x3f));
    }
    if (code >= 0xd800 && code <= 0xdfff)
        writer->has_surrogates = true;
    return write_bytes(writer, utf8, size);
}

static bool write_pointer(Writer *writer, const void *pointer)
{
    char text[64];
    int length = snprintf(text, sizeof(text), "%p", pointer);
    if (length < 0 || (size_t)length >= sizeof(text)) {
        HPyErr_SetString(writer->ctx, writer->ctx->h_SystemError, "invalid format string");
        return false;
    }
    /* printf formats pointers as the C library likes; this always begins with 0x. */
    const char *digits = text;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        digits += 2;
    return write_bytes(writer, "0x", 2) && write_bytes(writer, digits, strlen(digits));
}

/* Width and precision count bytes; the precision may cut a character, which is an error when the text is decoded. */
static bool write_c_string(Writer *writer, const Spec *spec, char unit, const char *utf8)
{
    if (utf8 == NULL) {
        char message[80];
        snprintf(message, sizeof(message), "null c string passed as value for formatting unit '%%%c'", unit);
        HPyErr_SetString(writer->ctx, writer->ctx->h_SystemError, message);
        return false;
    }
    size_t size;
    if (spec->precision >= 0) {
        /* With a precision the string need not be terminated. */
        const char *end = (const char *)memchr(utf8, '\0', (size_t)spec->precision);
        size = end == NULL ? (size_t)spec->precision : (size_t)(end - utf8);
    }
    else {
        size = strlen(utf8);
    }
    return write_padded(writer, spec, utf8, size, size);
}

/* UTF-8 of a str that has lone surrogates, as new bytes. */
static HPy encode_surrogates(HPyContext *ctx, HPy string)
{
    HPy result = HPy_NULL;
    HPy encode = HPy_GetAttr_s(ctx, ctx->h_UnicodeType, "encode");
    HPy encoding = HPyUnicode_FromString(ctx, "utf-8");
    HPy errors = HPyUnicode_FromString(ctx, "surrogatepass");
    if (!HPy_IsNull(encode) && !HPy_IsNull(encoding) && !HPy_IsNull(errors)) {
        HPy args[] = {string, encoding, errors};
        result = HPy_Call(ctx, encode, args, 3, HPy_NULL);
    }
    HPy_Close(ctx, encode);
    HPy_Close(ctx, encoding);
    HPy_Close(ctx, errors);
    return result;
}

/* Width and precision count characters. */
static bool write_utf8(Writer *writer, const Spec *spec, const char *utf8, HPy_ssize_t size)
{
    if (spec->width < 0 && spec->precision < 0)
        return write_bytes(writer, utf8, (size_t)size);
    size_t limit = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;
    size_t characters = 0;
    size_t end = 0;
    for (; end < (size_t)size; end++) {
        if (((unsigned char)utf8[end] & 0xc0) != 0x80) {
            if (characters == limit)
                break;
            characters++;
        }
    }
    return write_padded(writer, spec, utf8, end, characters);
}

static bool write_str(Writer *writer, const Spec *spec, HPy string)
{
    HPyContext *ctx = writer->ctx;
    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, string, &size);
    if (utf8 != NULL)
        return write_utf8(writer, spec, utf8, size);

    if (!HPyErr_ExceptionMatches(ctx, ctx->h_UnicodeEncodeError))
        return false;
    HPyErr_Clear(ctx);
    HPy bytes = encode_surrogates(ctx, string);
    if (HPy_IsNull(bytes))
        return false;
    writer->has_surrogates = true;
    bool ok = write_utf8(writer, spec, HPyBytes_AsString(ctx, bytes), HPyBytes_Size(ctx, bytes));
    HPy_Close(ctx, bytes);
    return ok;
}

static bool write_object(Writer *writer, const Spec *spec, char unit, HPy object)
{
    HPyContext *ctx = writer->ctx;
    if (HPy_IsNull(object)) {
        HPyErr_SetString(ctx, ctx->h_SystemError,
                         "HPy_NULL passed as value for formatting unit '%S' or '%R' or '%A'");
        return false;
    }
    HPy text = unit == 'S' ? HPy_Str(ctx, object) : unit == 'R' ? HPy_Repr(ctx, object) : HPy_ASCII(ctx, object);
    if (HPy_IsNull(text))
        return false;
    bool ok = write_str(writer, spec, text);
    HPy_Close(ctx, text);
    return ok;
}

static bool invalid_format(HPyContext *ctx)
{
    HPyErr_SetString(ctx, ctx->h_SystemError, "invalid format string");
    return false;
}

static bool unit_does_not_support(HPyContext *ctx, char unit, const char *what)
{
    char message[80];
    snprintf(message, sizeof(message), "formatting unit '%%%c' does not support %s", unit, what);
    HPyErr_SetString(ctx, ctx->h_SystemError, message);
    return false;
}

/* A decimal number at `*position`, which advances past it; -1 if it is too large. */
static HPy_ssize_t read_number(const char **position)
{
    HPy_ssize_t value = 0;
    for (; **position >= '0' && **position <= '9'; ++*position) {
        int digit = **position - '0';
        if (value > (HPY_SSIZE_T_MAX - digit) / 10)
            return -1;
        value = value * 10 + digit;
    }
    return value;
}

/* Reads what is between '%' and the unit. */
static bool read_spec(HPyContext *ctx, const char **position, Spec *spec)
{
    spec->zero_padded = **position == '0';
    spec->width = -1;
    spec->precision = -1;
    if (**position >= '0' && **position <= '9') {
        const char *start = *position + spec->zero_padded;
        HPy_ssize_t width = read_number(position);
        if (width < 0) {
            HPyErr_SetString(ctx, ctx->h_ValueError, "width too big");
            return false;
        }
        if (*position > start)
            spec->width = width;
    }
    if (**position == '.') {
        const char *start = ++*position;
        HPy_ssize_t precision = read_number(position);
        if (precision < 0) {
            HPyErr_SetString(ctx, ctx->h_ValueError, "precision too big");
            return false;
        }
        if (*position > start) /* a dot alone says nothing */
            spec->precision = precision;
    }
    return true;
}

/* Writes one argument; `*position` is after the '%' and advances past the unit. */
static bool write_argument(Writer *writer, const char **position, va_list *args)
{
    HPyContext *ctx = writer->ctx;
    if (**position == '%') {
        ++*position;
        return write_bytes(writer, "%", 1);
    }
    Spec spec;
    if (!read_spec(ctx, position, &spec))
        return false;

    char unit = **position;
    if (unit == '\0' || (writer->is_bytes && strchr("UVSRA", unit) != NULL))
        return invalid_format(ctx);
    ++*position;

    if (strchr("csUVSRAp", unit) != NULL && spec.zero_padded)
        return unit_does_not_support(ctx, unit, "0-padding");
    if (strchr("cp", unit) != NULL && (spec.width >= 0 || spec.precision >= 0))
        return unit_does_not_support(ctx, unit, "width nor precision");

    switch (unit) {
    case 'd':
    case 'i':
        return write_signed(writer, &spec, va_arg(*args, int));
    case 'u':
        return write_integer(writer, &spec, false, va_arg(*args, unsigned), 10);
    case 'x':
        return write_integer(writer, &spec, false, (unsigned)va_arg(*args, int), 16);
    case 'c':
        return write_character(writer, va_arg(*args, int));
    case 'p':
        return write_pointer(writer, va_arg(*args, void *));
    case 's':
        return write_c_string(writer, &spec, unit, va_arg(*args, const char *));
    case 'S':
    case 'R':
    case 'A':
        return write_object(writer, &spec, unit, va_arg(*args, HPy));
    case 'U': {
        HPy string = va_arg(*args, HPy);
        if (!HPy_IsNull(string))
            return write_str(writer, &spec, string);
        HPyErr_SetString(ctx, ctx->h_SystemError, "HPy_NULL passed as value for formatting unit '%U'");
        return false;
    }
    case 'V': {
        HPy string = va_arg(*args, HPy);
        const char *utf8 = va_arg(*args, const char *);
        return HPy_IsNull(string) ? write_c_string(writer, &spec, unit, utf8) : write_str(writer, &spec, string);
    }
    case 'z': {
        char kind = **position;
        if (kind == 'd' || kind == 'i') {
            ++*position;
            return write_signed(writer, &spec, va_arg(*args, HPy_ssize_t));
        }
        if (kind == 'u') {
            ++*position;
            return write_integer(writer, &spec, false, va_arg(*args, size_t), 10);
        }
        return invalid_format(ctx);
    }
    case 'l': {
        bool is_long_long = **position == 'l';
        *position += is_long_long;
        char kind = **position;
        if (kind == 'd' || kind == 'i') {
            ++*position;
            return write_signed(writer, &spec, is_long_long ? va_arg(*args, long long) : va_arg(*args, long));
        }
        if (kind == 'u') {
            ++*position;
            return write_integer(writer, &spec, false,
                                 is_long_long ? va_arg(*args, unsigned long long) : va_arg(*args, unsigned long), 10);
        }
        return invalid_format(ctx);
    }
    default:
        return invalid_format(ctx);
    }
}

static bool write_format(Writer *writer, const char *fmt, va_list *args)
{
    if (fmt == NULL)
        return invalid_format(writer->ctx);
    const char *position = fmt;
    while (*position != '\0') {
        if (*position == '%') {
            position++;
            if (!write_argument(writer, &position, args))
                return false;
            continue;
        }
        const char *start = position;
        for (; *position != '\0' && *position != '%'; position++) {
            unsigned char byte = (unsigned char)*position;
            if (byte > 127 && !writer->is_bytes) {
                char message[96];
                snprintf(message, sizeof(message),
                         "expected an ASCII-encoded format string, got a non-ASCII byte: 0x%02x", byte);
                HPyErr_SetString(writer->ctx, writer->ctx->h_ValueError, message);
                return false;
            }
        }
        if (!write_bytes(writer, start, (size_t)(position - start)))
            return false;
    }
    return true;
}

static HPy writer_finish(Writer *writer)
{
    HPyContext *ctx = writer->ctx;
    if (writer->is_bytes)
        return HPyBytes_FromStringAndSize(ctx, writer->data, (HPy_ssize_t)writer->size);
    if (!writer->has_surrogates && memchr(writer->data, '\0', writer->size) == NULL) {
        if (!write_bytes(writer, "", 1))
            return HPy_NULL;
        return HPyUnicode_FromString(ctx, writer->data);
    }
    /* ABI 0.0 has no function that decodes UTF-8 of a given size; a bytes object has a size. */
    HPy bytes = HPyBytes_FromStringAndSize(ctx, writer->data, (HPy_ssize_t)writer->size);
    if (HPy_IsNull(bytes))
        return HPy_NULL;
    HPy result = HPyUnicode_FromEncodedObject(ctx, bytes, "utf-8", writer->has_surrogates ? "surrogatepass" : "strict");
    HPy_Close(ctx, bytes);
    return result;
}

static HPy format(HPyContext *ctx, bool is_bytes, const char *fmt, va_list vargs)
{
    Writer writer;
    writer_init(&writer, ctx, is_bytes);
    /* A parameter of type va_list may already be a pointer, so only the address of a copy has the right type. */
    va_list args;
    va_copy(args, vargs);
    HPy result = write_format(&writer, fmt, &args) ? writer_finish(&writer) : HPy_NULL;
    va_end(args);
    writer_free(&writer);
    return result;
}

HPyAPI_HELPER HPy HPyUnicode_FromFormatV(HPyContext *ctx, const char *fmt, va_list vargs)
{
    return format(ctx, false, fmt, vargs);
}

HPyAPI_HELPER HPy HPyBytes_FromFormatV(HPyContext *ctx, const char *fmt, va_list vargs)
{
    return format(ctx, true, fmt, vargs);
}

HPyAPI_HELPER HPy HPyBytes_FromFormat(HPyContext *ctx, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    HPy result = HPyBytes_FromFormatV(ctx, fmt, args);
    va_end(args);
    return result;
}

HPyAPI_HELPER HPy HPyUnicode_FromFormat(HPyContext *ctx, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    HPy result = HPyUnicode_FromFormatV(ctx, fmt, args);
    va_end(args);
    return result;
}

HPyAPI_HELPER HPy HPyErr_Format(HPyContext *ctx, HPy h_type, const char *fmt, ...)
{
    /* Formatting may run Python code, which must not start with an exception set. */
    HPyErr_Clear(ctx);
    va_list args;
    va_start(args, fmt);
    HPy message = HPyUnicode_FromFormatV(ctx, fmt, args);
    va_end(args);
    if (!HPy_IsNull(message)) {
        HPyErr_SetObject(ctx, h_type, message);
        HPy_Close(ctx, message);
    }
    return HPy_NULL;
}

HPyAPI_HELPER int HPyErr_WarnFormat(HPyContext *ctx, HPy category, HPy_ssize_t stack_level, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    HPy message = HPyUnicode_FromFormatV(ctx, fmt, args);
    va_end(args);
    if (HPy_IsNull(message))
        return -1;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, message, NULL);
    int status = utf8 == NULL ? -1 : HPyErr_WarnEx(ctx, category, utf8, stack_level);
    HPy_Close(ctx, message);
    return status;
}
