/* A process that looks like a CPython to an entry point, and prints the definition that it gets, read with the structs of
 * the headers. With Py_GIL_DISABLED, these are those of a free-threaded build.
 *
 * arguments: binary, version */
#include <Python.h>
#include <dlfcn.h>

static const char *version;
static PyObject *const TOKEN = (PyObject *)&version;

/* What the entry point calls. */
#undef Py_IsInitialized
int Py_IsInitialized(void) { return 1; }
int PyGILState_Check(void) { return 1; }
const char *Py_GetVersion(void) { return version; }
PyObject *PySys_GetObject(const char *name) { return TOKEN; }
PyObject *PyObject_GetAttrString(PyObject *object, const char *name) { return TOKEN; }
int PyUnicode_CompareWithASCIIString(PyObject *string, const char *ascii) { return 0; }
Py_ssize_t PyLong_AsSsize_t(PyObject *number) { return sizeof(PyObject); }
#undef Py_DecRef
void Py_DecRef(PyObject *object) { }
PyObject *PyModuleDef_Init(PyModuleDef *def) { return (PyObject *)def; }

/* What it only looks up. */
PyTypeObject PyBaseObject_Type;
PyObject *PyExc_ImportError, *PyExc_ModuleNotFoundError;
PyObject *PyObject_CallMethod(PyObject *object, const char *name, const char *format, ...) { abort(); }
PyObject *PyUnicode_FromFormat(const char *format, ...) { abort(); }
PyObject *PyImport_ImportModule(const char *name) { abort(); }
void *PyCapsule_GetPointer(PyObject *capsule, const char *name) { abort(); }
void PyErr_Fetch(PyObject **type, PyObject **value, PyObject **traceback) { abort(); }
void PyErr_NormalizeException(PyObject **type, PyObject **value, PyObject **traceback) { abort(); }
void PyErr_Restore(PyObject *type, PyObject *value, PyObject *traceback) { abort(); }
void PyErr_Clear(void) { abort(); }
int PyErr_ExceptionMatches(PyObject *type) { abort(); }
void PyErr_SetObject(PyObject *type, PyObject *value) { abort(); }
PyObject *PyObject_CallFunctionObjArgs(PyObject *callable, ...) { abort(); }
int PyObject_SetAttrString(PyObject *object, const char *name, PyObject *value) { abort(); }

int main(int argc, char **argv)
{
    version = argv[2];
    void *library = dlopen(argv[1], RTLD_NOW);
    if (library == NULL)
        return puts(dlerror());
    PyModuleDef *(*init)(void) = (PyModuleDef *(*)(void))dlsym(library, "PyInit_mod");
    PyModuleDef *def = init();
    static const char zeros[sizeof(PyModuleDef_Base)];
    printf("%zu %d\n", sizeof(PyObject), memcmp(def, zeros, sizeof zeros) == 0);
    printf("%s %zd %d\n", def->m_name, def->m_size, def->m_doc == NULL && def->m_methods == NULL);
    printf("%d\n", def->m_traverse == NULL && def->m_clear == NULL && def->m_free == NULL);
    for (PyModuleDef_Slot *slot = def->m_slots; slot->slot != 0; slot++)
        printf("%d:%zu ", slot->slot, (size_t)slot->value < 10 ? (size_t)slot->value : 99);
    return 0;
}
