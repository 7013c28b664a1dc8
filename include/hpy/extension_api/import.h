/* Publishing and importing tables of functions with the API of HPy. Not to be included directly; extension_api.h explains how
 * to use them.
 */
#ifndef HPY_EXTENSION_API_IMPORT_H
#define HPY_EXTENSION_API_IMPORT_H

#include "hpy/extension_api.h"

/* How many contexts of one interpreter can publish the same table: one binary may be loaded in several modes. */
#  define _HPyAPI_SLOTS 4

/* A function that others call, as its provider knows it. */
struct _HPyAPI_Function_s {
    /* Unpacks the arguments and calls the implementation. */
    HPyFunc_api _call;
    const char *_name;
    /* The engine writes these two when the table is published. */
    struct _HPyAPI_Table_s *_table;
    uintptr_t _index;
};

/* How functions of a table are called. */
enum {
    /* With a context of the engine, which is found by the slot. */
    _HPyAPI_WITH_CONTEXT = 0,
    /* With objects of CPython, in the CPython ABI. */
    _HPyAPI_WITH_OBJECTS = 1,
};

/* A table as its provider publishes it. It begins as all tables. */
struct _HPyAPI_Table_s {
    _HPyAPI_Head _head;
    uint32_t _kind;
    /* Of the provider's context. */
    uint32_t _context_size;
    _HPyAPI_Function *const *_functions;
    /* For importers with the same context; for others with a context; for those of the CPython ABI; for those of the C
     * API. The last three have one table for each slot. */
    const void *_same;
    const void *_contexts[_HPyAPI_SLOTS];
    const void *_handles[_HPyAPI_SLOTS];
    const _HPyAPI_Head *_objects[_HPyAPI_SLOTS];
    /* The engine's. */
    uintptr_t _number;
};

/* Raises ImportError. Returns -1. */
HPyAPI_FUNC int _HPyAPI_refuse(HPyContext *ctx, const char *text)
{
    HPyErr_SetString(ctx, ctx->h_ImportError, text);
    return -1;
}

HPyAPI_FUNC int _HPyAPI_add_capsule(HPyContext *ctx, HPy module, const void *pointer, const char *name, int slot)
{
    HPy capsule = HPyCapsule_New(ctx, (void *)(uintptr_t)pointer, name, NULL);
    if (HPy_IsNull(capsule))
        return -1;
    /* Never NULL. */
    int status = HPyCapsule_SetContext(ctx, capsule, (void *)(uintptr_t)(slot + 1));
    if (status == 0)
        status = HPy_SetAttr_s(ctx, module, strrchr(name, '.') + 1, capsule);
    HPy_Close(ctx, capsule);
    return status;
}

HPyAPI_FUNC int _HPyAPI_publish(HPyContext *ctx, HPy module, _HPyAPI_Table *table)
{
    char text[_HPyAPI_TEXT];
    if (_HPyAPI_check_growth(&table->_head, text, sizeof(text)) < 0)
        return _HPyAPI_refuse(ctx, text);
#ifdef HPY_ABI_CPYTHON
    int slot = 0;
#else
    int slot = _HPyAPI_GetSlot(ctx, table, 1);
    if (slot < 0)
        return -1;
#endif
    const _HPyAPI_Head *objects = table->_objects[slot];
    if (_HPyAPI_add_capsule(ctx, module, table, table->_head._name, slot) < 0)
        return -1;
    return _HPyAPI_add_capsule(ctx, module, objects, objects->_name, slot);
}

/* The pointers for an importer with this context, of a table that was published with this slot; NULL with an exception.
 *
 * The importer may keep them in a static variable, which it then has for all the contexts in which it is loaded: once it
 * got those that take any context, it gets no others.
 */
HPyAPI_FUNC const void *_HPyAPI_choose(HPyContext *ctx, _HPyAPI_Head *needed, _HPyAPI_Table *table, uintptr_t slot)
{
    (void)ctx, (void)needed;
    if (slot >= _HPyAPI_SLOTS || (table->_kind != _HPyAPI_WITH_CONTEXT && slot != 0)) {
        _HPyAPI_refuse(ctx, "the capsule with the table of functions does not say by which context it was published");
        return NULL;
    }
#ifdef HPY_ABI_CPYTHON
    if (table->_kind == _HPyAPI_WITH_OBJECTS && table->_context_size <= sizeof(struct _HPyContext_s))
        return table->_same;
    return table->_handles[slot];
#else
    int own = _HPyAPI_GetSlot(ctx, table, 0);
    if (own < 0)
        return NULL;
    if (table->_kind == _HPyAPI_WITH_OBJECTS)
        return table->_contexts[0];
    if (own == (int)slot && needed->_functions != table)
        return table->_same;
    needed->_functions = table;
    return table->_contexts[slot];
#endif
}

/* The functions of the table that a capsule holds; NULL with an exception if it is not what is needed. */
HPyAPI_FUNC const void *_HPyAPI_functions(HPyContext *ctx, HPy capsule, _HPyAPI_Head *needed)
{
    char text[_HPyAPI_TEXT];
    const char *name = needed->_name;
    if (!HPyCapsule_IsValid(ctx, capsule, name)) {
        snprintf(text, sizeof(text),
                 "%s is no capsule of that name: it is not the table of functions that this extension needs", name);
        _HPyAPI_refuse(ctx, text);
        return NULL;
    }
    _HPyAPI_Table *table = (_HPyAPI_Table *)HPyCapsule_GetPointer(ctx, capsule, name);
    if (table == NULL)
        return NULL;
    if (_HPyAPI_check(needed, &table->_head, _HPyAPI_MARK_HANDLES, text, sizeof(text)) < 0) {
        _HPyAPI_refuse(ctx, text);
        return NULL;
    }
    uintptr_t slot = (uintptr_t)HPyCapsule_GetContext(ctx, capsule) - 1;
    if (HPyErr_Occurred(ctx))
        return NULL;
    return _HPyAPI_choose(ctx, needed, table, slot);
}

/* The capsule of a table; HPy_NULL with an exception. */
HPyAPI_FUNC HPy _HPyAPI_capsule(HPyContext *ctx, HPy provider, const char *attribute, const char *where,
                                const _HPyAPI_Head *needed)
{
    HPy capsule;
    if (HPy_GetOptionalAttr_s(ctx, provider, attribute, &capsule) == 0) {
        char text[_HPyAPI_TEXT];
        snprintf(text, sizeof(text),
                 "module '%s' has no '%s', the table of functions that this extension needs in version %u.%u or newer; "
                 "install a newer version of the module",
                 where, attribute, (unsigned)needed->_major, (unsigned)needed->_minor);
        _HPyAPI_refuse(ctx, text);
    }
    return capsule;
}

/* Keeps the module that has a table alive as long as the one that uses it. */
HPyAPI_FUNC int _HPyAPI_keep(HPyContext *ctx, HPy module, const char *name, HPy provider)
{
    HPy imports;
    int status = HPy_GetOptionalAttr_s(ctx, module, "__api_imports__", &imports);
    if (status == 0) {
        imports = HPyDict_New(ctx);
        status = HPy_IsNull(imports) ? -1 : HPy_SetAttr_s(ctx, module, "__api_imports__", imports);
    }
    if (status >= 0)
        status = HPy_SetItem_s(ctx, imports, name, provider);
    HPy_Close(ctx, imports);
    return status;
}

HPyAPI_FUNC const void *_HPyAPI_import(HPyContext *ctx, HPy module, _HPyAPI_Head *needed)
{
    char where[_HPyAPI_NAME];
    const void *functions = NULL;
    const char *attribute = _HPyAPI_split(needed->_name, where, sizeof(where));
    if (attribute == NULL) {
        _HPyAPI_refuse(ctx, "the name of a table of functions must be 'module.attribute'");
        return NULL;
    }
    HPy provider = HPyImport_ImportModule(ctx, where);
    if (HPy_IsNull(provider))
        return NULL;
    HPy capsule = _HPyAPI_capsule(ctx, provider, attribute, where, needed);
    if (!HPy_IsNull(capsule))
        functions = _HPyAPI_functions(ctx, capsule, needed);
    if (functions != NULL && _HPyAPI_keep(ctx, module, needed->_name, provider) < 0)
        functions = NULL;
    HPy_Close(ctx, capsule);
    HPy_Close(ctx, provider);
    return functions;
}

#endif /* HPY_EXTENSION_API_IMPORT_H */
