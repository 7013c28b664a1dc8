/* Exceptions: raising, testing, warning; and the fatal error.
 *
 * Each thread has at most one pending exception, which functions set when they fail. To raise an exception, set it and
 * return the failure value: `return HPyErr_SetString(ctx, ctx->h_ValueError, "...")`. `HPyErr_Format` is in format.h, and
 * exceptions as objects are in exception.h.
 */
#ifndef HPY_ERR_H
#define HPY_ERR_H

#include "hpy/context.h"

/** Writes the message to the standard error stream and ends the process. */
HPy_ID(136, since=0.0, python=no, error=none, noreturn, pending)
HPyAPI_FUNC void HPy_FatalError(HPyContext *ctx, const char *message);

/* Raising. These functions always return HPy_NULL. */

/**
 * Raises `h_type(message)`. `h_type` must be an exception class; if it is not, `SystemError` is raised instead.
 *
 * Returns `HPy_NULL`.
 */
HPy_ID(137, since=0.0, python=yes, error=HPy_NULL, returns_null, pending)
HPyAPI_FUNC HPy HPyErr_SetString(HPyContext *ctx, HPy h_type, const char *utf8_message);

/**
 * Raises `h_type` with any value, as CPython's `PyErr_SetObject`: an instance of the class, a tuple of arguments for
 * the class, any other object as the only argument, or `HPy_NULL` for no argument.
 *
 * Returns `HPy_NULL`.
 */
HPy_ID(138, since=0.0, python=yes, error=HPy_NULL, returns_null, pending)
HPyAPI_FUNC HPy HPyErr_SetObject(HPyContext *ctx, HPy h_type, HPy_NULLABLE HPy h_value);

/**
 * Raises `h_type` for the value of the C variable `errno`, with its message and a file name in the file system's
 * encoding, or NULL. For `ctx->h_OSError`, the subclass that fits is raised. If `errno` is `EINTR`, signal handlers
 * run.
 *
 * Returns `HPy_NULL`.
 */
HPy_ID(139, since=0.0, python=yes, error=HPy_NULL, raises, pending)
HPyAPI_FUNC HPy HPyErr_SetFromErrnoWithFilename(HPyContext *ctx, HPy h_type,
                                                HPy_NULLABLE const char *filename_fsencoded);

/**
 * As `HPyErr_SetFromErrnoWithFilename`, with up to two file names as objects; each may be `HPy_NULL`.
 *
 * Returns `HPy_NULL`.
 */
HPy_ID(140, since=0.0, python=yes, error=HPy_NULL, returns_null, pending)
HPyAPI_FUNC HPy HPyErr_SetFromErrnoWithFilenameObjects(HPyContext *ctx, HPy h_type, HPy_NULLABLE HPy filename1,
                                                       HPy_NULLABLE HPy filename2);

/** As `HPyErr_SetFromErrnoWithFilename`, without a file name. Returns `HPy_NULL`. */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL, raises, pending)
HPyAPI_FUNC HPy HPyErr_SetFromErrno(HPyContext *ctx, HPy h_type)
{
    return HPyErr_SetFromErrnoWithFilenameObjects(ctx, h_type, HPy_NULL, HPy_NULL);
}

/**
 * As `HPyErr_SetFromErrnoWithFilename`, with the file name as an object or `HPy_NULL`. Returns `HPy_NULL`.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL, raises, pending)
HPyAPI_FUNC HPy HPyErr_SetFromErrnoWithFilenameObject(HPyContext *ctx, HPy h_type, HPy_NULLABLE HPy filename)
{
    return HPyErr_SetFromErrnoWithFilenameObjects(ctx, h_type, filename, HPy_NULL);
}

/** Raises `MemoryError`. Returns `HPy_NULL`. */
HPy_ID(143, since=0.0, python=no, error=HPy_NULL, returns_null, pending)
HPyAPI_FUNC HPy HPyErr_NoMemory(HPyContext *ctx);

/**
 * Raises `AttributeError` for an attribute `name`, a `str`, that `obj` has not got, with the usual message. The exception
 * knows both, so that Python can suggest other names.
 *
 * Returns `HPy_NULL`.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL, raises, pending)
HPyAPI_HELPER HPy HPyErr_SetAttributeError(HPyContext *ctx, HPy obj, HPy name);

/**
 * Raises `ImportError(message)`, with the name of the module and the path of its file; each may be `HPy_NULL`.
 *
 * Returns `HPy_NULL`.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL, raises, pending)
HPyAPI_HELPER HPy HPyErr_SetImportError(HPyContext *ctx, HPy message, HPy_NULLABLE HPy name,
                                        HPy_NULLABLE HPy path);

/* Inspecting the pending exception. */

/** Whether an exception is pending. Returns 1 or 0. */
HPy_ID(141, since=0.0, python=no, error=none, pending)
HPyAPI_FUNC int HPyErr_Occurred(HPyContext *ctx);

/**
 * Whether the pending exception is an instance of `exc`, an exception class or a tuple of them. Returns 1 or
 * 0; 0 if none is pending.
 */
HPy_ID(142, since=0.0, python=no, error=none, pending)
HPyAPI_FUNC int HPyErr_ExceptionMatches(HPyContext *ctx, HPy_NULLABLE HPy exc);

/** Clears the pending exception, if there is one. */
HPy_ID(144, since=0.0, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyErr_Clear(HPyContext *ctx);

/**
 * Whether `given`, an exception or an exception class, is an instance or a subclass of `exc`, an exception class or a tuple of
 * them. Returns 1 or 0; 0 if one of them is `HPy_NULL` or none of these.
 */
HPy_ID(381, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC int HPyErr_GivenExceptionMatches(HPyContext *ctx, HPy_NULLABLE HPy given, HPy_NULLABLE HPy exc);

/**
 * Prints the pending exception with its traceback to `sys.stderr`, as `sys.excepthook` does, and clears it. If it is a
 * `SystemExit`, the process ends. Does nothing if none is pending. With `set_sys_last_vars`, `sys.last_exc` and its kin are
 * set.
 */
HPy_ID(382, since=0.1, python=yes, error=none, pending)
HPyAPI_FUNC void HPyErr_PrintEx(HPyContext *ctx, int set_sys_last_vars);

/**
 * Reports the pending exception through `sys.unraisablehook` and clears it, for code that cannot raise. `obj` tells
 * where the exception occurred, and may be `HPy_NULL`.
 */
HPy_ID(148, since=0.0, python=yes, error=none, pending)
HPyAPI_FUNC void HPyErr_WriteUnraisable(HPyContext *ctx, HPy_NULLABLE HPy obj);

/**
 * As `HPyErr_WriteUnraisable`, with a message, a `str`, in place of an object: for `HPyErr_FormatUnraisable`. With `HPy_NULL`
 * there is none.
 */
HPy_ID(395, since=0.1, python=yes, error=none, pending)
HPyAPI_FUNC void _HPyErr_WriteUnraisableMessage(HPyContext *ctx, HPy_NULLABLE HPy message);

/* Signals and recursion. */

/**
 * Runs the handlers of signals that have arrived, if this is the main thread of the main interpreter: for loops that take
 * long.
 *
 * Returns 0, or -1 with the exception of a handler, such as `KeyboardInterrupt`.
 */
HPy_ID(383, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyErr_CheckSignals(HPyContext *ctx);

/**
 * Before a call that may lead back to this place, such as to a parser of nested data. `where` is added to the message and
 * begins with a space: " while decoding".
 *
 * Returns 0, and is followed by `HPy_LeaveRecursiveCall`; or -1 with `RecursionError`, and is not.
 */
HPy_ID(384, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPy_EnterRecursiveCall(HPyContext *ctx, const char *where);

/** Once after each `HPy_EnterRecursiveCall` that returned 0. */
HPy_ID(385, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC void HPy_LeaveRecursiveCall(HPyContext *ctx);

/* Warnings and new exception classes. */

/**
 * Issues a warning of the class `category`, or `RuntimeWarning` for `HPy_NULL`. A `stack_level` of 1 attributes it to
 * the current function, 2 to its caller.
 *
 * Returns 0, or -1 with an exception; filters may turn the warning itself into one.
 */
HPy_ID(147, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPyErr_WarnEx(HPyContext *ctx, HPy_NULLABLE HPy category, const char *utf8_message,
                              HPy_ssize_t stack_level);

/**
 * Creates an exception class. `utf8_name` is `module.Class`; `base` is a class, a tuple of classes, or `HPy_NULL` for
 * `Exception`; `dict` has attributes for the class, or is `HPy_NULL`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`SystemError` for a name without a dot).
 */
HPy_ID(145, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyErr_NewException(HPyContext *ctx, const char *utf8_name, HPy_NULLABLE HPy base,
                                    HPy_NULLABLE HPy dict);

/**
 * As `HPyErr_NewException`, with a doc string, or NULL for none.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_ID(146, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyErr_NewExceptionWithDoc(HPyContext *ctx, const char *utf8_name,
                                           HPy_NULLABLE const char *utf8_doc, HPy_NULLABLE HPy base,
                                           HPy_NULLABLE HPy dict);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/err.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_ERR_H */
