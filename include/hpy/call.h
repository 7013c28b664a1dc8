/* Calling objects. */
#ifndef HPY_CALL_H
#define HPY_CALL_H

#include "hpy/context.h"
#include "hpy/handle.h"
#include "hpy/object.h"

/** Whether the object can be called. Returns 1 or 0; 0 for `HPy_NULL`. */
HPy_ID(134, since=0.0, python=no, error=none)
HPyAPI_FUNC int HPyCallable_Check(HPyContext *ctx, HPy_NULLABLE HPy h);

/**
 * `callable(*args, **kw)`, with a tuple or `HPy_NULL` as `args` and a dict or `HPy_NULL` as `kw`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `args` or `kw` is anything else).
 */
HPy_ID(135, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_CallTupleDict(HPyContext *ctx, HPy callable, HPy_NULLABLE HPy args, HPy_NULLABLE HPy kw);

/**
 * Calls an object with an array of arguments: `nargs` positional ones, followed by a value for each name in the tuple
 * `kwnames`, which is `HPy_NULL` if there are none. This is the fastest way to call. The arguments remain the
 * caller's.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_ID(261, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Call(HPyContext *ctx, HPy callable, HPy_NULLABLE HPy_ARRAY(nargs + kwnames) const HPy *args,
                         size_t nargs, HPy_NULLABLE HPy kwnames);

/**
 * Calls the method `name`, a `str`, of the object `args[0]`. The rest is as in `HPy_Call`; `nargs` includes
 * the object, so it is at least 1.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_ID(262, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_CallMethod(HPyContext *ctx, HPy name, HPy_ARRAY(nargs + kwnames) const HPy *args,
                               size_t nargs, HPy_NULLABLE HPy kwnames);

/**
 * `receiver.name(*args, **kw)`. `name` is a `str`; the rest is as in `HPy_CallTupleDict`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_CallMethodTupleDict(HPyContext *ctx, HPy name, HPy receiver, HPy_NULLABLE HPy args,
                                        HPy_NULLABLE HPy kw)
{
    HPy method = HPy_GetAttr(ctx, receiver, name);
    if (HPy_IsNull(method))
        return HPy_NULL;
    HPy result = HPy_CallTupleDict(ctx, method, args, kw);
    HPy_Close(ctx, method);
    return result;
}

/**
 * `receiver.name(*args, **kw)`. The name is a C string in UTF-8; the rest is as in `HPy_CallTupleDict`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_CallMethodTupleDict_s(HPyContext *ctx, const char *utf8_name, HPy receiver,
                                          HPy_NULLABLE HPy args, HPy_NULLABLE HPy kw)
{
    HPy method = HPy_GetAttr_s(ctx, receiver, utf8_name);
    if (HPy_IsNull(method))
        return HPy_NULL;
    HPy result = HPy_CallTupleDict(ctx, method, args, kw);
    HPy_Close(ctx, method);
    return result;
}

/** The call function of one object: what `HPyDef_CALL_FUNCTION` defines. Both members are required. */
struct _HPyCallFunction_s {
    /** The trampoline, for CPython. */
    cpy_vectorcallfunc cpy_trampoline;
    /** The implementation, for other engines. */
    HPyFunc_keywords impl;
};

/**
 * Sets the function that calls of this one object go to, in place of its type's `HPy_tp_call`. For constructors only,
 * before anything else can see the object. `func` must live as long as the object.
 *
 * Returns 0, or -1 with an exception (`TypeError` if the type does not implement the call protocol of HPy).
 */
HPy_ID(260, since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPy_SetCallFunction(HPyContext *ctx, HPy h, HPy_KEPT HPyCallFunction *func);

/**
 * A function made of a definition at run time, as `HPyDef_METH` makes it: for code that is generated, and for callbacks. The
 * function calls the implementation with `self`, which may be any object; it is null if this is `HPy_NULL`. `module` is the
 * module that the function belongs to or its name, or `HPy_NULL`; it becomes `__module__`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception: `ValueError` if the definition is not one of a method, or that has
 * a signature that gets a state or a class; `SystemError` if it has no name or no implementation; `TypeError` if
 * `module` is neither a module nor a `str`.
 */
HPy_ID(398, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyFunction_New(HPyContext *ctx, HPy_KEPT HPy_ARRAY(1) const HPyDef *definition,
                                HPy_NULLABLE HPy self, HPy_NULLABLE HPy module);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/call.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_CALL_H */
