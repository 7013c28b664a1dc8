/* The benchmark cases in CPython's C API, written as usual there, for comparison with hpy_bench.c.
 *
 * It also has bench_mark(), a function that does nothing, whose calls separate the measurements for callgrind. It is as
 * long as the file that it stands beside, case for case.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <structmember.h>

/* ---- calls ---- */

static PyObject *call_noargs(PyObject *self, PyObject *ignored)
{
    Py_RETURN_NONE;
}

static PyObject *call_o(PyObject *self, PyObject *arg)
{
    Py_RETURN_NONE;
}

static PyObject *call_fast(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_RETURN_NONE;
}

static PyObject *call_keywords(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Py_RETURN_NONE;
}

static PyObject *int_one(PyObject *self, PyObject *arg)
{
    long value = PyLong_AsLong(arg);
    if (value == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong(value + 1);
}

static PyObject *int_two(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "int_two() takes 2 arguments");
        return NULL;
    }
    long a = PyLong_AsLong(args[0]);
    if (a == -1 && PyErr_Occurred())
        return NULL;
    long b = PyLong_AsLong(args[1]);
    if (b == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong(a + b);
}

static PyObject *float_one(PyObject *self, PyObject *arg)
{
    double value = PyFloat_AsDouble(arg);
    if (value == -1.0 && PyErr_Occurred())
        return NULL;
    return PyFloat_FromDouble(value + 1.0);
}

static PyObject *str_length(PyObject *self, PyObject *arg)
{
    Py_ssize_t size;
    if (PyUnicode_AsUTF8AndSize(arg, &size) == NULL)
        return NULL;
    return PyLong_FromSsize_t(size);
}

/* Parsing takes a tuple: the parsers of argument arrays are not public in every supported version. */
static PyObject *parse_positional(PyObject *self, PyObject *args)
{
    long a;
    double b;
    if (!PyArg_ParseTuple(args, "ld", &a, &b))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *parse_keywords(PyObject *self, PyObject *args, PyObject *kw)
{
    static char *keywords[] = {"a", "b", NULL};
    long a;
    double b;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "ld", keywords, &a, &b))
        return NULL;
    Py_RETURN_NONE;
}

/* ---- what Argument Clinic makes, by hand ---- */

static PyObject *clinic_one(PyObject *self, PyObject *a)
{
    Py_RETURN_NONE;
}

static PyObject *clinic_two(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "clinic_two() takes 2 arguments");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *clinic_numbers(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "clinic_numbers() takes 2 arguments");
        return NULL;
    }
    long a = PyLong_AsLong(args[0]);
    if (a == -1 && PyErr_Occurred())
        return NULL;
    double b = PyFloat_AsDouble(args[1]);
    if (b == -1.0 && PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* Interned. */
static PyObject *name_a, *name_k;

static PyObject *clinic_keyword(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *a = nargs > 0 ? args[0] : NULL;
    PyObject *k = nargs > 1 ? args[1] : NULL;
    if (nargs > 2)
        goto wrong;
    if (kwnames != NULL) {
        Py_ssize_t count = PyTuple_GET_SIZE(kwnames);
        for (Py_ssize_t i = 0; i < count; i++) {
            PyObject *name = PyTuple_GET_ITEM(kwnames, i);
            if (a == NULL && (name == name_a || PyUnicode_Compare(name, name_a) == 0))
                a = args[nargs + i];
            else if (k == NULL && (name == name_k || PyUnicode_Compare(name, name_k) == 0))
                k = args[nargs + i];
            else
                goto wrong;
        }
    }
    if (a == NULL)
        goto wrong;
    Py_RETURN_NONE;
wrong:
    PyErr_SetString(PyExc_TypeError, "clinic_keyword() takes the arguments a and k");
    return NULL;
}

/* What CPython's own clinic generates, where an extension can call it. */
static PyObject *clinic_four(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
#if PY_VERSION_HEX < 0x030D0000 && !defined(PYPY_VERSION)
    static const char *const keywords[] = {"a", "b", "c", "d", NULL};
    static _PyArg_Parser parser = {.keywords = keywords, .fname = "clinic_four"};
    PyObject *places[4];
    args = _PyArg_UnpackKeywords(args, nargs, NULL, kwnames, &parser, 0, 4, 0, places);
    if (args == NULL)
        return NULL;
#endif
    Py_RETURN_NONE;
}

/* A call of a C function through a pointer. */
static double multiply(double a, double b)
{
    return a * b;
}

static PyObject *typed_function(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return PyFloat_FromDouble(multiply(PyFloat_AsDouble(args[0]), PyFloat_AsDouble(args[1])));
}

static PyObject *typed_call(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    double (*volatile place)(double, double) = multiply;
    double (*function)(double, double) = place;
    double product = 1;
    for (long n = PyLong_AsLong(args[0]); n > 0; n--)
        product = function(product, 1.0);
    return PyFloat_FromDouble(product);
}

/* ---- a type ---- */

typedef struct {
    PyObject_HEAD
    PyObject *field;
    long number;
} Thing;

static PyObject *Thing_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    return type->tp_alloc(type, 0);
}

static int Thing_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Thing *)self)->field);
    return 0;
}

static int Thing_clear(PyObject *self)
{
    Py_CLEAR(((Thing *)self)->field);
    return 0;
}

static void Thing_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Thing_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static Py_ssize_t Thing_len(PyObject *self)
{
    return 3;
}

static PyObject *Thing_add(PyObject *a, PyObject *b)
{
    Py_RETURN_NONE;
}

static PyObject *Thing_subscript(PyObject *self, PyObject *key)
{
    Py_RETURN_NONE;
}

static PyObject *Thing_getset_get(PyObject *self, void *closure)
{
    Py_RETURN_NONE;
}

static int Thing_getset_set(PyObject *self, PyObject *value, void *closure)
{
    return 0;
}

static PyMethodDef Thing_methods[] = {
    {"method_noargs", call_noargs, METH_NOARGS, NULL},
    {"method_o", call_o, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef Thing_members[] = {
    {"member", T_LONG, offsetof(Thing, number), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef Thing_getset[] = {
    {"getset", Thing_getset_get, Thing_getset_set, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot Thing_slots[] = {
    {Py_tp_new, Thing_new},
    {Py_tp_traverse, Thing_traverse},
    {Py_tp_clear, Thing_clear},
    {Py_tp_dealloc, Thing_dealloc},
    {Py_sq_length, Thing_len},
    {Py_nb_add, Thing_add},
    {Py_mp_subscript, Thing_subscript},
    {Py_tp_methods, Thing_methods},
    {Py_tp_members, Thing_members},
    {Py_tp_getset, Thing_getset},
    {0, NULL},
};

static PyType_Spec Thing_spec = {
    .name = "capi_bench.Thing",
    .basicsize = sizeof(Thing),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = Thing_slots,
};

typedef struct {
    PyObject_HEAD
    long number;
} Plain;

static PyObject *Plain_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    return type->tp_alloc(type, 0);
}

static PyType_Slot Plain_slots[] = {
    {Py_tp_new, Plain_new},
    {0, NULL},
};

static PyType_Spec Plain_spec = {
    .name = "capi_bench.Plain",
    .basicsize = sizeof(Plain),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = Plain_slots,
};

typedef struct {
    PyObject_HEAD
    long x;
    long y;
} Point;

static PyObject *make_point(PyTypeObject *type, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "Point() takes 2 arguments");
        return NULL;
    }
    long x = PyLong_AsLong(args[0]);
    if (x == -1 && PyErr_Occurred())
        return NULL;
    long y = PyLong_AsLong(args[1]);
    if (y == -1 && PyErr_Occurred())
        return NULL;
    Point *point = (Point *)type->tp_alloc(type, 0);
    if (point == NULL)
        return NULL;
    point->x = x;
    point->y = y;
    return (PyObject *)point;
}

static PyObject *Point_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    return make_point(type, &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args));
}

static PyObject *Point_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (kwnames != NULL) {
        PyErr_SetString(PyExc_TypeError, "Point() takes no keyword arguments");
        return NULL;
    }
    return make_point((PyTypeObject *)type, args, PyVectorcall_NARGS(nargsf));
}

static int PointInit_init(PyObject *self, PyObject *args, PyObject *kw)
{
    Point *point = (Point *)self;
    if (PyTuple_GET_SIZE(args) != 2) {
        PyErr_SetString(PyExc_TypeError, "PointInit() takes 2 arguments");
        return -1;
    }
    point->x = PyLong_AsLong(PyTuple_GET_ITEM(args, 0));
    if (point->x == -1 && PyErr_Occurred())
        return -1;
    point->y = PyLong_AsLong(PyTuple_GET_ITEM(args, 1));
    if (point->y == -1 && PyErr_Occurred())
        return -1;
    return 0;
}

static PyObject *Point_get_x(PyObject *self, PyObject *ignored)
{
    return PyLong_FromLong(((Point *)self)->x);
}

static PyObject *Point_x(PyObject *self, void *closure)
{
    return PyLong_FromLong(((Point *)self)->x);
}

static PyMethodDef Point_methods[] = {{"get_x", Point_get_x, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyGetSetDef Point_getset[] = {{"x", Point_x, NULL, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};
static PyType_Slot Point_slots[] = {
    {Py_tp_new, Point_new},
    {Py_tp_methods, Point_methods},
    {Py_tp_getset, Point_getset},
    {0, NULL},
};
static PyType_Slot PointInit_slots[] = {
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, PointInit_init},
    {0, NULL},
};
static PyType_Spec Point_spec = {
    .name = "capi_bench.Point",
    .basicsize = sizeof(Point),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = Point_slots,
};
static PyType_Spec PointVectorcall_spec = {
    .name = "capi_bench.PointVectorcall",
    .basicsize = sizeof(Point),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = Point_slots,
};
static PyType_Spec PointInit_spec = {
    .name = "capi_bench.PointInit",
    .basicsize = sizeof(Point),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = PointInit_slots,
};

typedef struct {
    PyObject_HEAD
    long number;
    vectorcallfunc vectorcall;
} Caller;

static PyObject *Caller_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_RETURN_NONE;
}

static PyObject *Caller_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    Caller *caller = (Caller *)type->tp_alloc(type, 0);
    if (caller != NULL)
        caller->vectorcall = Caller_call;
    return (PyObject *)caller;
}

static PyMemberDef Caller_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Caller, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot Caller_slots[] = {
    {Py_tp_new, Caller_new},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, Caller_members},
    {0, NULL},
};

static PyType_Spec Caller_spec = {
    .name = "capi_bench.Caller",
    .basicsize = sizeof(Caller),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = Caller_slots,
};

/* ---- loops in C ---- */

static PyObject *global;

#define LOOP(NAME, BODY)                                                                       \
    static PyObject *NAME(PyObject *self, PyObject *const *args, Py_ssize_t nargs)             \
    {                                                                                          \
        PyObject *const *o = args + 1;                                                         \
        (void)o;                                                                               \
        long n = PyLong_AsLong(args[0]);                                                       \
        if (n == -1 && PyErr_Occurred())                                                       \
            return NULL;                                                                       \
        for (long i = 0; i < n; i++) {                                                         \
            BODY                                                                               \
        }                                                                                      \
        Py_RETURN_NONE;                                                                        \
    error:                                                                                     \
        return NULL;                                                                           \
    }

#define MAKE(EXPRESSION)                                                                       \
    PyObject *made = EXPRESSION;                                                               \
    if (made == NULL)                                                                          \
        goto error;                                                                            \
    Py_DECREF(made);

#define DO(EXPRESSION)                                                                         \
    if ((EXPRESSION) < 0)                                                                      \
        goto error;

/* Keeps the compiler from removing an increment and the matching decrement. */
static PyObject *new_reference(PyObject *object)
{
    Py_INCREF(object);
    __asm__ volatile("" : : "r"(object) : "memory");
    return object;
}

static PyObject *make(PyObject *type)
{
    return ((PyTypeObject *)type)->tp_alloc((PyTypeObject *)type, 0);
}

static void store(PyObject **field, PyObject *value)
{
    PyObject *old = *field;
    Py_INCREF(value);
    *field = value;
    Py_XDECREF(old);
}

static PyObject *build_tuple(PyObject *a, PyObject *b)
{
    PyObject *tuple = PyTuple_New(2);
    if (tuple == NULL)
        return NULL;
    Py_INCREF(a);
    PyTuple_SET_ITEM(tuple, 0, a);
    Py_INCREF(b);
    PyTuple_SET_ITEM(tuple, 1, b);
    return tuple;
}

static PyObject *build_list(PyObject *a, PyObject *b)
{
    PyObject *list = PyList_New(2);
    if (list == NULL)
        return NULL;
    Py_INCREF(a);
    PyList_SET_ITEM(list, 0, a);
    Py_INCREF(b);
    PyList_SET_ITEM(list, 1, b);
    return list;
}

static int is_instance(PyObject *object, PyObject *type)
{
    __asm__ volatile("" : : : "memory"); /* or the loop would check once */
    return PyObject_TypeCheck(object, (PyTypeObject *)type);
}

/* As an extension for all versions sums a list; that in bulk is the same, as PySequence_Fast gives a list itself. */
static PyObject *sum_items(PyObject *self, PyObject *list)
{
    long sum = 0;
    (void)self;
    Py_ssize_t length = PyList_Size(list);
    for (Py_ssize_t i = 0; i < length; i++) {
        long value = PyLong_AsLong(PyList_GET_ITEM(list, i));
        if (value == -1 && PyErr_Occurred())
            return NULL;
        sum += value;
    }
    return PyLong_FromLong(sum);
}

LOOP(dup_close, MAKE(new_reference(o[0])))
LOOP(new_plain, MAKE(make(o[0])))
LOOP(new_gc, MAKE(make(o[0])))
LOOP(getattr, MAKE(PyObject_GetAttr(o[0], o[1])))
LOOP(getattr_s, MAKE(PyObject_GetAttrString(o[0], "name")))
LOOP(setattr, DO(PyObject_SetAttr(o[0], o[1], o[2])))
LOOP(setattr_s, DO(PyObject_SetAttrString(o[0], "name", o[2])))
LOOP(tuple_item, MAKE(PySequence_GetItem(o[0], 1)))
LOOP(list_item, MAKE(PySequence_GetItem(o[0], 1)))
LOOP(list_item_object, MAKE(PyObject_GetItem(o[0], o[1])))
LOOP(list_set_item, DO(PySequence_SetItem(o[0], 1, o[1])))
LOOP(list_length, DO(PyObject_Length(o[0])))
LOOP(dict_lookup, MAKE(PyObject_GetItem(o[0], o[1])))
LOOP(dict_lookup_s, MAKE(PyMapping_GetItemString(o[0], "name")))
LOOP(dict_set, DO(PyObject_SetItem(o[0], o[1], o[2])))
static int look_at(PyObject *object)
{
    Py_buffer view;
    int status = PyObject_GetBuffer(object, &view, PyBUF_SIMPLE);
    if (status == 0)
        PyBuffer_Release(&view);
    return status;
}

LOOP(buffer, DO(look_at(o[0])))
LOOP(field_load, MAKE(new_reference(((Thing *)o[0])->field)))
LOOP(field_store, store(&((Thing *)o[0])->field, o[1]); if (n < 0) goto error;)
LOOP(global_load, MAKE(new_reference(global)))
LOOP(call_python, MAKE(PyObject_Vectorcall(o[0], &o[1], 1, NULL)))
LOOP(call_builtin, MAKE(PyObject_Vectorcall(o[0], &o[1], 1, NULL)))
LOOP(call_tuple, MAKE(PyObject_Call(o[0], o[1], NULL)))
LOOP(call_method, MAKE(PyObject_VectorcallMethod(o[0], &o[1], 1, NULL)))
LOOP(type_check, DO(is_instance(o[0], o[1])))
LOOP(add, MAKE(PyNumber_Add(o[0], o[1])))
LOOP(long_round_trip, MAKE(PyLong_FromLong(PyLong_AsLong(o[0]))))
LOOP(float_round_trip, MAKE(PyFloat_FromDouble(PyFloat_AsDouble(o[0]))))
/* Aligned, since the speed of reading text depends on it. */
static const char text[] __attribute__((aligned(16))) = "a few words";
LOOP(unicode_from_string, MAKE(PyUnicode_FromString(text)))
LOOP(unicode_as_utf8, Py_ssize_t size; if (PyUnicode_AsUTF8AndSize(o[0], &size) == NULL) goto error;)
LOOP(tuple_from_array, MAKE(PyTuple_Pack(2, o[0], o[1])))
LOOP(tuple_build, MAKE(build_tuple(o[0], o[1])))
LOOP(list_build, MAKE(build_list(o[0], o[1])))
LOOP(list_append, DO(PyList_Append(o[0], o[1])))
LOOP(build_value, MAKE(Py_BuildValue("(lds)", 1L, 2.0, "three")))
LOOP(error_set_clear, PyErr_SetString(PyExc_ValueError, "no"); PyErr_Clear(); if (n < 0) goto error;)

/* ---- without a context at hand ---- */

static void open_close(void)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyGILState_Release(state);
}

static void *same(void *captured, void *arg)
{
    return arg;
}

void *(*bench_function)(void *, void *) = same;

static PyObject *closure_call(PyObject *self, PyObject *arg)
{
    long n = PyLong_AsLong(arg);
    for (long i = 0; i < n; i++)
        bench_function(self, &n);
    Py_RETURN_NONE;
}

LOOP(vm_inside, open_close(); if (n < 0) goto error;)

#if PY_VERSION_HEX >= 0x030F0000
static PyInterpreterView *view;
LOOP(view_inside, PyThreadState_Release(PyThreadState_EnsureFromView(view)); if (n < 0) goto error;)
#endif

/* ---- the state of the module ---- */

static PyObject *state_method(PyObject *self, PyTypeObject *defining_class, PyObject *const *args, size_t nargs,
                              PyObject *kwnames)
{
    if (PyType_GetModuleState(defining_class) == NULL)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef Stateful_methods[] = {
    {"method_noargs", (PyCFunction)(void (*)(void))state_method, METH_METHOD | METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot Stateful_slots[] = {{Py_tp_methods, Stateful_methods}, {0, NULL}};
static PyType_Spec Stateful_spec = {
    .name = "capi_bench.Stateful",
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = Stateful_slots,
};

LOOP(state_of_module, if (PyModule_GetState(o[0]) == NULL) goto error;)
LOOP(state_of_type, if (PyType_GetModuleState((PyTypeObject *)o[0]) == NULL) goto error;)

/* ---- objects that are kept between calls ---- */

static PyObject *thing_type;
static long number_of_all;

#define READ(NUMBER)                                                                           \
    long number = NUMBER;                                                                      \
    __asm__ volatile("" : : "r"(number) : "memory");

LOOP(cached_struct, READ(number_of_all) if (n < 0) goto error;)
LOOP(global_type_check, DO(is_instance(o[0], thing_type)))

static int is_missing(PyObject *dict, PyObject *key)
{
    return PyDict_GetItemWithError(dict, key) != NULL || PyErr_Occurred() ? -1 : 0;
}

static int is_missing_by_error(PyObject *dict, PyObject *key)
{
    if (PyObject_GetItem(dict, key) != NULL || !PyErr_ExceptionMatches(PyExc_KeyError))
        return -1;
    PyErr_Clear();
    return 0;
}

static int check_slot_of(PyObject *type)
{
    __asm__ volatile("" : : : "memory");
    PyNumberMethods *methods = ((PyTypeObject *)type)->tp_as_number;
    return methods != NULL && methods->nb_add == Thing_add ? 1 : 0;
}

LOOP(dict_missing, DO(is_missing(o[0], o[1])))
LOOP(dict_missing_by_error, DO(is_missing_by_error(o[0], o[1])))
LOOP(check_slot, DO(check_slot_of(o[0])))

/* Without looking at the state, as the least that a call can cost. */
static PyObject *state_argument(PyObject *self, PyObject *unused)
{
    Py_RETURN_NONE;
}

static PyObject *vm_attached(PyObject *self, PyObject *arg)
{
    long n = PyLong_AsLong(arg);
    Py_BEGIN_ALLOW_THREADS
    for (long i = 0; i < n; i++)
        open_close();
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* ---- module ---- */

/* Neither static nor inlined, so that callgrind finds it by name. */
__attribute__((noinline, visibility("default"))) void bench_mark(void)
{
    __asm__ volatile("");
}

static PyObject *mark(PyObject *self, PyObject *ignored)
{
    bench_mark();
    Py_RETURN_NONE;
}

#define FAST(NAME) {#NAME, (PyCFunction)(void (*)(void))NAME, METH_FASTCALL, NULL}

/* ---- from one extension to another: a struct of functions in a capsule ---- */

struct bench_api {
    double (*add)(double, double);
    PyObject *(*first)(PyObject *, PyObject *);
};

static double bench_add(double a, double b)
{
    return a + b;
}

static PyObject *bench_first(PyObject *a, PyObject *b)
{
    (void)b;
    Py_INCREF(a);
    return a;
}

static const struct bench_api *api;

static PyObject *import_api(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    static const struct bench_api functions = {bench_add, bench_first};
    PyObject *capsule = PyCapsule_New((void *)&functions, "capi_bench._api", NULL);
    if (capsule == NULL || PyModule_AddObject(self, "_api", capsule) < 0)
        return NULL;
    api = PyCapsule_Import("capi_bench._api", 0);
    if (api == NULL)
        return NULL;
    Py_RETURN_NONE;
}

LOOP(api_numbers, if (api->add(1.0, (double)n) == 0.5) goto error;)
LOOP(api_handles, PyObject *h = api->first(o[0], o[1]); if (h == NULL) goto error; Py_DECREF(h);)

static PyMethodDef methods[] = {
    {"mark", mark, METH_NOARGS, NULL},
    {"call_noargs", call_noargs, METH_NOARGS, NULL},
    {"call_o", call_o, METH_O, NULL},
    {"sum_items", sum_items, METH_O, NULL},
    {"sum_in_bulk", sum_items, METH_O, NULL},
    {"sum_bulk_items", sum_items, METH_O, NULL},
    FAST(call_fast),
    {"int_one", int_one, METH_O, NULL},
    FAST(int_two),
    {"float_one", float_one, METH_O, NULL},
    {"str_length", str_length, METH_O, NULL},
    {"call_keywords", (PyCFunction)(void (*)(void))call_keywords, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"parse_positional", parse_positional, METH_VARARGS, NULL},
    {"parse_keywords", (PyCFunction)(void (*)(void))parse_keywords, METH_VARARGS | METH_KEYWORDS, NULL},
    {"parse_objects", (PyCFunction)(void (*)(void))clinic_keyword, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"clinic_one", clinic_one, METH_O, NULL},
    FAST(clinic_two),
    FAST(typed_function),
    FAST(typed_call),
    FAST(clinic_numbers),
    {"clinic_keyword", (PyCFunction)(void (*)(void))clinic_keyword, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"clinic_four", (PyCFunction)(void (*)(void))clinic_four, METH_FASTCALL | METH_KEYWORDS, NULL},
    FAST(dup_close),
    FAST(new_plain),
    FAST(new_gc),
    FAST(getattr),
    FAST(getattr_s),
    FAST(setattr),
    FAST(setattr_s),
    FAST(tuple_item),
    FAST(list_item),
    FAST(list_item_object),
    FAST(list_set_item),
    FAST(list_length),
    FAST(dict_lookup),
    FAST(dict_lookup_s),
    FAST(dict_set),
    FAST(buffer),
    FAST(field_load),
    FAST(field_store),
    FAST(global_load),
    FAST(call_python),
    FAST(call_builtin),
    FAST(call_tuple),
    FAST(call_method),
    FAST(type_check),
    FAST(add),
    FAST(long_round_trip),
    FAST(float_round_trip),
    FAST(unicode_from_string),
    FAST(unicode_as_utf8),
    FAST(tuple_from_array),
    FAST(tuple_build),
    FAST(list_build),
    FAST(list_append),
    FAST(build_value),
    FAST(error_set_clear),
    FAST(vm_inside),
#if PY_VERSION_HEX >= 0x030F0000
    FAST(view_inside),
#endif
    {"vm_attached", vm_attached, METH_O, NULL},
    {"closure_call", closure_call, METH_O, NULL},
    {"state_argument", state_argument, METH_NOARGS, NULL},
    FAST(state_of_module),
    FAST(state_of_type),
    {"cached_in_state", (PyCFunction)(void (*)(void))global_load, METH_FASTCALL, NULL},
    {"cached_struct_in_state", (PyCFunction)(void (*)(void))cached_struct, METH_FASTCALL, NULL},
    {"cached_struct_in_capsule", (PyCFunction)(void (*)(void))cached_struct, METH_FASTCALL, NULL},
    FAST(global_type_check),
    {"global_load_type_check", (PyCFunction)(void (*)(void))global_type_check, METH_FASTCALL, NULL},
    FAST(dict_missing),
    FAST(dict_missing_by_error),
    FAST(check_slot),
    {"import_api", import_api, METH_NOARGS, NULL},
    {"api_direct_numbers", (PyCFunction)(void (*)(void))api_numbers, METH_FASTCALL, NULL},
    {"api_direct_handles", (PyCFunction)(void (*)(void))api_handles, METH_FASTCALL, NULL},
    {"api_trampoline_numbers", (PyCFunction)(void (*)(void))api_numbers, METH_FASTCALL, NULL},
    {"api_trampoline_handles", (PyCFunction)(void (*)(void))api_handles, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static int add_type(PyObject *module, const char *name, PyType_Spec *spec)
{
    PyObject *type = PyType_FromSpec(spec);
    if (type == NULL)
        return -1;
    int status = PyObject_SetAttrString(module, name, type);
    Py_DECREF(type);
    return status;
}

static int bench_exec(PyObject *module)
{
    Py_INCREF(module);
    global = module;
    name_a = PyUnicode_InternFromString("a");
    name_k = PyUnicode_InternFromString("k");
    if (name_a == NULL || name_k == NULL)
        return -1;
#if PY_VERSION_HEX >= 0x030F0000
    view = PyInterpreterView_FromCurrent();
    if (view == NULL)
        return -1;
#endif
    if (add_type(module, "Thing", &Thing_spec) < 0 || add_type(module, "Plain", &Plain_spec) < 0)
        return -1;
    thing_type = PyObject_GetAttrString(module, "Thing");
    PyObject *stateful = PyType_FromModuleAndSpec(module, &Stateful_spec, NULL);
    if (stateful == NULL || PyModule_AddObject(module, "Stateful", stateful) < 0)
        return -1;
    if (add_type(module, "Point", &Point_spec) < 0 || add_type(module, "PointInit", &PointInit_spec) < 0 ||
        add_type(module, "PointVectorcall", &PointVectorcall_spec) < 0)
        return -1;
    PyObject *point = PyObject_GetAttrString(module, "PointVectorcall");
    if (point == NULL)
        return -1;
    ((PyTypeObject *)point)->tp_vectorcall = Point_vectorcall;
    Py_DECREF(point);
    return add_type(module, "Caller", &Caller_spec);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, bench_exec},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "capi_bench",
    .m_size = sizeof(long),
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_capi_bench(void)
{
    return PyModuleDef_Init(&definition);
}
