/* Capsules: objects that carry a C pointer.
 *
 * A capsule has a name, which says what the pointer means. Names are compared as strings; a name may be NULL and is
 * not copied. A capsule can have a second pointer, the context, which its owner may use freely.
 */
#ifndef HPY_CAPSULE_H
#define HPY_CAPSULE_H

#include "hpy/context.h"

/** The function that is called when a capsule is destroyed. Define it with `HPyCapsule_DESTRUCTOR`. */
struct _HPyCapsule_Destructor_s {
    /** The trampoline, for CPython. */
    cpy_PyCapsule_Destructor cpy_trampoline;
    /** The implementation, for other engines. */
    HPyFunc_Capsule_Destructor impl;
};

/**
 * Creates a capsule. `pointer` must not be NULL. `utf8_name` and `dtor` may be NULL; otherwise they must live as
 * long as the capsule.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`ValueError` for a NULL pointer or an incomplete
 * destructor).
 */
HPy_ID(244, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyCapsule_New(HPyContext *ctx, HPy_KEPT void *pointer,
                               HPy_NULLABLE HPy_KEPT const char *utf8_name,
                               HPy_NULLABLE HPy_KEPT HPyCapsule_Destructor *dtor);

/**
 * Reads what `key` selects. `utf8_name` matters for the pointer only. Use the functions below instead.
 *
 * Returns NULL with an exception on failure; NULL without an exception if the name or context is NULL.
 */
HPy_ID(245, since=0.0, python=no, error=NULL?)
HPyAPI_FUNC void *HPyCapsule_Get(HPyContext *ctx, HPy capsule, _HPyCapsule_key key,
                                 HPy_NULLABLE const char *utf8_name);

/**
 * Whether the object is a capsule with this name, so that its pointer can be read. Returns 1 or 0.
 */
HPy_ID(246, since=0.0, python=no, error=none)
HPyAPI_FUNC int HPyCapsule_IsValid(HPyContext *ctx, HPy_NULLABLE HPy capsule,
                                   HPy_NULLABLE const char *utf8_name);

/** Writes what `key` selects. Use the functions below instead. Returns 0, or -1 with an exception. */
HPy_ID(247, since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyCapsule_Set(HPyContext *ctx, HPy capsule, _HPyCapsule_key key,
                               HPy_NULLABLE HPy_KEPT void *value);

/* Reading and writing. */

/** The pointer of a capsule with this name. Returns NULL with `ValueError` if `capsule` is not a capsule or has another
 *  name. */
HPy_FACTS(since=0.0, python=no, error=NULL)
HPyAPI_FUNC void *HPyCapsule_GetPointer(HPyContext *ctx, HPy capsule, HPy_NULLABLE const char *utf8_name)
{
    return HPyCapsule_Get(ctx, capsule, HPyCapsule_key_Pointer, utf8_name);
}

/** The name of a capsule, which may be NULL. Returns NULL with `ValueError` if `capsule` is not a capsule. */
HPy_FACTS(since=0.0, python=no, error=NULL?)
HPyAPI_FUNC const char *HPyCapsule_GetName(HPyContext *ctx, HPy capsule)
{
    return (const char *)HPyCapsule_Get(ctx, capsule, HPyCapsule_key_Name, NULL);
}

/** The context of a capsule, which may be NULL. Returns NULL with `ValueError` if `capsule` is not a capsule. */
HPy_FACTS(since=0.0, python=no, error=NULL?)
HPyAPI_FUNC void *HPyCapsule_GetContext(HPyContext *ctx, HPy capsule)
{
    return HPyCapsule_Get(ctx, capsule, HPyCapsule_key_Context, NULL);
}

/** Changes the pointer; the new one must not be NULL. Returns 0, or -1 with an exception. */
HPy_FACTS(since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyCapsule_SetPointer(HPyContext *ctx, HPy capsule, HPy_KEPT void *pointer)
{
    return HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Pointer, pointer);
}

/** Changes the name, which is not copied. Returns 0, or -1 with an exception. */
HPy_FACTS(since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyCapsule_SetName(HPyContext *ctx, HPy capsule, HPy_NULLABLE HPy_KEPT const char *utf8_name)
{
    return HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Name, (void *)(intptr_t)utf8_name);
}

/** Changes the context. Returns 0, or -1 with an exception. */
HPy_FACTS(since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyCapsule_SetContext(HPyContext *ctx, HPy capsule, HPy_NULLABLE HPy_KEPT void *context)
{
    return HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Context, context);
}

/** Changes the destructor; NULL for none. Returns 0, or -1 with an exception. */
HPy_FACTS(since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyCapsule_SetDestructor(HPyContext *ctx, HPy capsule,
                                         HPy_NULLABLE HPy_KEPT HPyCapsule_Destructor *dtor)
{
    return HPyCapsule_Set(ctx, capsule, HPyCapsule_key_Destructor, (void *)dtor);
}

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/capsule.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_CAPSULE_H */
