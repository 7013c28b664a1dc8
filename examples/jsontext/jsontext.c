/* JSON, as the module json of the standard library reads and writes it. jsontext_capi.c is the same in CPython's C API;
 * test_jsontext.py tests both against json. */
#include <hpy.h>

#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 1000

static HPyGlobal decode_error; /* json.JSONDecodeError */

/* --- reading --- */

typedef struct {
    HPyContext *ctx;
    HPy text;
    HPy_buffer view; /* the code points of the text, where the engine has them */
    HPy_ssize_t length;
    HPy_ssize_t at;
    int depth;
    HPy keys; /* the keys read so far, each mapped to itself: equal keys are one object */
} Scanner;

static HPy scan_value(Scanner *s);

/* Begins to read a str. End it with HPyBuffer_Release of the view. */
static int open_text(Scanner *s, HPy text)
{
    int formats = HPyUnicode_FORMAT_UCS1 | HPyUnicode_FORMAT_UCS2 | HPyUnicode_FORMAT_UCS4;
    if (HPyUnicode_Export(s->ctx, text, formats, &s->view) < 0)
        return -1;
    s->text = text;
    s->length = s->view.len / s->view.itemsize;
    return 0;
}

static HPy fail_at(Scanner *s, const char *message, HPy_ssize_t at)
{
    HPy type = HPyGlobal_Load(s->ctx, decode_error);
    HPy args = HPy_BuildValue(s->ctx, "sOn", message, s->text, at);
    HPy exception = HPy_IsNull(args) ? HPy_NULL : HPy_CallTupleDict(s->ctx, type, args, HPy_NULL);
    if (!HPy_IsNull(exception))
        HPyErr_SetObject(s->ctx, type, exception);
    HPy_Close(s->ctx, exception);
    HPy_Close(s->ctx, args);
    HPy_Close(s->ctx, type);
    return HPy_NULL;
}

static HPy fail(Scanner *s, const char *message)
{
    return fail_at(s, message, s->at);
}

/* The code point at a place, or 0 behind the end. */
static uint32_t char_at(const Scanner *s, HPy_ssize_t at)
{
    if (at >= s->length)
        return 0;
    switch (s->view.itemsize) {
    case 1:
        return ((const uint8_t *)s->view.buf)[at];
    case 2:
        return ((const uint16_t *)s->view.buf)[at];
    default:
        return ((const uint32_t *)s->view.buf)[at];
    }
}

static uint32_t next_token(Scanner *s)
{
    for (;; s->at++) {
        uint32_t c = char_at(s, s->at);
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return c;
    }
}

/* Four hexadecimal digits, or -1. */
static int hex4(Scanner *s, HPy_ssize_t at)
{
    int value = 0;
    for (HPy_ssize_t i = at; i < at + 4; i++) {
        uint32_t c = char_at(s, i);
        int digit = c >= '0' && c <= '9'   ? (int)(c - '0')
                    : c >= 'a' && c <= 'f' ? (int)(c - 'a' + 10)
                    : c >= 'A' && c <= 'F' ? (int)(c - 'A' + 10)
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* The code point that an escape stands for, with `at` at the backslash and then behind the escape; 0xffffffff on failure. */
static uint32_t scan_escape(Scanner *s)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    HPy_ssize_t start = s->at;
    uint32_t c = char_at(s, start + 1);
    const char *name = c != 0 && c < 128 ? strchr(names, (int)c) : NULL;
    if (name != NULL) {
        s->at = start + 2;
        return (uint32_t)values[name - names];
    }
    if (c != 'u') {
        fail(s, "Invalid \\escape");
        return 0xffffffff;
    }
    int value = hex4(s, start + 2);
    if (value < 0) {
        fail_at(s, "Invalid \\uXXXX escape", start + 1);
        return 0xffffffff;
    }
    s->at = start + 6;
    if (value >= 0xd800 && value < 0xdc00 && char_at(s, s->at) == '\\' && char_at(s, s->at + 1) == 'u') {
        int low = hex4(s, s->at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            s->at += 6;
            return 0x10000 + (((uint32_t)value - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
        }
    }
    return (uint32_t)value;
}

/* A string, with `at` behind its quote. */
static HPy scan_string(Scanner *s)
{
    HPyContext *ctx = s->ctx;
    HPy_ssize_t quote = s->at - 1;
    HPyUnicodeWriter writer = {0};
    for (;;) {
        HPy_ssize_t start = s->at;
        uint32_t c = char_at(s, s->at);
        while (c != '"' && c != '\\' && c >= ' ')
            c = char_at(s, ++s->at);
        if (c == '"' && HPy_IsNull(writer))
            return HPyUnicode_Substring(ctx, s->text, start, s->at++);
        if (HPy_IsNull(writer) && HPy_IsNull(writer = HPyUnicodeWriter_Create(ctx, 0)))
            return HPy_NULL;
        if (HPyUnicodeWriter_WriteSubstring(ctx, writer, s->text, start, s->at) < 0)
            break;
        if (c == '"') {
            s->at++;
            return HPyUnicodeWriter_Finish(ctx, writer);
        }
        if (c != '\\') {
            if (s->at < s->length)
                fail(s, "Invalid control character at");
            else
                fail_at(s, "Unterminated string starting at", quote);
            break;
        }
        if (s->at + 1 >= s->length) {
            fail_at(s, "Unterminated string starting at", quote);
            break;
        }
        uint32_t escaped = scan_escape(s);
        if (escaped == 0xffffffff || HPyUnicodeWriter_WriteChar(ctx, writer, escaped) < 0)
            break;
    }
    HPyUnicodeWriter_Discard(ctx, writer);
    return HPy_NULL;
}

static int skip_digits(Scanner *s)
{
    HPy_ssize_t start = s->at;
    while (char_at(s, s->at) >= '0' && char_at(s, s->at) <= '9')
        s->at++;
    return s->at > start;
}

static HPy scan_number(Scanner *s)
{
    HPyContext *ctx = s->ctx;
    HPy_ssize_t start = s->at;
    int is_float = 0;
    if (char_at(s, s->at) == '-')
        s->at++;
    if (char_at(s, s->at) == '0')
        s->at++;
    else if (!skip_digits(s))
        return fail_at(s, "Expecting value", start);
    HPy_ssize_t end = s->at;
    if (char_at(s, s->at) == '.') {
        s->at++;
        is_float |= skip_digits(s);
        end = is_float ? s->at : end;
        s->at = end;
    }
    if ((char_at(s, s->at) | 0x20) == 'e') {
        s->at++;
        if (char_at(s, s->at) == '-' || char_at(s, s->at) == '+')
            s->at++;
        if (skip_digits(s)) {
            is_float = 1;
            end = s->at;
        }
        s->at = end;
    }
    if (!is_float && end - start <= 18) {
        int negative = char_at(s, start) == '-';
        long long value = 0;
        for (HPy_ssize_t i = start + negative; i < end; i++)
            value = value * 10 + (char_at(s, i) - '0');
        return HPyLong_FromLongLong(ctx, negative ? -value : value);
    }
    HPy digits = HPyUnicode_Substring(ctx, s->text, start, end);
    if (HPy_IsNull(digits))
        return HPy_NULL;
    HPy number = is_float ? HPy_Float(ctx, digits) : HPy_Long(ctx, digits);
    HPy_Close(ctx, digits);
    return number;
}

static HPy scan_word(Scanner *s, const char *word, HPy value)
{
    for (size_t i = 0; word[i] != '\0'; i++)
        if (char_at(s, s->at + (HPy_ssize_t)i) != (uint32_t)word[i])
            return fail(s, "Expecting value");
    s->at += (HPy_ssize_t)strlen(word);
    return HPy_Dup(s->ctx, value);
}

static HPy scan_array(Scanner *s)
{
    HPyContext *ctx = s->ctx;
    HPy list = HPyList_New(ctx, 0);
    if (HPy_IsNull(list))
        return HPy_NULL;
    s->at++;
    if (next_token(s) == ']') {
        s->at++;
        return list;
    }
    for (;;) {
        HPy item = scan_value(s);
        int status = HPy_IsNull(item) ? -1 : HPyList_Append(ctx, list, item);
        HPy_Close(ctx, item);
        if (status < 0)
            break;
        uint32_t c = next_token(s);
        if (c != ',' && c != ']') {
            fail(s, "Expecting ',' delimiter");
            break;
        }
        s->at++;
        if (c == ']')
            return list;
    }
    HPy_Close(ctx, list);
    return HPy_NULL;
}

static HPy scan_key(Scanner *s)
{
    HPyContext *ctx = s->ctx;
    if (next_token(s) != '"')
        return fail(s, "Expecting property name enclosed in double quotes");
    s->at++;
    HPy key = scan_string(s), known;
    if (HPy_IsNull(key))
        return HPy_NULL;
    HPyDict_SetDefaultRef(ctx, s->keys, key, key, &known);
    HPy_Close(ctx, key);
    if (!HPy_IsNull(known) && next_token(s) != ':') {
        HPy_Close(ctx, known);
        return fail(s, "Expecting ':' delimiter");
    }
    s->at++;
    return known;
}

static HPy scan_object(Scanner *s)
{
    HPyContext *ctx = s->ctx;
    HPy dict = HPyDict_New(ctx);
    if (HPy_IsNull(dict))
        return HPy_NULL;
    s->at++;
    if (next_token(s) == '}') {
        s->at++;
        return dict;
    }
    for (;;) {
        HPy key = scan_key(s);
        if (HPy_IsNull(key))
            break;
        HPy value = scan_value(s);
        int status = HPy_IsNull(value) ? -1 : HPy_SetItem(ctx, dict, key, value);
        HPy_Close(ctx, key);
        HPy_Close(ctx, value);
        if (status < 0)
            break;
        uint32_t c = next_token(s);
        if (c != ',' && c != '}') {
            fail(s, "Expecting ',' delimiter");
            break;
        }
        s->at++;
        if (c == '}')
            return dict;
    }
    HPy_Close(ctx, dict);
    return HPy_NULL;
}

static HPy scan_nested(Scanner *s, HPy (*scan)(Scanner *))
{
    if (s->depth == MAX_DEPTH)
        return HPyErr_SetString(s->ctx, s->ctx->h_RecursionError, "too many levels of arrays and objects");
    s->depth++;
    HPy value = scan(s);
    s->depth--;
    return value;
}

static HPy scan_value(Scanner *s)
{
    switch (next_token(s)) {
    case '"':
        s->at++;
        return scan_string(s);
    case '{':
        return scan_nested(s, scan_object);
    case '[':
        return scan_nested(s, scan_array);
    case 'n':
        return scan_word(s, "null", s->ctx->h_None);
    case 't':
        return scan_word(s, "true", s->ctx->h_True);
    case 'f':
        return scan_word(s, "false", s->ctx->h_False);
    default:
        return scan_number(s);
    }
}

HPyDef_METH(loads, "loads", HPyFunc_O, .doc = "loads(text, /)\n--\n\nThe value that a JSON text describes.")
static HPy loads_impl(HPyContext *ctx, HPy module, HPy text)
{
    (void)module;
    Scanner s = {.ctx = ctx, .keys = HPyDict_New(ctx)};
    if (HPy_IsNull(s.keys) || open_text(&s, text) < 0) {
        HPy_Close(ctx, s.keys);
        return HPy_NULL;
    }
    HPy value = scan_value(&s);
    if (!HPy_IsNull(value) && (next_token(&s), s.at < s.length)) {
        HPy_Close(ctx, value);
        value = fail(&s, "Extra data");
    }
    HPy_Close(ctx, s.keys);
    HPyBuffer_Release(ctx, &s.view);
    return value;
}

/* --- writing --- */

typedef struct {
    HPyContext *ctx;
    HPyUnicodeWriter out;
    int depth;
    char buffer[256]; /* what is not in `out` yet: few long pieces are quicker than many short ones */
    HPy_ssize_t used;
} Printer;

static int print_value(Printer *p, HPy value);

static void refuse(HPyContext *ctx, const char *format, HPy h)
{
    HPy type = HPy_Type(ctx, h);
    HPyErr_Format(ctx, ctx->h_TypeError, format, HPyType_GetName(ctx, type));
    HPy_Close(ctx, type);
}

static int flush(Printer *p)
{
    HPy_ssize_t size = p->used;
    p->used = 0;
    return HPyUnicodeWriter_WriteUTF8(p->ctx, p->out, p->buffer, size);
}

static int print_char(Printer *p, char c)
{
    if (p->used == (HPy_ssize_t)sizeof(p->buffer) && flush(p) < 0)
        return -1;
    p->buffer[p->used++] = c;
    return 0;
}

static int print_ascii(Printer *p, const char *text)
{
    for (; *text != '\0'; text++)
        if (print_char(p, *text) < 0)
            return -1;
    return 0;
}

static int print_repr(Printer *p, HPy object)
{
    return flush(p) < 0 ? -1 : HPyUnicodeWriter_WriteRepr(p->ctx, p->out, object);
}

static int print_escape(Printer *p, uint32_t c)
{
    static const char names[] = "\"\\bfnrt", values[] = "\"\\\b\f\n\r\t";
    char escape[16];
    const char *value = c != 0 && c < 128 ? strchr(values, (int)c) : NULL;
    if (value != NULL)
        snprintf(escape, sizeof(escape), "\\%c", names[value - values]);
    else if (c < 0x10000)
        snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)c);
    else
        snprintf(escape, sizeof(escape), "\\u%04x\\u%04x", (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
                 (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff)));
    return print_ascii(p, escape);
}

/* A str in ASCII, with escapes for all else. */
static int print_str(Printer *p, HPy text)
{
    Scanner s = {.ctx = p->ctx};
    if (open_text(&s, text) < 0)
        return -1;
    int status = print_char(p, '"');
    for (HPy_ssize_t i = 0; status == 0 && i < s.length; i++) {
        uint32_t c = char_at(&s, i);
        if (c >= ' ' && c < 127 && c != '"' && c != '\\')
            status = print_char(p, (char)c);
        else
            status = print_escape(p, c);
    }
    HPyBuffer_Release(p->ctx, &s.view);
    return status < 0 ? -1 : print_char(p, '"');
}

static int print_float(Printer *p, HPy number)
{
    double x = HPyFloat_AsDouble(p->ctx, number);
    if (x != x)
        return print_ascii(p, "NaN");
    if (x - x != 0)
        return print_ascii(p, x > 0 ? "Infinity" : "-Infinity");
    return print_repr(p, number);
}

static int print_list(Printer *p, HPy list)
{
    HPy items[16];
    HPy_ssize_t start = 0, count;
    int status = print_char(p, '[');
    while (status == 0 && (count = HPySequence_GetItems(p->ctx, list, start, 16, items)) != 0) {
        status = count < 0 ? -1 : 0;
        for (HPy_ssize_t i = 0; status == 0 && i < count; i++) {
            status = start + i > 0 ? print_ascii(p, ", ") : 0;
            if (status == 0)
                status = print_value(p, items[i]);
        }
        HPy_CloseArray(p->ctx, items, count);
        start += count;
    }
    return status < 0 ? -1 : print_char(p, ']');
}

static int print_key(Printer *p, HPy key)
{
    if (HPyUnicode_Check(p->ctx, key))
        return print_str(p, key);
    refuse(p->ctx, "keys must be str, not %s", key);
    return -1;
}

static int print_dict(Printer *p, HPy dict)
{
    HPyDictIter iter = HPyDictIter_INIT;
    HPy keys[8], values[8];
    HPy_ssize_t done = 0, count;
    int status = print_char(p, '{');
    while (status == 0 && (count = HPyDict_Next(p->ctx, dict, &iter, keys, values, 8)) != 0) {
        status = count < 0 ? -1 : 0;
        for (HPy_ssize_t i = 0; status == 0 && i < count; i++) {
            status = done++ > 0 ? print_ascii(p, ", ") : 0;
            if (status == 0)
                status = print_key(p, keys[i]);
            if (status == 0)
                status = print_ascii(p, ": ");
            if (status == 0)
                status = print_value(p, values[i]);
        }
        HPy_CloseArray(p->ctx, keys, count);
        HPy_CloseArray(p->ctx, values, count);
    }
    return status < 0 ? -1 : print_char(p, '}');
}

static int print_nested(Printer *p, HPy value, int (*print)(Printer *, HPy))
{
    if (p->depth == MAX_DEPTH) {
        HPyErr_SetString(p->ctx, p->ctx->h_RecursionError, "too many levels of lists and dicts");
        return -1;
    }
    p->depth++;
    int status = print(p, value);
    p->depth--;
    return status;
}

static int print_value(Printer *p, HPy value)
{
    HPyContext *ctx = p->ctx;
    if (HPy_Is(ctx, value, ctx->h_None))
        return print_ascii(p, "null");
    if (HPy_Is(ctx, value, ctx->h_True))
        return print_ascii(p, "true");
    if (HPy_Is(ctx, value, ctx->h_False))
        return print_ascii(p, "false");
    if (HPyUnicode_Check(ctx, value))
        return print_str(p, value);
    if (HPyLong_CheckExact(ctx, value))
        return print_repr(p, value);
    if (HPyFloat_CheckExact(ctx, value))
        return print_float(p, value);
    if (HPyList_Check(ctx, value) || HPyTuple_Check(ctx, value))
        return print_nested(p, value, print_list);
    if (HPyDict_Check(ctx, value))
        return print_nested(p, value, print_dict);
    refuse(ctx, "Object of type %s is not JSON serializable", value);
    return -1;
}

HPyDef_METH(dumps, "dumps", HPyFunc_O, .doc = "dumps(value, /)\n--\n\nA JSON text, in ASCII, that describes a value.")
static HPy dumps_impl(HPyContext *ctx, HPy module, HPy value)
{
    (void)module;
    Printer p = {.ctx = ctx, .out = HPyUnicodeWriter_Create(ctx, 0)};
    if (HPy_IsNull(p.out))
        return HPy_NULL;
    if (print_value(&p, value) < 0 || flush(&p) < 0) {
        HPyUnicodeWriter_Discard(ctx, p.out);
        return HPy_NULL;
    }
    return HPyUnicodeWriter_Finish(ctx, p.out);
}

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    HPy json = HPyImport_ImportModule(ctx, "json");
    HPy type = HPy_IsNull(json) ? HPy_NULL : HPy_GetAttr_s(ctx, json, "JSONDecodeError");
    int status = HPy_IsNull(type) ? -1 : HPy_SetAttr_s(ctx, module, "JSONDecodeError", type);
    if (status == 0)
        HPyGlobal_Store(ctx, &decode_error, type);
    HPy_Close(ctx, type);
    HPy_Close(ctx, json);
    return status;
}

static HPyDef *defines[] = {&loads, &dumps, &execute, NULL};
static HPyGlobal *globals[] = {&decode_error, NULL};
static HPyModuleDef definition = {
    .doc = "JSON, as the module json of the standard library reads and writes it.",
    .defines = defines,
    .globals = globals,
};

HPy_MODINIT(jsontext, definition)
