/* Exceptions as objects: the pending one and the one that is being handled; cause, context and traceback.
 *
 * To do something in between that needs the API, or to look at the exception, take the pending one and raise it again. Its
 * handle remains the caller's:
 *
 *     HPy exc = HPyErr_GetRaisedException(ctx);
 *     ...
 *     HPyErr_SetRaisedException(ctx, exc);
 *     HPy_Close(ctx, exc);
 *
 * The attributes of an exception are those that Python code sees: `args`, `__notes__` and so on are reached with
 * `HPy_GetAttr_s` and `HPy_SetAttr_s`.
 */
#ifndef HPY_EXCEPTION_H
#define HPY_EXCEPTION_H

#include "hpy/context.h"
#include "hpy/handle.h"
#include "hpy/object.h"

/* The pending exception. */

/**
 * The pending exception with its traceback, which is not pending any more. It is the caller's to close, also after it was
 * raised again.
 *
 * Returns a new handle, or `HPy_NULL` if none is pending. If creating the exception fails, the result is the one that this
 * raised.
 */
HPy_ID(386, since=0.1, python=yes, error=none, pending)
HPyAPI_FUNC HPy HPyErr_GetRaisedException(HPyContext *ctx);

/**
 * Raises an exception as it is, with its own traceback and context, in the place of what is pending; with `HPy_NULL`, none is
 * pending any more. What is no exception raises `TypeError` instead.
 *
 * Returns `HPy_NULL`.
 */
HPy_ID(387, since=0.1, python=finalizers, error=HPy_NULL, returns_null, pending)
HPyAPI_FUNC HPy HPyErr_SetRaisedException(HPyContext *ctx, HPy_NULLABLE HPy exc);

/* The exception that is being handled. */

/**
 * The exception that is being handled, as `sys.exception()`: the one that an `except` block of the caller has caught, not the
 * pending one.
 *
 * Returns a new handle, or `HPy_NULL` if there is none.
 */
HPy_ID(388, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC HPy HPyErr_GetHandledException(HPyContext *ctx);

/**
 * Sets the exception that is being handled; none with `HPy_NULL`. It becomes the context of exceptions that are raised from
 * then on. Who sets it restores what was there before.
 *
 * Returns 0, or -1 with `TypeError` for what is no exception.
 */
HPy_ID(389, since=0.1, python=finalizers, error=-1, pending)
HPyAPI_FUNC int HPyErr_SetHandledException(HPyContext *ctx, HPy_NULLABLE HPy exc);

/* What belongs to an exception. */

/* An attribute, or HPy_NULL for None. */
HPyAPI_FUNC HPy _HPyException_get(HPyContext *ctx, HPy exc, const char *name)
{
    HPy value = HPy_GetAttr_s(ctx, exc, name);
    if (!HPy_Is(ctx, value, ctx->h_None))
        return value;
    HPy_Close(ctx, value);
    return HPy_NULL;
}

/**
 * The cause of an exception, what `raise … from` gave: its `__cause__`.
 *
 * Returns a new handle, or `HPy_NULL` if there is none; with `AttributeError` if `exc` is no exception.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyException_GetCause(HPyContext *ctx, HPy exc)
{
    return _HPyException_get(ctx, exc, "__cause__");
}

/**
 * Sets the cause of an exception; none with `HPy_NULL`. Its context is not shown any more then.
 *
 * Returns 0, or -1 with `TypeError` if `cause` is no exception.
 */
HPy_FACTS(since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPyException_SetCause(HPyContext *ctx, HPy exc, HPy_NULLABLE HPy cause)
{
    return HPy_SetAttr_s(ctx, exc, "__cause__", HPy_IsNull(cause) ? ctx->h_None : cause);
}

/**
 * The context of an exception, which was being handled when it was raised: its `__context__`.
 *
 * Returns a new handle, or `HPy_NULL` if there is none; with `AttributeError` if `exc` is no exception.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyException_GetContext(HPyContext *ctx, HPy exc)
{
    return _HPyException_get(ctx, exc, "__context__");
}

/**
 * Sets the context of an exception; none with `HPy_NULL`.
 *
 * Returns 0, or -1 with `TypeError` if `context` is no exception.
 */
HPy_FACTS(since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPyException_SetContext(HPyContext *ctx, HPy exc, HPy_NULLABLE HPy context)
{
    return HPy_SetAttr_s(ctx, exc, "__context__", HPy_IsNull(context) ? ctx->h_None : context);
}

/**
 * The traceback of an exception: its `__traceback__`.
 *
 * Returns a new handle, or `HPy_NULL` if there is none; with `AttributeError` if `exc` is no exception.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyException_GetTraceback(HPyContext *ctx, HPy exc)
{
    return _HPyException_get(ctx, exc, "__traceback__");
}

/**
 * Sets the traceback of an exception; none with `HPy_NULL`.
 *
 * Returns 0, or -1 with `TypeError` if `traceback` is none.
 */
HPy_FACTS(since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPyException_SetTraceback(HPyContext *ctx, HPy exc, HPy_NULLABLE HPy traceback)
{
    return HPy_SetAttr_s(ctx, exc, "__traceback__", HPy_IsNull(traceback) ? ctx->h_None : traceback);
}

/**
 * Adds an entry to the traceback of the pending exception, as if it had passed through this line of this function: for code
 * that was generated from a source that is not C. Does nothing if no exception is pending.
 */
HPy_ID(390, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC void HPyTraceback_AddEntry(HPyContext *ctx, const char *utf8_function, const char *utf8_filename, int line);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/exception.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_EXCEPTION_H */
