/* Tables of functions of other extensions, for extensions that use CPython's C API alone. Not to be included directly;
 * extension_api.h explains how to use them.
 */
#ifndef HPY_EXTENSION_API_OBJECTS_H
#define HPY_EXTENSION_API_OBJECTS_H

#ifndef Py_PYTHON_H
#  error "extensions of the C API include Python.h before hpy/extension_api.h, those of HPy choose an ABI: HPY_ABI_UNIVERSAL, ..."
#endif

#include "table.h"

/* The types that the lists of functions have in common with extensions that use HPy. */
typedef PyObject *HPy;
typedef Py_ssize_t HPy_ssize_t;
typedef Py_hash_t HPy_hash_t;

#define _HPyAPI_FIELD(SINCE, RETURNS, NAME, ...) RETURNS (*NAME)(__VA_ARGS__);

#define HPyAPI_DECLARE(API, NAME, MAJOR, MINOR, LIST) \
    _HPyAPI_DECLARE(API, NAME, MAJOR, MINOR, LIST) \
    _HPyAPI_STATIC const API *API##_Import(PyObject *module) \
    { \
        return (const API *)_HPyAPI_import_objects(module, &API##_needed, API##_objects_name); \
    }

/* Keeps the module that has a table alive as long as the one that uses it. */
_HPyAPI_STATIC int _HPyAPI_keep(PyObject *module, const char *name, PyObject *provider)
{
    PyObject *dict = PyModule_GetDict(module);
    if (dict == NULL)
        return -1;
    PyObject *imports = PyDict_GetItemString(dict, "__api_imports__");
    if (imports == NULL) {
        imports = PyDict_New();
        if (imports == NULL)
            return -1;
        int status = PyDict_SetItemString(dict, "__api_imports__", imports);
        Py_DECREF(imports);
        if (status < 0)
            return -1;
    }
    return PyDict_SetItemString(imports, name, provider);
}

/* The functions of the table that a capsule holds; NULL with an exception if it is not what is needed. */
_HPyAPI_STATIC const void *_HPyAPI_functions(PyObject *capsule, const _HPyAPI_Head *needed, const char *name)
{
    char text[_HPyAPI_TEXT];
    if (!PyCapsule_IsValid(capsule, name))
        return PyErr_Format(PyExc_ImportError,
                            "%s is no capsule of that name: it is not the table of functions that this extension needs",
                            name);
    const _HPyAPI_Head *found = (const _HPyAPI_Head *)PyCapsule_GetPointer(capsule, name);
    if (_HPyAPI_check(needed, found, _HPyAPI_MARK_OBJECTS, text, sizeof(text)) < 0) {
        PyErr_SetString(PyExc_ImportError, text);
        return NULL;
    }
    return found->_functions;
}

_HPyAPI_STATIC const void *_HPyAPI_import_objects(PyObject *module, const _HPyAPI_Head *needed, const char *name)
{
    char where[_HPyAPI_NAME];
    const void *functions = NULL;
    const char *attribute = _HPyAPI_split(name, where, sizeof(where));
    if (attribute == NULL)
        return PyErr_Format(PyExc_ImportError, "'%s' is no name for a table of functions", name);
    PyObject *provider = PyImport_ImportModule(where);
    if (provider == NULL)
        return NULL;
    PyObject *capsule = PyObject_GetAttrString(provider, attribute);
    if (capsule != NULL) {
        functions = _HPyAPI_functions(capsule, needed, name);
        Py_DECREF(capsule);
    }
    else if (PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Format(PyExc_ImportError,
                     "module '%s' has no '%s', the table of functions that this extension needs in version %u.%u or newer; "
                     "install a newer version of the module",
                     where, attribute, (unsigned)needed->_major, (unsigned)needed->_minor);
    if (functions != NULL && _HPyAPI_keep(module, name, provider) < 0)
        functions = NULL;
    Py_DECREF(provider);
    return functions;
}

#endif /* HPY_EXTENSION_API_OBJECTS_H */
