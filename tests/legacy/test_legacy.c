static PyObject *old_noargs(PyObject *self, PyObject *null) { return Py_BuildValue("(OO)", self, Py_None); }
static PyObject *old_o(PyObject *self, PyObject *arg) { return Py_BuildValue("(OO)", self, arg); }
static PyObject *old_varargs(PyObject *self, PyObject *args)
{
    const char *text;
    Py_ssize_t size;
    /* Needs PY_SSIZE_T_CLEAN, which the header defined. */
    return PyArg_ParseTuple(args, "s#", &text, &size) ? PyLong_FromSsize_t(size) : NULL;
}
static PyObject *old_keywords(PyObject *self, PyObject *args, PyObject *kw)
{
    return Py_BuildValue("(OO)", args, kw != NULL ? kw : Py_None);
}
static PyObject *old_fast(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return nargs > 0 ? Py_BuildValue("(nO)", nargs, args[nargs - 1]) : PyLong_FromSsize_t(nargs);
}
static PyObject *old_fails(PyObject *self, PyObject *ignored)
{
    PyErr_SetString(PyExc_KeyError, "from the C API");
    return NULL;
}
static PyObject *twice(PyObject *self, PyObject *ignored) { return PyUnicode_FromString("C API"); }

static PyMethodDef legacy_methods[] = {
    {"old_noargs", old_noargs, METH_NOARGS, "Nothing.\n"},
    {"old_o", old_o, METH_O, NULL},
    {"old_varargs", old_varargs, METH_VARARGS, NULL},
    {"old_keywords", (PyCFunction)(void (*)(void))old_keywords, METH_VARARGS | METH_KEYWORDS, NULL},
    {"old_fast", (PyCFunction)(void (*)(void))old_fast, METH_FASTCALL, NULL},
    {"old_fails", old_fails, METH_NOARGS, NULL},
    {"twice", twice, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

HPyDef_METH(new_o, "new_o", HPyFunc_O)
static HPy new_o_impl(HPyContext *ctx, HPy self, HPy arg) { return HPyTuple_Pack(ctx, 2, self, arg); }
HPyDef_METH(new_twice, "twice", HPyFunc_NOARGS)
static HPy new_twice_impl(HPyContext *ctx, HPy self) { return HPyUnicode_FromString(ctx, "HPy"); }

/* An HPy function whose work is done by the C API. */
HPyDef_METH(sorted, "sorted", HPyFunc_O)
static HPy sorted_impl(HPyContext *ctx, HPy self, HPy arg)
{
    PyObject *object = HPy_AsPyObject(ctx, arg);
    PyObject *list = PySequence_List(object);
    Py_DECREF(object);
    if (list == NULL || PyList_Sort(list) < 0) {
        Py_XDECREF(list);
        return HPy_NULL;
    }
    HPy result = HPy_FromPyObject(ctx, list);
    Py_DECREF(list);
    return result;
}

static HPyDef *defines[] = {&new_o, &new_twice, &sorted, NULL};
static HPyModuleDef definition = {.doc = "Mixed.", .legacy_methods = legacy_methods, .defines = defines};
HPy_MODINIT(mod, definition)
