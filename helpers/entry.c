/* The entry point for CPython in universal and hybrid binaries, see include/hpy/module/entry.h.
 *
 * It has two halves. What CPython calls when it has opened the binary (PyInit_foo) only returns a definition: it must not
 * import anything, as CPython holds locks then, and since 3.13 calls it in the main interpreter even if another one
 * imports. The definition's functions then find `hpy.universal`, and hand the module over to it.
 *
 * The functions of CPython are looked up by name at each use, so the binary loads in a process without any, and works with
 * every version. Nothing here has to be fast.
 */
#ifndef _GNU_SOURCE
#  define _GNU_SOURCE 1 /* RTLD_DEFAULT */
#endif
#define _HPY_HELPER
#include "hpy.h"

#ifndef HPY_ABI_CPYTHON /* an extension of that ABI is a module of CPython already */

#  include "hpy/module/entry.h"

#  include <stdio.h>
#  include <string.h>

#  ifdef _WIN32
#    include <windows.h>
#    include <psapi.h>
#  else
#    include <dlfcn.h>
#  endif

typedef cpy_PyObject Object;

/* What is used of CPython, in the order of `NAMES`. */
typedef struct {
    int (*is_initialized)(void);
    int (*has_gil)(void);
    const char *(*version)(void);
    Object *(*sys_get)(const char *name);
    Object *(*get_attr)(Object *object, const char *name);
    Object *(*call_method)(Object *object, const char *name, const char *format, ...);
    HPy_ssize_t (*as_ssize)(Object *number);
    int (*compare)(Object *string, const char *ascii);
    Object *(*format)(const char *format, ...);
    void (*release)(Object *object);
    Object *(*def_init)(void *def);
    Object *(*import)(const char *name);
    void *(*capsule_pointer)(Object *capsule, const char *name);
    void (*error_fetch)(Object **type, Object **value, Object **traceback);
    void (*error_normalize)(Object **type, Object **value, Object **traceback);
    void (*error_restore)(Object *type, Object *value, Object *traceback);
    void (*error_clear)(void);
    int (*error_matches)(Object *type);
    void (*error_set)(Object *type, Object *value);
    Object *(*call)(Object *callable, ...);
    int (*set_attr)(Object *object, const char *name, Object *value);
    Object *object_type;
    Object **import_error;
    Object **module_not_found;
} CPython;

static const char *const NAMES[] = {
    "Py_IsInitialized",
    "PyGILState_Check",
    "Py_GetVersion",
    "PySys_GetObject",
    "PyObject_GetAttrString",
    "PyObject_CallMethod",
    "PyLong_AsSsize_t",
    "PyUnicode_CompareWithASCIIString",
    "PyUnicode_FromFormat",
    "Py_DecRef",
    "PyModuleDef_Init",
    "PyImport_ImportModule",
    "PyCapsule_GetPointer",
    "PyErr_Fetch",
    "PyErr_NormalizeException",
    "PyErr_Restore",
    "PyErr_Clear",
    "PyErr_ExceptionMatches",
    "PyErr_SetObject",
    "PyObject_CallFunctionObjArgs",
    "PyObject_SetAttrString",
    "PyBaseObject_Type",
    "PyExc_ImportError",
    "PyExc_ModuleNotFoundError",
};

_HPy_STATIC_ASSERT(sizeof(CPython) == sizeof NAMES, "a name for each");

/* Finding CPython. */

static void *find_symbol(const char *name)
{
#  ifdef _WIN32
    /* Whichever library of the process has it: its name depends on version and build. */
    HMODULE modules[1024];
    DWORD size;
    if (!K32EnumProcessModules(GetCurrentProcess(), modules, sizeof modules, &size))
        return NULL;
    if (size > sizeof modules)
        size = sizeof modules;
    for (DWORD i = 0; i < size / sizeof(HMODULE); i++) {
        FARPROC found = GetProcAddress(modules[i], name);
        if (found != NULL)
            return (void *)(uintptr_t)found;
    }
    return NULL;
#  else
    return dlsym(RTLD_DEFAULT, name);
#  endif
}

/* Returns the first name that is missing, or NULL. PyPy has another prefix in place of "Py". */
static const char *find_with_prefix(CPython *py, const char *prefix)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", prefix, NAMES[i] + 2);
        void *found = find_symbol(name);
        if (found == NULL)
            return NAMES[i];
        /* ISO C has no conversion from object to function pointers. */
        memcpy((char *)py + i * sizeof found, &found, sizeof found);
    }
    return NULL;
}

/* Where there is no Python to raise an exception in. Returns NULL. */
static CPython *refuse(const _HPyEntry_Module *module, const char *why, const char *what)
{
    fprintf(stderr, "the entry point of the HPy extension '%s' was not called by Python: %s%s\n", module->_name, why,
            what);
    return NULL;
}

/* Fills `py`. Returns it, or NULL if there is no Python that the thread may call; CPython then raises SystemError. */
static CPython *find_cpython(const _HPyEntry_Module *module, CPython *py)
{
    const char *missing = find_with_prefix(py, "Py");
    if (missing != NULL && find_with_prefix(py, "PyPy") != NULL)
        return refuse(module, "this process has no symbol ", missing);
    if (!py->is_initialized())
        return refuse(module, "it was not started, ", "see Py_Initialize");
    if (!py->has_gil())
        return refuse(module, "this thread is outside of it, ", "see PyGILState_Ensure");
    return py;
}

/* Raises ImportError for the module `name`, which may be NULL; takes the message. */
static void raise_import_error(const CPython *py, Object *message, Object *name)
{
    if (message == NULL)
        return;
    /* PyPy has no PyErr_SetImportError. */
    Object *error = py->call(*py->import_error, message, (Object *)NULL);
    py->release(message);
    if (error == NULL)
        return;
    if (name == NULL || py->set_attr(error, "name", name) == 0)
        py->error_set(*py->import_error, error);
    py->release(error);
}

/* Whether this is the CPython that the module is made for; else raises ImportError. `*head` gets the size of a `PyObject`,
 * which free-threaded builds and others differ in. */
static bool check_engine(const CPython *py, const _HPyEntry_Module *module, size_t *head)
{
    Object *implementation = py->sys_get("implementation"); /* borrowed */
    Object *engine = implementation == NULL ? NULL : py->get_attr(implementation, "name");
    if (engine == NULL)
        return false;
    bool is_cpython = py->compare(engine, "cpython") == 0;
    if (!is_cpython) {
        Object *message = py->format(
            "'%s' is an HPy extension whose entry point PyInit_%s is for CPython. This is %S, which has to load it with "
            "an hpy.universal of its own, if it has one: through a stub, which hpy.devel writes with the choice 'stub' of "
            "--hpy-entry-point, or by hpy.universal.load()",
            module->_name, module->_name, engine);
        raise_import_error(py, message, NULL);
    }
    py->release(engine);
    if (!is_cpython)
        return false;

    Object *size = py->get_attr(py->object_type, "__basicsize__");
    if (size == NULL)
        return false;
    *head = (size_t)py->as_ssize(size);
    py->release(size);
    if (module->_python_version == 0)
        return true;
    /* "3.11.7 (main, ..." */
    unsigned major = 0, minor = 0;
    int wanted_major = module->_python_version >> 8, wanted_minor = module->_python_version & 0xff;
    sscanf(py->version(), "%u.%u", &major, &minor);
    bool is_version = (int)major == wanted_major && (int)minor == wanted_minor;
    if (is_version && *head == module->_python_object_size)
        return true;
    Object *message = py->format(
        "the extension module '%s' was built in the hybrid ABI for Python %d.%d%s, but this is Python %s: build it for "
        "this one",
        module->_name, wanted_major, wanted_minor,
        is_version ? " with another layout of objects (free-threaded or not)" : "", py->version());
    raise_import_error(py, message, NULL);
    return false;
}

/* What CPython gets. */

/* PyModuleDef_Slot, and PySlot of 3.15. */
typedef struct {
    int id;
    void *value;
} OldSlot;

typedef struct {
    uint16_t id;
    uint16_t flags;
    uint32_t reserved;
    union {
        void *pointer;
        uint64_t number;
    } value;
} NewSlot;

/* PyABIInfo of 3.15. */
typedef struct {
    uint8_t major_version;
    uint8_t minor_version;
    uint16_t flags;
    uint32_t build_version;
    uint32_t abi_version;
} ABIInfo;

/* PyModuleDef behind its head, which is all zeros until PyModuleDef_Init. */
typedef struct {
    void *init;
    HPy_ssize_t index;
    void *copy;
    const char *name;
    const char *doc;
    HPy_ssize_t size;
    void *methods;
    OldSlot *slots;
    void *traverse;
    void *clear;
    void *free;
} Def;

enum {
    /* The largest PyObject that is expected, in words. That of free-threaded builds has 4. */
    MAX_HEAD = 8,
    MULTIPLE_INTERPRETERS_SINCE = 12,
    GIL_SINCE = 13,
};

/* The slots' values: Py_MOD_PER_INTERPRETER_GIL_SUPPORTED, Py_MOD_GIL_NOT_USED. What the module itself says of these, the
 * runtime checks. */
static void *const ANY_INTERPRETER = (void *)2;
static void *const NO_GIL_NEEDED = (void *)1;

typedef struct {
    OldSlot slots[5];
    void *head_and_def[MAX_HEAD + sizeof(Def) / sizeof(void *)];
} ForInit;

typedef struct {
    NewSlot slots[6];
    ABIInfo abi;
} ForExport;

static void *as_pointer(void (*function)(void))
{
    void *pointer;
    memcpy(&pointer, &function, sizeof pointer);
    return pointer;
}

/* Whether the module makes its object itself. Such an object need not be a module, so CPython lets it have no Py_mod_exec. */
static bool has_create_slot(const _HPyEntry_Module *module)
{
    HPyDef **defines = module->_definition()->defines;
    for (; defines != NULL && *defines != NULL; defines++) {
        if ((*defines)->kind == HPyDef_Kind_Slot && (*defines)->slot.slot == HPy_mod_create)
            return true;
    }
    return false;
}

/* Several interpreters may be here at once. What the first one has made is what all get. */
static void *publish(void **place, void *made)
{
    void *first;
#  ifdef _MSC_VER
    first = InterlockedCompareExchangePointer(place, made, NULL);
#  else
    first = NULL;
    __atomic_compare_exchange_n(place, &first, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
#  endif
    if (first == NULL)
        return made;
    free(made);
    return first;
}

/* CPython raises SystemError where there is no memory and the functions below return NULL. */

HPyAPI_HELPER Object *_HPyEntry_Init(_HPyEntry_Module *module)
{
    CPython storage, *py = find_cpython(module, &storage);
    size_t head;
    if (py == NULL || !check_engine(py, module, &head))
        return NULL;
    if (head < 2 * sizeof(void *) || head > MAX_HEAD * sizeof(void *) || head % sizeof(void *) != 0) {
        Object *message = py->format(
            "cannot import the HPy extension '%s': the objects of this Python (%s) have a head of %zd bytes, which is not "
            "known; upgrade hpy and rebuild the extension",
            module->_name, py->version(), (HPy_ssize_t)head);
        raise_import_error(py, message, NULL);
        return NULL;
    }
    unsigned major = 0, minor = 0;
    sscanf(py->version(), "%u.%u", &major, &minor);

    ForInit *made = (ForInit *)calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    OldSlot *slot = made->slots;
    *slot++ = (OldSlot){1, as_pointer((void (*)(void))module->_create)};
    if (!has_create_slot(module))
        *slot++ = (OldSlot){2, as_pointer((void (*)(void))module->_exec)};
    if (minor >= MULTIPLE_INTERPRETERS_SINCE)
        *slot++ = (OldSlot){3, ANY_INTERPRETER};
    if (minor >= GIL_SINCE)
        *slot++ = (OldSlot){4, NO_GIL_NEEDED};
    Def *def = (Def *)((char *)made->head_and_def + head);
    def->name = module->_name;
    def->slots = made->slots;
    made = (ForInit *)publish(&module->_init, made);
    return py->def_init(made->head_and_def);
}

HPyAPI_HELPER void *_HPyEntry_Export(_HPyEntry_Module *module)
{
    ForExport *made = (ForExport *)calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    enum { STABLE = 1, WITH_GIL = 2, FREE_THREADED = 4 }; /* PyABIInfo_... */
    bool is_hybrid = module->_python_version != 0;
    uint16_t threads = module->_python_object_size > 2 * sizeof(void *) ? FREE_THREADED : WITH_GIL;
    made->abi.major_version = 1;
    made->abi.flags = is_hybrid ? threads : STABLE | WITH_GIL | FREE_THREADED;
    made->abi.abi_version = is_hybrid ? (uint32_t)module->_python_version << 16 : 0x030f0000;

    enum { POINTER = 4 }; /* PySlot_INTPTR */
    NewSlot *slot = made->slots;
    *slot++ = (NewSlot){109, POINTER, 0, {&made->abi}};
    *slot++ = (NewSlot){84, POINTER, 0, {as_pointer((void (*)(void))module->_create)}};
    if (!has_create_slot(module))
        *slot++ = (NewSlot){85, POINTER, 0, {as_pointer((void (*)(void))module->_exec)}};
    *slot++ = (NewSlot){86, POINTER, 0, {ANY_INTERPRETER}};
    *slot++ = (NewSlot){87, POINTER, 0, {NO_GIL_NEEDED}};
    return ((ForExport *)publish(&module->_export, made))->slots;
}

/* Handing over. */

/* Whether the pending exception is that there is no package hpy, or none with a runtime. */
static bool is_hpy_missing(const CPython *py)
{
    if (!py->error_matches(*py->module_not_found))
        return false;
    Object *type, *value, *traceback;
    py->error_fetch(&type, &value, &traceback);
    py->error_normalize(&type, &value, &traceback);
    Object *name = value == NULL ? NULL : py->get_attr(value, "name");
    bool is_it = name != NULL && (py->compare(name, "hpy") == 0 || py->compare(name, "hpy.universal") == 0);
    if (name == NULL)
        py->error_clear();
    else
        py->release(name);
    py->error_restore(type, value, traceback);
    return is_it;
}

static void raise_missing(const CPython *py, Object *name)
{
    py->error_clear();
    Object *message = py->format(
        "the extension module '%S' needs the package hpy, version %s or newer, which is not installed. Install it: pip "
        "install \"hpy>=%s\"",
        name, _HPyEntry_NEEDS, _HPyEntry_NEEDS);
    raise_import_error(py, message, name);
}

static void raise_too_old(const CPython *py, Object *universal, Object *name)
{
    py->error_clear();
    Object *version = py->call_method(universal, "get_version", NULL);
    if (version == NULL)
        py->error_clear();
    Object *item = version == NULL ? NULL : py->call_method(version, "__getitem__", "i", 0);
    if (item == NULL)
        py->error_clear();
    Object *found = item != NULL ? py->format("version %S", item) : py->format("another one");
    if (found != NULL) {
        Object *message = py->format(
            "the extension module '%S' needs the package hpy, version %s or newer, but %S is installed. Upgrade it: pip "
            "install --upgrade \"hpy>=%s\"",
            name, _HPyEntry_NEEDS, found, _HPyEntry_NEEDS);
        raise_import_error(py, message, name);
        py->release(found);
    }
    if (item != NULL)
        py->release(item);
    if (version != NULL)
        py->release(version);
}

/* The runtime, for the module called `name`; NULL with an exception. It lives as long as the process. */
static const _HPyEntry_Runtime *find_runtime(const CPython *py, Object *name)
{
    Object *universal = py->import("hpy.universal");
    if (universal == NULL) {
        if (is_hpy_missing(py))
            raise_missing(py, name);
        return NULL;
    }
    Object *capsule = py->get_attr(universal, strrchr(_HPyEntry_CAPSULE, '.') + 1);
    const _HPyEntry_Runtime *runtime = NULL;
    if (capsule != NULL) {
        runtime = (const _HPyEntry_Runtime *)py->capsule_pointer(capsule, _HPyEntry_CAPSULE);
        py->release(capsule);
    }
    if (runtime != NULL && (runtime->_version != _HPyEntry_VERSION || runtime->_size < sizeof *runtime))
        runtime = NULL;
    if (runtime == NULL)
        raise_too_old(py, universal, name);
    py->release(universal);
    return runtime;
}

HPyAPI_HELPER Object *_HPyEntry_Create(const _HPyEntry_Module *module, Object *spec)
{
    CPython storage, *py = find_cpython(module, &storage);
    size_t head;
    if (py == NULL || !check_engine(py, module, &head))
        return NULL;
    Object *name = py->get_attr(spec, "name");
    if (name == NULL)
        return NULL;
    const _HPyEntry_Runtime *runtime = find_runtime(py, name);
    py->release(name);
    return runtime == NULL ? NULL : runtime->_create(module, spec);
}

HPyAPI_HELPER int _HPyEntry_Exec(const _HPyEntry_Module *module, Object *object)
{
    CPython storage, *py = find_cpython(module, &storage);
    if (py == NULL)
        return -1;
    Object *name = py->get_attr(object, "__name__");
    if (name == NULL)
        return -1;
    const _HPyEntry_Runtime *runtime = find_runtime(py, name);
    py->release(name);
    return runtime == NULL ? -1 : runtime->_exec(module, object);
}

#endif
