/* The entry point for CPython that a universal or hybrid binary contains when it is compiled with HPY_CPYTHON_ENTRY: CPython
 * imports such a binary by itself, under a name that it looks for, such as `foo.abi3.so`. Not to be included directly.
 *
 * The binary is not linked with CPython: helpers/entry.c, which is compiled into it, looks up what it calls when it is
 * called. All that is done there is to import `hpy.universal` and hand the module over to it, by the two structs below.
 * They are an interface between binaries and runtimes of different versions: members are only appended, and the versions
 * change when that is not enough. docs/design/importing.md has the reasons.
 */
#ifndef HPY_MODULE_ENTRY_H
#define HPY_MODULE_ENTRY_H

#include "hpy/module.h"

/* The version of HPy whose runtime first had this interface: what users have to install. */
#define _HPyEntry_NEEDS "0.10"

/* The name of the capsule, which is the path of the attribute that it is found under, with an `_HPyEntry_Runtime`. */
#define _HPyEntry_CAPSULE "hpy.universal._entry"
#define _HPyEntry_VERSION 1

/* A module, as its binary describes it. */
typedef struct _HPyEntry_Module_s {
    uint32_t _version;
    uint32_t _size;
    /* As in the symbols. */
    const char *_name;
    /* What the loader otherwise asks the functions get_required_hpy_... for. */
    uint32_t _abi_major;
    uint32_t _abi_minor;
    uint32_t _abi_members;
    /* Of the only CPython that a hybrid binary runs on: the upper half of PY_VERSION_HEX, and the size of a `PyObject`, which
     * tells free-threaded builds and others apart. 0 in universal binaries. */
    uint16_t _python_version;
    uint16_t _python_object_size;
    void (*_set_context)(HPyContext *ctx);
    HPyModuleDef *(*_definition)(void);
    /* The slots Py_mod_create and Py_mod_exec. */
    cpy_PyObject *(*_create)(cpy_PyObject *spec, void *def);
    int (*_exec)(cpy_PyObject *module);
    /* What CPython gets, once it was made: a PyModuleDef, or slots. Written by entry.c alone. */
    void *_init;
    void *_export;
} _HPyEntry_Module;

/* What the runtime does. */
typedef struct {
    uint32_t _version;
    uint32_t _size;
    /* A new object for the module of `spec`: a module that `_exec` is called for next, or what the module's
     * `HPy_mod_create` made. NULL with an exception on failure. */
    cpy_PyObject *(*_create)(const _HPyEntry_Module *module, cpy_PyObject *spec);
    /* Fills a module. 0, or -1 with an exception. */
    int (*_exec)(const _HPyEntry_Module *module, cpy_PyObject *object);
} _HPyEntry_Runtime;

_HPy_STATIC_ASSERT(sizeof(void *) != 8 || (offsetof(_HPyEntry_Module, _set_context) == 32 && sizeof(_HPyEntry_Module) == 80),
                   "binaries in use have this layout");
_HPy_STATIC_ASSERT(sizeof(void *) != 8 || sizeof(_HPyEntry_Runtime) == 24, "runtimes in use have this layout");

/* The bodies of PyInit_<name>, of PyModExport_<name>, which CPython 3.15 and newer prefers (PEP 793), and of the slots. */
HPyAPI_HELPER cpy_PyObject *_HPyEntry_Init(_HPyEntry_Module *module);
HPyAPI_HELPER void *_HPyEntry_Export(_HPyEntry_Module *module);
HPyAPI_HELPER cpy_PyObject *_HPyEntry_Create(const _HPyEntry_Module *module, cpy_PyObject *spec);
HPyAPI_HELPER int _HPyEntry_Exec(const _HPyEntry_Module *module, cpy_PyObject *object);

#ifdef HPY_ABI_HYBRID
#  define _HPyEntry_PYTHON_VERSION (PY_VERSION_HEX >> 16)
#  define _HPyEntry_PYTHON_OBJECT_SIZE sizeof(PyObject)
#else
#  define _HPyEntry_PYTHON_VERSION 0
#  define _HPyEntry_PYTHON_OBJECT_SIZE 0
#endif

/* For a module whose name is not ASCII, `ext_name` is its encoded form, and CPython looks for the symbol with a U. The
 * preprocessor cannot recognise such names, so both are defined. The last symbol is for the loader, which then does not
 * expect a tag of HPy in the name of the file. */
/* Names of parameters begin with _: the author may have a variable called `module`. */
#define _HPyEntry_DEFINE(ext_name) \
    static cpy_PyObject *_HPyEntry_create_##ext_name(cpy_PyObject *_spec, void *_def); \
    static int _HPyEntry_exec_##ext_name(cpy_PyObject *_module); \
    static _HPyEntry_Module _HPyEntry_module_##ext_name = { \
        _HPyEntry_VERSION, \
        sizeof(_HPyEntry_Module), \
        #ext_name, \
        HPY_ABI_VERSION, \
        (HPY_TARGET_ABI_VERSION) & 0xffff, \
        _HPy_TARGET_MEMBERS, \
        _HPyEntry_PYTHON_VERSION, \
        _HPyEntry_PYTHON_OBJECT_SIZE, \
        HPyInitGlobalContext_##ext_name, \
        HPyInit_##ext_name, \
        _HPyEntry_create_##ext_name, \
        _HPyEntry_exec_##ext_name, \
        NULL, \
        NULL, \
    }; \
    static cpy_PyObject *_HPyEntry_create_##ext_name(cpy_PyObject *_spec, void *_def) \
    { \
        (void)_def; \
        return _HPyEntry_Create(&_HPyEntry_module_##ext_name, _spec); \
    } \
    static int _HPyEntry_exec_##ext_name(cpy_PyObject *_module) \
    { \
        return _HPyEntry_Exec(&_HPyEntry_module_##ext_name, _module); \
    } \
    _HPyEntry_SYMBOL(cpy_PyObject *, PyInit_##ext_name, _HPyEntry_Init, ext_name) \
    _HPyEntry_SYMBOL(cpy_PyObject *, PyInitU_##ext_name, _HPyEntry_Init, ext_name) \
    _HPyEntry_SYMBOL(void *, PyModExport_##ext_name, _HPyEntry_Export, ext_name) \
    _HPyEntry_SYMBOL(void *, PyModExportU_##ext_name, _HPyEntry_Export, ext_name) \
    HPy_EXPORTED_SYMBOL const _HPyEntry_Module *HPyEntry_##ext_name(void); \
    HPy_EXPORTED_SYMBOL const _HPyEntry_Module *HPyEntry_##ext_name(void) \
    { \
        return &_HPyEntry_module_##ext_name; \
    }

#define _HPyEntry_SYMBOL(type, symbol, function, ext_name) \
    HPy_EXPORTED_SYMBOL type symbol(void); \
    HPy_EXPORTED_SYMBOL type symbol(void) \
    { \
        return function(&_HPyEntry_module_##ext_name); \
    }

#endif /* HPY_MODULE_ENTRY_H */
