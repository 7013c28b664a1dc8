/* Tables of C functions that one extension publishes and others call: how they are declared and laid out, and what is
 * checked when one is imported. Not to be included directly; extension_api.h explains how to use them.
 *
 * This header needs nothing of Python or HPy, as it is part of all kinds of extensions. The layouts are described in
 * docs/design/cross-extension-api.md.
 */
#ifndef HPY_EXTENSION_API_TABLE_H
#define HPY_EXTENSION_API_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#  pragma GCC system_header
#  define _HPyAPI_STATIC __attribute__((unused)) static
#else
#  define _HPyAPI_STATIC static
#endif

/* What a table says of one of its functions. */
typedef struct {
    const char *_name;
    /* As the declaration has it: `double (HPy, size_t)`. */
    const char *_signature;
    /* The minor version that added it. */
    uint32_t _since;
    /* For a function that gives the struct of an object: version and size of the struct; 0 for others. */
    uint32_t _struct_version;
    size_t _struct_size;
} _HPyAPI_Entry;

/* The beginning of all tables. `_functions` is as long as `_entries`. */
typedef struct {
    uint32_t _mark;
    uint32_t _major;
    uint32_t _minor;
    uint32_t _count;
    /* `module.attribute`, where the capsule is. */
    const char *_name;
    const _HPyAPI_Entry *_entries;
    /* Pointers to functions; NULL where they depend on the importer. In what an importer needs, the table of which it got
     * pointers that take any context. */
    const void *_functions;
} _HPyAPI_Head;

/* The marks of the two kinds of tables, each with a version of its layout. */
#define _HPyAPI_MARK_HANDLES 0x48415001u
#define _HPyAPI_MARK_OBJECTS 0x4f415001u

/* What follows the name of a table in the name of the table for objects. */
#define _HPyAPI_OBJECTS_SUFFIX "_objects"

/* For `_HPyAPI_IF(…)`: 1 for `void`, 0 for any other type, also for `void *`. */
#define _HPyAPI_IS_VOID(TYPE) _HPyAPI_IS_VOID_1(_HPyAPI_VOID_##TYPE(~), 0, ~)
#define _HPyAPI_IS_VOID_1(...) _HPyAPI_IS_VOID_2(__VA_ARGS__)
#define _HPyAPI_IS_VOID_2(type, is_void, ...) is_void
#define _HPyAPI_VOID_void(ignored) ~, 1

/* The same for the first of several types. */
#define _HPyAPI_FIRST_IS_VOID(...) _HPyAPI_FIRST_IS_VOID_1(__VA_ARGS__, ~)
#define _HPyAPI_FIRST_IS_VOID_1(first, ...) _HPyAPI_IS_VOID(first)

#define _HPyAPI_CONCAT(a, b) _HPyAPI_CONCAT_1(a, b)
#define _HPyAPI_CONCAT_1(a, b) a##b
#define _HPyAPI_IF(condition) _HPyAPI_CONCAT(_HPyAPI_IF_, condition)
#define _HPyAPI_IF_1(then, ...) then
#define _HPyAPI_IF_0(then, ...) __VA_ARGS__

/* What is made of the lines of a list. */
#define _HPyAPI_ENTRY(SINCE, RETURNS, NAME, ...) {#NAME, #RETURNS " (" #__VA_ARGS__ ")", SINCE, 0, 0},
#define _HPyAPI_TYPE_ENTRY(SINCE, STRUCT, VERSION) \
    {#STRUCT "_AsStruct", #STRUCT " * (HPy)", SINCE, VERSION, sizeof(STRUCT)},
#define _HPyAPI_TYPE_FIELD(SINCE, STRUCT, VERSION) _HPyAPI_FIELD(SINCE, STRUCT *, STRUCT##_AsStruct, HPy)

/* The struct of function pointers, and what an importer needs. */
#define _HPyAPI_DECLARE(API, NAME, MAJOR, MINOR, LIST) \
    typedef struct API { LIST(_HPyAPI_FIELD, _HPyAPI_TYPE_FIELD) } API; \
    _HPyAPI_STATIC const _HPyAPI_Entry API##_entries[] = {LIST(_HPyAPI_ENTRY, _HPyAPI_TYPE_ENTRY)}; \
    enum { \
        API##_count = sizeof(API##_entries) / sizeof(API##_entries[0]), \
        API##_major = MAJOR, \
        API##_minor = MINOR, \
    }; \
    _HPyAPI_STATIC const char API##_name[] = NAME; \
    _HPyAPI_STATIC const char API##_objects_name[] = NAME _HPyAPI_OBJECTS_SUFFIX; \
    _HPyAPI_STATIC _HPyAPI_Head API##_needed = {0, MAJOR, MINOR, API##_count, NAME, API##_entries, NULL};

/* Room for the name of a module, and for a text that has it; longer texts are cut. */
#define _HPyAPI_NAME 256
#define _HPyAPI_TEXT 600

/* Checks before tables are used. Each returns 0, or -1 with a text that says what is wrong and what to do. */

_HPyAPI_STATIC int _HPyAPI_same_signature(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == ' ')
            a++;
        while (*b == ' ')
            b++;
        if (*a != *b)
            return 0;
        if (*a == '\0')
            return 1;
    }
}

_HPyAPI_STATIC int _HPyAPI_check_entry(const _HPyAPI_Head *needed, const _HPyAPI_Head *found, uint32_t index,
                                       char *text, size_t size)
{
    const _HPyAPI_Entry *a = &needed->_entries[index];
    const _HPyAPI_Entry *b = &found->_entries[index];
    const char *name = needed->_name;
    unsigned major = (unsigned)found->_major, minor = (unsigned)found->_minor;
    if (strcmp(a->_name, b->_name) != 0)
        snprintf(text, size,
                 "%s %u.%u has '%s' in the place where '%s' was when this extension was compiled, without a new major "
                 "version; rebuild the extension",
                 name, major, minor, b->_name, a->_name);
    else if (!_HPyAPI_same_signature(a->_signature, b->_signature))
        snprintf(text, size,
                 "%s %u.%u has '%s' as %s, and this extension was compiled for %s: it has changed without a new major "
                 "version; rebuild the extension",
                 name, major, minor, a->_name, b->_signature, a->_signature);
    else if (a->_struct_version != b->_struct_version || a->_struct_size > b->_struct_size)
        snprintf(text, size,
                 "%s %u.%u: the struct of '%s' has version %u and %zu bytes, and this extension was compiled for version "
                 "%u with %zu bytes; rebuild the extension",
                 name, major, minor, a->_name, (unsigned)b->_struct_version, b->_struct_size,
                 (unsigned)a->_struct_version, a->_struct_size);
    else
        return 0;
    return -1;
}

/* Whether what a capsule points to is a table of the kind `mark` that has what is needed. */
_HPyAPI_STATIC int _HPyAPI_check(const _HPyAPI_Head *needed, const _HPyAPI_Head *found, uint32_t mark, char *text,
                                 size_t size)
{
    if (found->_mark != mark) {
        snprintf(text, size,
                 "%s: the capsule does not hold a table of functions as this extension knows it (its mark is 0x%08x, not "
                 "0x%08x); it was forged, or made by another version of HPy: rebuild both extensions with the same",
                 needed->_name, (unsigned)found->_mark, (unsigned)mark);
        return -1;
    }
    if (needed->_major != found->_major || needed->_minor > found->_minor) {
        int is_newer = found->_major > needed->_major;
        snprintf(text, size, "%s has version %u.%u, which is too %s: this extension needs %u.%u%s; %s", needed->_name,
                 (unsigned)found->_major, (unsigned)found->_minor, is_newer ? "new" : "old", (unsigned)needed->_major,
                 (unsigned)needed->_minor, needed->_major == found->_major ? " or newer" : "",
                 is_newer ? "rebuild the extension, or install an older version of the module that has the table"
                          : "install a newer version of the module that has the table");
        return -1;
    }
    if (needed->_count > found->_count) {
        snprintf(text, size,
                 "%s %u.%u has %u functions, and this extension was compiled for %u: some were removed without a new "
                 "major version; rebuild the extension",
                 needed->_name, (unsigned)found->_major, (unsigned)found->_minor, (unsigned)found->_count,
                 (unsigned)needed->_count);
        return -1;
    }
    for (uint32_t i = 0; i < needed->_count; i++)
        if (_HPyAPI_check_entry(needed, found, i, text, size) < 0)
            return -1;
    return 0;
}

/* Copies the name of the module out of `module.attribute`, and returns the attribute; NULL if that is not its form. */
_HPyAPI_STATIC const char *_HPyAPI_split(const char *name, char *module, size_t size)
{
    const char *dot = strrchr(name, '.');
    size_t length = dot == NULL ? 0 : (size_t)(dot - name);
    if (length == 0 || length >= size || dot[1] == '\0')
        return NULL;
    memcpy(module, name, length);
    module[length] = '\0';
    return dot + 1;
}

/* Whether a table that is about to be published follows the rules by which tables grow. */
_HPyAPI_STATIC int _HPyAPI_check_growth(const _HPyAPI_Head *table, char *text, size_t size)
{
    uint32_t since = 0;
    for (uint32_t i = 0; i < table->_count; i++) {
        const _HPyAPI_Entry *entry = &table->_entries[i];
        if (entry->_since < since || entry->_since > table->_minor) {
            snprintf(text, size,
                     "%s %u.%u: '%s' is said to be there since minor version %u, which is %s; functions are only added "
                     "at the end, each with the minor version that adds it",
                     table->_name, (unsigned)table->_major, (unsigned)table->_minor, entry->_name,
                     (unsigned)entry->_since,
                     entry->_since > table->_minor ? "not yet reached" : "less than that of the function before it");
            return -1;
        }
        since = entry->_since;
    }
    char module[_HPyAPI_NAME];
    if (_HPyAPI_split(table->_name, module, sizeof(module)) == NULL) {
        snprintf(text, size, "'%s' is no name for a table of functions: it must be 'module.attribute'", table->_name);
        return -1;
    }
    return 0;
}

#endif /* HPY_EXTENSION_API_TABLE_H */
