/* Typed functions: entry points with arguments and results in C, beside the functions and methods that Python calls.
 *
 * A function that is marked `@typed` in an Argument Clinic block can be called without making objects of its arguments: by
 * other extensions, compilers and JITs. Its signature in C is published with it, as `"double (double, long)"`:
 *
 *     static double (*add)(HPyContext *ctx, double a, long b);
 *     ...
 *     *(HPyCFunction *)&add = HPyTyped_Find(ctx, callable, "double (double, long)");
 *     if (add != NULL)
 *         sum = add(ctx, 1.5, 2);
 *     else if (!HPyErr_Occurred(ctx))
 *         ... call it as any object
 *
 * A method gets the object first, as `HPy`. As functions of extension_api.h, they get the context of their own extension,
 * whichever the caller has, and report failure by an exception and a value of their own.
 *
 * What uses the C API finds functions of the module in `module.__pyx_capi__`, by their names, in capsules whose names are
 * the signatures, with `PyObject *` in the place of `HPy` and no context: this is where Cython, Numba and SciPy look.
 */
#ifndef HPY_TYPED_H
#define HPY_TYPED_H

#ifndef HPY_H
#  include <hpy.h>
#endif
#include <hpy/extension_api.h>

#if defined(__GNUC__) || defined(__clang__)
#  pragma GCC system_header
#endif

#if !defined(HPY_ABI_UNIVERSAL) && !defined(HPY_ABI_HYBRID) && !defined(HPY_ABI_CPYTHON)
#  error "this header is for extensions that use HPy: others find typed functions in module.__pyx_capi__"
#endif

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/* The attribute of a module with the table of its typed functions. */
#define _HPyTyped_ATTRIBUTE "__typed__"
#define _HPyTyped_NAME "module." _HPyTyped_ATTRIBUTE

/* Whether `name` in C, `Point_move_typed`, is that of the qualified name in Python, `Point.move`. */
HPyAPI_FUNC int _HPyTyped_is_named(const char *name, const char *python)
{
    while (*python != '\0' && (*name == *python || (*python == '.' && *name == '_')))
        name++, python++;
    return *python == '\0' && strcmp(name, "_typed") == 0;
}

/* Writes a signature as Cython does, with `PyObject *` for each `HPy`. Returns 0 if there is no room for it. */
HPyAPI_FUNC int _HPyTyped_for_objects(const char *signature, char *text, size_t size)
{
    size_t used = 0;
    while (*signature != '\0') {
        const char *word = signature;
        while ((*signature >= 'a' && *signature <= 'z') || (*signature >= 'A' && *signature <= 'Z') || *signature == '_' ||
               (*signature >= '0' && *signature <= '9'))
            signature++;
        size_t length = (size_t)(signature - word);
        if (length == 0)
            length = 1, signature++;
        if (*word == ' ' && *signature == '(' && used > 0 && text[used - 1] == '*')
            continue;
        const char *written = word;
        if (length == 3 && memcmp(word, "HPy", 3) == 0)
            written = "PyObject *", length = strlen(written);
        else if (length == 11 && memcmp(word, "HPy_ssize_t", 11) == 0)
            written = "Py_ssize_t", length = strlen(written);
        if (used + length >= size)
            return 0;
        memcpy(text + used, written, length);
        used += length;
    }
    text[used] = '\0';
    return 1;
}

/* Adds the functions of the module, not those of its types, to `module.__pyx_capi__`. */
HPyAPI_FUNC int _HPyTyped_publish_objects(HPyContext *ctx, HPy module, const HPyTypedFunction *functions,
                                          const _HPyAPI_Head *objects, char *names, size_t size)
{
    HPy dict = HPyDict_New(ctx);
    int status = HPy_IsNull(dict) ? -1 : 0;
    for (uint32_t i = 0; status == 0 && functions[i].name != NULL; i++) {
        if (strchr(functions[i].name, '.') != NULL)
            continue;
        /* The name of a capsule lives as long as the module's binary. */
        if (!_HPyTyped_for_objects(functions[i].signature, names, size)) {
            HPyErr_SetString(ctx, ctx->h_SystemError, "the signature of a typed function is too long");
            status = -1;
            break;
        }
        HPyCFunction function = ((const HPyCFunction *)objects->_functions)[i];
        HPy capsule = HPyCapsule_New(ctx, (void *)(uintptr_t)function, names, NULL);
        status = HPy_IsNull(capsule) ? -1 : HPy_SetItem_s(ctx, dict, functions[i].name, capsule);
        HPy_Close(ctx, capsule);
        size -= strlen(names) + 1;
        names += strlen(names) + 1;
    }
    if (status == 0 && HPy_Length(ctx, dict) > 0)
        status = HPy_SetAttr_s(ctx, module, "__pyx_capi__", dict);
    HPy_Close(ctx, dict);
    return status;
}

HPyAPI_FUNC int _HPyTyped_publish(HPyContext *ctx, HPy module, _HPyAPI_Table *table,
                                  const HPyTypedFunction *functions, char *names, size_t size)
{
#ifdef HPY_ABI_CPYTHON
    int slot = 0;
#else
    int slot = _HPyAPI_GetSlot(ctx, table, 1);
    if (slot < 0)
        return -1;
#endif
    if (_HPyAPI_add_capsule(ctx, module, table, _HPyTyped_NAME, slot) < 0)
        return -1;
    return _HPyTyped_publish_objects(ctx, module, functions, table->_objects[slot], names, size);
}

/* The module of a function, or of the type of a method, if `callable` is what stands there under its name; HPy_NULL
 * without an exception if it is anything else. */
HPyAPI_FUNC HPy _HPyTyped_module(HPyContext *ctx, HPy callable, HPy name)
{
    HPy module = HPy_NULL, found = HPy_NULL, type = HPy_NULL, where = HPy_NULL;
    if (HPy_GetOptionalAttr_s(ctx, callable, "__objclass__", &type) > 0) {
        const char *text = NULL;
        if (HPy_GetOptionalAttr_s(ctx, type, "__module__", &where) > 0 && HPyUnicode_Check(ctx, where))
            text = HPyUnicode_AsUTF8AndSize(ctx, where, NULL);
        if (text != NULL)
            module = HPyImport_ImportModule(ctx, text);
        HPy own = HPyErr_Occurred(ctx) ? HPy_NULL : HPy_GetAttr_s(ctx, callable, "__name__");
        if (!HPy_IsNull(own))
            found = HPy_GetAttr(ctx, type, own);
        HPy_Close(ctx, own);
    }
    else if (!HPyErr_Occurred(ctx) && HPy_GetOptionalAttr_s(ctx, callable, "__self__", &module) > 0) {
        const char *text = HPyUnicode_AsUTF8AndSize(ctx, name, NULL);
        if (text != NULL)
            HPy_GetOptionalAttr_s(ctx, module, text, &found);
    }
    int is_same = !HPy_IsNull(found) && HPy_Is(ctx, found, callable);
    HPy_Close(ctx, where);
    HPy_Close(ctx, type);
    HPy_Close(ctx, found);
    if (!is_same) {
        HPy_Close(ctx, module);
        return HPy_NULL;
    }
    return module;
}

/**
 * The function in C that does what `callable` does, a function of a module or a method as its type has it. `signature` is
 * what the caller is compiled for; it is compared without regard to spaces.
 *
 * The pointer takes the context first, and then what the signature says. It is valid in this interpreter, for callers with
 * this context, as long as the module lives.
 *
 * Returns NULL if there is no such function, and with an exception on failure.
 */
HPy_FACTS(since=0.1, python=yes, error=none)
HPyAPI_FUNC HPyCFunction HPyTyped_Find(HPyContext *ctx, HPy callable, const char *signature)
{
    HPyCFunction function = NULL;
    HPy name, capsule = HPy_NULL;
    if (HPy_GetOptionalAttr_s(ctx, callable, "__qualname__", &name) <= 0)
        return NULL;
    const char *text = HPyUnicode_Check(ctx, name) ? HPyUnicode_AsUTF8AndSize(ctx, name, NULL) : NULL;
    HPy module = text == NULL ? HPy_NULL : _HPyTyped_module(ctx, callable, name);
    if (!HPy_IsNull(module) && HPy_GetOptionalAttr_s(ctx, module, _HPyTyped_ATTRIBUTE, &capsule) > 0 &&
        HPyCapsule_IsValid(ctx, capsule, _HPyTyped_NAME)) {
        _HPyAPI_Table *table = (_HPyAPI_Table *)HPyCapsule_GetPointer(ctx, capsule, _HPyTyped_NAME);
        for (uint32_t i = 0; table != NULL && i < table->_head._count; i++) {
            const _HPyAPI_Entry *entry = &table->_head._entries[i];
            if (table->_head._mark != _HPyAPI_MARK_HANDLES || !_HPyTyped_is_named(entry->_name, text) ||
                !_HPyAPI_same_signature(entry->_signature, signature))
                continue;
            uintptr_t slot = (uintptr_t)HPyCapsule_GetContext(ctx, capsule) - 1;
            /* For this context alone, so nothing is to be kept of it. */
            _HPyAPI_Head needed = {0, 0, 0, 0, NULL, NULL, NULL};
            const HPyCFunction *functions = (const HPyCFunction *)_HPyAPI_choose(ctx, &needed, table, slot);
            function = functions == NULL ? NULL : functions[i];
            break;
        }
    }
    HPy_Close(ctx, capsule);
    HPy_Close(ctx, module);
    HPy_Close(ctx, name);
    return function;
}

/* One line of the list of `HPyDef_TYPED`. */
#define _HPyTyped_FUNCTION(SINCE, RETURNS, NAME, ...) \
    {NAME##_python, #RETURNS " (" #__VA_ARGS__ ")", (HPyCFunction)NAME##_impl},
#define _HPyTyped_TYPE(SINCE, STRUCT, VERSION)

/** Defines the typed functions of a module; the clinic generates it. `LIST` is as in extension_api.h, its names end in
 *  `_typed`, and `NAME_python` is the qualified name in Python. */
#define HPyDef_TYPED(SYM, LIST) \
    HPyAPI_DECLARE(SYM##_API, _HPyTyped_NAME, 1, 0, LIST) \
    HPyDef_API(SYM##_API, LIST) \
    static const HPyTypedFunction SYM##_functions[] = {LIST(_HPyTyped_FUNCTION, _HPyTyped_TYPE) {NULL, NULL, NULL}}; \
    static char SYM##_names[sizeof(#LIST) + (SYM##_API_count + 1) * 200]; \
    HPyFunc_DECLARE(SYM##_publish, HPyFunc_INQUIRY); \
    HPyFunc_TRAMPOLINE(SYM##_trampoline, SYM##_publish, HPyFunc_INQUIRY) \
    static int SYM##_publish(HPyContext *ctx, HPy module) \
    { \
        return _HPyTyped_publish(ctx, module, &SYM##_API_table, SYM##_functions, SYM##_names, sizeof(SYM##_names)); \
    } \
    _HPyDef_VARIABLE(SYM) = { \
        .kind = HPyDef_Kind_Typed, \
        .typed = { \
            .functions = SYM##_functions, \
            .publish = (HPyCFunction)SYM##_publish, \
            .cpy_trampoline = _HPyDef_TRAMPOLINE(SYM##_trampoline), \
        }, \
    }; \
    _HPyDef_END

#endif

#endif /* HPY_TYPED_H */
