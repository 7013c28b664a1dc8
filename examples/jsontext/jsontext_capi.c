/* jsontext.c in CPython's C API, in the way of CPython's own accelerator of the module json: for comparison. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define MAX_DEPTH 1000

/* Before CPython 3.14 the writer of str was private, which kept nobody from using it. */
#if PY_VERSION_HEX < 0x030E0000
typedef struct {
    _PyUnicodeWriter inner;
} PyUnicodeWriter;

static PyUnicodeWriter *PyUnicodeWriter_Create(Py_ssize_t length)
{
    PyUnicodeWriter *writer = PyMem_Malloc(sizeof(*writer));
    if (writer == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    _PyUnicodeWriter_Init(&writer->inner);
    writer->inner.overallocate = 1;
    writer->inner.min_length = length;
    return writer;
}

static void PyUnicodeWriter_Discard(PyUnicodeWriter *writer)
{
    _PyUnicodeWriter_Dealloc(&writer->inner);
    PyMem_Free(writer);
}

static PyObject *PyUnicodeWriter_Finish(PyUnicodeWriter *writer)
{
    PyObject *text = _PyUnicodeWriter_Finish(&writer->inner);
    PyMem_Free(writer);
    return text;
}

static int PyUnicodeWriter_WriteChar(PyUnicodeWriter *writer, Py_UCS4 c)
{
    return _PyUnicodeWriter_WriteChar(&writer->inner, c);
}

static int PyUnicodeWriter_WriteASCII(PyUnicodeWriter *writer, const char *text, Py_ssize_t length)
{
    return _PyUnicodeWriter_WriteASCIIString(&writer->inner, text, length);
}

static int PyUnicodeWriter_WriteSubstring(PyUnicodeWriter *writer, PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    /* The private function does not expect nothing. */
    return start == end ? 0 : _PyUnicodeWriter_WriteSubstring(&writer->inner, text, start, end);
}

static int PyUnicodeWriter_WriteRepr(PyUnicodeWriter *writer, PyObject *object)
{
    PyObject *repr = PyObject_Repr(object);
    if (repr == NULL)
        return -1;
    int status = _PyUnicodeWriter_WriteStr(&writer->inner, repr);
    Py_DECREF(repr);
    return status;
}
#endif

static PyObject *decode_error; /* json.JSONDecodeError */

/* --- reading --- */

typedef struct {
    PyObject *text;
    const void *data;
    int kind;
    Py_ssize_t length;
    Py_ssize_t at;
    int depth;
    PyObject *keys; /* the keys read so far, each mapped to itself: equal keys are one object */
} Scanner;

static PyObject *scan_value(Scanner *s);

static PyObject *fail_at(Scanner *s, const char *message, Py_ssize_t at)
{
    PyObject *exception = PyObject_CallFunction(decode_error, "sOn", message, s->text, at);
    if (exception != NULL) {
        PyErr_SetObject(decode_error, exception);
        Py_DECREF(exception);
    }
    return NULL;
}

static PyObject *fail(Scanner *s, const char *message)
{
    return fail_at(s, message, s->at);
}

/* The code point at a place, or 0 behind the end. */
static Py_UCS4 char_at(const Scanner *s, Py_ssize_t at)
{
    return at < s->length ? PyUnicode_READ(s->kind, s->data, at) : 0;
}

static Py_UCS4 next_token(Scanner *s)
{
    for (;; s->at++) {
        Py_UCS4 c = char_at(s, s->at);
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return c;
    }
}

/* Four hexadecimal digits, or -1. */
static int hex4(Scanner *s, Py_ssize_t at)
{
    int value = 0;
    for (Py_ssize_t i = at; i < at + 4; i++) {
        Py_UCS4 c = char_at(s, i);
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
static Py_UCS4 scan_escape(Scanner *s)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    Py_ssize_t start = s->at;
    Py_UCS4 c = char_at(s, start + 1);
    const char *name = c != 0 && c < 128 ? strchr(names, (int)c) : NULL;
    if (name != NULL) {
        s->at = start + 2;
        return (Py_UCS4)values[name - names];
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
            return 0x10000 + (((Py_UCS4)value - 0xd800) << 10) + ((Py_UCS4)low - 0xdc00);
        }
    }
    return (Py_UCS4)value;
}

/* A string, with `at` behind its quote. */
static PyObject *scan_string(Scanner *s)
{
    Py_ssize_t quote = s->at - 1;
    PyUnicodeWriter *writer = NULL;
    for (;;) {
        Py_ssize_t start = s->at;
        Py_UCS4 c = char_at(s, s->at);
        while (c != '"' && c != '\\' && c >= ' ')
            c = char_at(s, ++s->at);
        if (c == '"' && writer == NULL)
            return PyUnicode_Substring(s->text, start, s->at++);
        if (writer == NULL && (writer = PyUnicodeWriter_Create(0)) == NULL)
            return NULL;
        if (PyUnicodeWriter_WriteSubstring(writer, s->text, start, s->at) < 0)
            break;
        if (c == '"') {
            s->at++;
            return PyUnicodeWriter_Finish(writer);
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
        Py_UCS4 escaped = scan_escape(s);
        if (escaped == 0xffffffff || PyUnicodeWriter_WriteChar(writer, escaped) < 0)
            break;
    }
    PyUnicodeWriter_Discard(writer);
    return NULL;
}

static int skip_digits(Scanner *s)
{
    Py_ssize_t start = s->at;
    while (char_at(s, s->at) >= '0' && char_at(s, s->at) <= '9')
        s->at++;
    return s->at > start;
}

static PyObject *scan_number(Scanner *s)
{
    Py_ssize_t start = s->at;
    int is_float = 0;
    if (char_at(s, s->at) == '-')
        s->at++;
    if (char_at(s, s->at) == '0')
        s->at++;
    else if (!skip_digits(s))
        return fail_at(s, "Expecting value", start);
    Py_ssize_t end = s->at;
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
        for (Py_ssize_t i = start + negative; i < end; i++)
            value = value * 10 + (char_at(s, i) - '0');
        return PyLong_FromLongLong(negative ? -value : value);
    }
    PyObject *digits = PyUnicode_Substring(s->text, start, end);
    if (digits == NULL)
        return NULL;
    PyObject *number = is_float ? PyFloat_FromString(digits) : PyLong_FromUnicodeObject(digits, 10);
    Py_DECREF(digits);
    return number;
}

static PyObject *scan_word(Scanner *s, const char *word, PyObject *value)
{
    for (size_t i = 0; word[i] != '\0'; i++)
        if (char_at(s, s->at + (Py_ssize_t)i) != (Py_UCS4)word[i])
            return fail(s, "Expecting value");
    s->at += (Py_ssize_t)strlen(word);
    Py_INCREF(value);
    return value;
}

static PyObject *scan_array(Scanner *s)
{
    PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    s->at++;
    if (next_token(s) == ']') {
        s->at++;
        return list;
    }
    for (;;) {
        PyObject *item = scan_value(s);
        int status = item == NULL ? -1 : PyList_Append(list, item);
        Py_XDECREF(item);
        if (status < 0)
            break;
        Py_UCS4 c = next_token(s);
        if (c != ',' && c != ']') {
            fail(s, "Expecting ',' delimiter");
            break;
        }
        s->at++;
        if (c == ']')
            return list;
    }
    Py_DECREF(list);
    return NULL;
}

static PyObject *scan_key(Scanner *s)
{
    if (next_token(s) != '"')
        return fail(s, "Expecting property name enclosed in double quotes");
    s->at++;
    PyObject *key = scan_string(s);
    if (key == NULL)
        return NULL;
    PyObject *known = PyDict_SetDefault(s->keys, key, key);
    Py_XINCREF(known);
    Py_DECREF(key);
    if (known != NULL && next_token(s) != ':') {
        Py_DECREF(known);
        return fail(s, "Expecting ':' delimiter");
    }
    s->at++;
    return known;
}

static PyObject *scan_object(Scanner *s)
{
    PyObject *dict = PyDict_New();
    if (dict == NULL)
        return NULL;
    s->at++;
    if (next_token(s) == '}') {
        s->at++;
        return dict;
    }
    for (;;) {
        PyObject *key = scan_key(s);
        if (key == NULL)
            break;
        PyObject *value = scan_value(s);
        int status = value == NULL ? -1 : PyDict_SetItem(dict, key, value);
        Py_DECREF(key);
        Py_XDECREF(value);
        if (status < 0)
            break;
        Py_UCS4 c = next_token(s);
        if (c != ',' && c != '}') {
            fail(s, "Expecting ',' delimiter");
            break;
        }
        s->at++;
        if (c == '}')
            return dict;
    }
    Py_DECREF(dict);
    return NULL;
}

static PyObject *scan_nested(Scanner *s, PyObject *(*scan)(Scanner *))
{
    if (s->depth == MAX_DEPTH) {
        PyErr_SetString(PyExc_RecursionError, "too many levels of arrays and objects");
        return NULL;
    }
    s->depth++;
    PyObject *value = scan(s);
    s->depth--;
    return value;
}

static PyObject *scan_value(Scanner *s)
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
        return scan_word(s, "null", Py_None);
    case 't':
        return scan_word(s, "true", Py_True);
    case 'f':
        return scan_word(s, "false", Py_False);
    default:
        return scan_number(s);
    }
}

static PyObject *loads(PyObject *module, PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "loads() argument must be str, not %.50s", Py_TYPE(text)->tp_name);
        return NULL;
    }
    Scanner s = {.text = text, .data = PyUnicode_DATA(text), .kind = PyUnicode_KIND(text),
                 .length = PyUnicode_GET_LENGTH(text), .keys = PyDict_New()};
    if (s.keys == NULL)
        return NULL;
    PyObject *value = scan_value(&s);
    if (value != NULL && (next_token(&s), s.at < s.length)) {
        Py_DECREF(value);
        value = fail(&s, "Extra data");
    }
    Py_DECREF(s.keys);
    return value;
}

/* --- writing --- */

typedef struct {
    PyUnicodeWriter *out;
    int depth;
} Printer;

static int print_value(Printer *p, PyObject *value);

static int print_ascii(Printer *p, const char *text)
{
    return PyUnicodeWriter_WriteASCII(p->out, text, (Py_ssize_t)strlen(text));
}

static int print_escape(Printer *p, Py_UCS4 c)
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
static int print_str(Printer *p, PyObject *text)
{
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), start = 0;
    if (PyUnicodeWriter_WriteChar(p->out, '"') < 0)
        return -1;
    for (Py_ssize_t i = 0; i <= length; i++) {
        Py_UCS4 c = i < length ? PyUnicode_READ(kind, data, i) : 0;
        if (c >= ' ' && c < 127 && c != '"' && c != '\\')
            continue;
        if (PyUnicodeWriter_WriteSubstring(p->out, text, start, i) < 0 || (i < length && print_escape(p, c) < 0))
            return -1;
        start = i + 1;
    }
    return PyUnicodeWriter_WriteChar(p->out, '"');
}

static int print_float(Printer *p, PyObject *number)
{
    double x = PyFloat_AS_DOUBLE(number);
    if (x != x)
        return print_ascii(p, "NaN");
    if (x - x != 0)
        return print_ascii(p, x > 0 ? "Infinity" : "-Infinity");
    return PyUnicodeWriter_WriteRepr(p->out, number);
}

static int print_list(Printer *p, PyObject *list)
{
    PyObject *items = PySequence_Fast(list, "expected a list or tuple");
    int status = items == NULL ? -1 : PyUnicodeWriter_WriteChar(p->out, '[');
    for (Py_ssize_t i = 0; status == 0 && i < PySequence_Fast_GET_SIZE(items); i++) {
        status = i > 0 ? print_ascii(p, ", ") : 0;
        if (status == 0)
            status = print_value(p, PySequence_Fast_GET_ITEM(items, i));
    }
    Py_XDECREF(items);
    return status < 0 ? -1 : PyUnicodeWriter_WriteChar(p->out, ']');
}

static int print_dict(Printer *p, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t position = 0, count = 0;
    int status = PyUnicodeWriter_WriteChar(p->out, '{');
    while (status == 0 && PyDict_Next(dict, &position, &key, &value)) {
        if (!PyUnicode_Check(key)) {
            PyErr_Format(PyExc_TypeError, "keys must be str, not %.50s", Py_TYPE(key)->tp_name);
            return -1;
        }
        status = count++ > 0 ? print_ascii(p, ", ") : 0;
        if (status == 0)
            status = print_str(p, key);
        if (status == 0)
            status = print_ascii(p, ": ");
        if (status == 0)
            status = print_value(p, value);
    }
    return status < 0 ? -1 : PyUnicodeWriter_WriteChar(p->out, '}');
}

static int print_nested(Printer *p, PyObject *value, int (*print)(Printer *, PyObject *))
{
    if (p->depth == MAX_DEPTH) {
        PyErr_SetString(PyExc_RecursionError, "too many levels of lists and dicts");
        return -1;
    }
    p->depth++;
    int status = print(p, value);
    p->depth--;
    return status;
}

static int print_value(Printer *p, PyObject *value)
{
    if (value == Py_None)
        return print_ascii(p, "null");
    if (value == Py_True)
        return print_ascii(p, "true");
    if (value == Py_False)
        return print_ascii(p, "false");
    if (PyUnicode_Check(value))
        return print_str(p, value);
    if (PyLong_CheckExact(value))
        return PyUnicodeWriter_WriteRepr(p->out, value);
    if (PyFloat_CheckExact(value))
        return print_float(p, value);
    if (PyList_Check(value) || PyTuple_Check(value))
        return print_nested(p, value, print_list);
    if (PyDict_Check(value))
        return print_nested(p, value, print_dict);
    PyErr_Format(PyExc_TypeError, "Object of type %.50s is not JSON serializable", Py_TYPE(value)->tp_name);
    return -1;
}

static PyObject *dumps(PyObject *module, PyObject *value)
{
    Printer p = {.out = PyUnicodeWriter_Create(0)};
    if (p.out == NULL)
        return NULL;
    if (print_value(&p, value) < 0) {
        PyUnicodeWriter_Discard(p.out);
        return NULL;
    }
    return PyUnicodeWriter_Finish(p.out);
}

static PyMethodDef methods[] = {
    {"loads", loads, METH_O, "loads(text, /)\n--\n\nThe value that a JSON text describes."},
    {"dumps", dumps, METH_O, "dumps(value, /)\n--\n\nA JSON text, in ASCII, that describes a value."},
    {NULL, NULL, 0, NULL},
};

static int execute(PyObject *module)
{
    PyObject *json = PyImport_ImportModule("json");
    if (json == NULL)
        return -1;
    decode_error = PyObject_GetAttrString(json, "JSONDecodeError");
    Py_DECREF(json);
    return decode_error == NULL ? -1 : PyObject_SetAttrString(module, "JSONDecodeError", decode_error);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "jsontext_capi",
    .m_doc = "JSON, as the module json of the standard library reads and writes it.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_jsontext_capi(void)
{
    return PyModuleDef_Init(&definition);
}
