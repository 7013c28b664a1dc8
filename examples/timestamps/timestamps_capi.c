/* timestamps.c in CPython's C API: for comparison. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <datetime.h>

#include "moment.h"

static PyObject *datetime_from(const Moment *m)
{
    PyObject *zone;
    if (!m->has_offset) {
        Py_INCREF(Py_None);
        zone = Py_None;
    } else if (m->offset == 0) {
        Py_INCREF(PyDateTime_TimeZone_UTC);
        zone = PyDateTime_TimeZone_UTC;
    } else {
        PyObject *delta = PyDelta_FromDSU(0, m->offset, 0);
        zone = delta == NULL ? NULL : PyTimeZone_FromOffset(delta);
        Py_XDECREF(delta);
    }
    if (zone == NULL)
        return NULL;
    PyObject *result = PyDateTimeAPI->DateTime_FromDateAndTime(m->year, m->month, m->day, m->hour, m->minute, m->second,
                                                               m->microsecond, zone, PyDateTimeAPI->DateTimeType);
    Py_DECREF(zone);
    return result;
}

static PyObject *parse(PyObject *module, PyObject *text)
{
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, &size);
    Moment m;
    if (utf8 == NULL)
        return NULL;
    if (!moment_parse(utf8, (size_t)size, &m))
        return PyErr_Format(PyExc_ValueError, "not a time in ISO 8601: %R", text);
    return datetime_from(&m);
}

static PyObject *parse_lines(PyObject *module, PyObject *data)
{
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *list = PyList_New(0);
    const char *at = view.buf, *end = at + view.len;
    for (Py_ssize_t line = 1; list != NULL && at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline == NULL ? end : newline;
        Moment m;
        PyObject *item = NULL;
        if (moment_parse(at, (size_t)(stop - at), &m))
            item = datetime_from(&m);
        else
            PyErr_Format(PyExc_ValueError, "line %zd is not a time in ISO 8601", line);
        if (item == NULL || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
        at = stop + 1;
    }
    PyBuffer_Release(&view);
    return list;
}

/* A buffer of 64-bit integers in the machine's byte order. */
static int get_int64s(PyObject *object, Py_buffer *view, int flags)
{
    if (PyObject_GetBuffer(object, view, flags | PyBUF_FORMAT | PyBUF_C_CONTIGUOUS) < 0)
        return -1;
    const char *format = view->format == NULL ? "B" : view->format;
    if (view->ndim == 1 && view->itemsize == 8 && (strcmp(format, "q") == 0 || strcmp(format, "l") == 0))
        return 0;
    PyErr_Format(PyExc_TypeError, "expected an array of 64-bit integers, not of format '%s'", format);
    PyBuffer_Release(view);
    return -1;
}

static PyObject *from_epoch(PyObject *module, PyObject *numbers)
{
    Py_buffer view;
    if (get_int64s(numbers, &view, 0) < 0)
        return NULL;
    Py_ssize_t count = view.len / 8;
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        Moment m;
        PyObject *item = NULL;
        if (moment_from_microseconds(((const int64_t *)view.buf)[i], &m))
            item = datetime_from(&m);
        else
            PyErr_Format(PyExc_OverflowError, "number %zd is not in the years 1 to 9999", i);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, item);
    }
    PyBuffer_Release(&view);
    return list;
}

/* The microseconds of a datetime, which is in UTC if it has no zone. Returns -1 on failure. */
static int microseconds_of(PyObject *object, int64_t *result)
{
    if (!PyDateTime_Check(object)) {
        PyErr_Format(PyExc_TypeError, "expected datetime, not %.50s", Py_TYPE(object)->tp_name);
        return -1;
    }
    Moment m = {
        .year = PyDateTime_GET_YEAR(object), .month = PyDateTime_GET_MONTH(object), .day = PyDateTime_GET_DAY(object),
        .hour = PyDateTime_DATE_GET_HOUR(object), .minute = PyDateTime_DATE_GET_MINUTE(object),
        .second = PyDateTime_DATE_GET_SECOND(object), .microsecond = PyDateTime_DATE_GET_MICROSECOND(object),
    };
    *result = microseconds_from_moment(&m);
    if (((PyDateTime_DateTime *)object)->hastzinfo) {
        PyObject *offset = PyObject_CallMethod(object, "utcoffset", NULL);
        if (offset == NULL)
            return -1;
        if (PyDelta_Check(offset))
            *result -= ((int64_t)PyDateTime_DELTA_GET_DAYS(offset) * 86400 + PyDateTime_DELTA_GET_SECONDS(offset)) *
                           MICROSECONDS + PyDateTime_DELTA_GET_MICROSECONDS(offset);
        Py_DECREF(offset);
    }
    return 0;
}

static PyObject *to_epoch(PyObject *module, PyObject *args)
{
    PyObject *datetimes, *out;
    if (!PyArg_ParseTuple(args, "OO:to_epoch", &datetimes, &out))
        return NULL;
    PyObject *items = PySequence_Fast(datetimes, "expected a sequence of datetimes");
    if (items == NULL)
        return NULL;
    Py_buffer view;
    if (get_int64s(out, &view, PyBUF_WRITABLE) < 0) {
        Py_DECREF(items);
        return NULL;
    }
    int status = 0;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    if (count > view.len / 8) {
        PyErr_Format(PyExc_ValueError, "more datetimes than room: %zd", view.len / 8);
        status = -1;
    }
    for (Py_ssize_t i = 0; status == 0 && i < count && i < PySequence_Fast_GET_SIZE(items); i++)
        status = microseconds_of(PySequence_Fast_GET_ITEM(items, i), (int64_t *)view.buf + i);
    PyBuffer_Release(&view);
    Py_DECREF(items);
    return status < 0 ? NULL : PyLong_FromSsize_t(count);
}

static PyMethodDef methods[] = {
    {"parse", parse, METH_O, "parse(text, /)\n--\n\nThe datetime that a text in ISO 8601 describes."},
    {"parse_lines", parse_lines, METH_O,
     "parse_lines(data, /)\n--\n\nThe datetimes in the lines of a buffer, as a list."},
    {"from_epoch", from_epoch, METH_O,
     "from_epoch(numbers, /)\n--\n\nThe datetimes of an array of microseconds since 1970 in UTC, as a list."},
    {"to_epoch", to_epoch, METH_VARARGS,
     "to_epoch(datetimes, out, /)\n--\n\nWrite the microseconds since 1970 into an array. Returns their number."},
    {NULL, NULL, 0, NULL},
};

static int execute(PyObject *module)
{
    (void)module;
    PyDateTime_IMPORT;
    return PyDateTimeAPI == NULL ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "timestamps_capi",
    .m_doc = "Times between text, arrays of numbers, and datetime.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_timestamps_capi(void)
{
    return PyModuleDef_Init(&definition);
}
