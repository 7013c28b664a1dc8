/* The object protocol: attributes, types, comparison, hashing, truth, and conversion to text.
 *
 * The suffix `_s` means that a name or key is a C string in UTF-8. Items and lengths are in item.h.
 */
#ifndef HPY_OBJECT_H
#define HPY_OBJECT_H

#include "hpy/context.h"
#include "hpy/boolean.h"
#include "hpy/err.h"

/** Whether the object counts as true, as `bool(h)`. Returns 1, 0, or -1 with an exception. */
HPy_ID(149, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_IsTrue(HPyContext *ctx, HPy h);

/* Attributes. */

/**
 * `getattr(obj, name)`; `name` is a `str`. Returns a new handle, or `HPy_NULL` with an exception (`AttributeError`
 * if there is no such attribute).
 */
HPy_ID(152, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_GetAttr(HPyContext *ctx, HPy obj, HPy name);

/**
 * `getattr(obj, name)`. Returns a new handle, or `HPy_NULL` with an exception (`AttributeError` if there is no such
 * attribute).
 */
HPy_ID(153, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_GetAttr_s(HPyContext *ctx, HPy obj, const char *utf8_name);

/**
 * `getattr(obj, name)` for an attribute that may be missing. Stores a new handle in `*result`, or `HPy_NULL` if the
 * attribute is missing or on failure. This is cheaper than clearing an `AttributeError`, which most objects then do
 * not even create.
 *
 * Returns 1, 0 if the attribute is missing, or -1 with an exception other than `AttributeError`.
 */
HPy_ID(273, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_GetOptionalAttr_s(HPyContext *ctx, HPy obj, const char *utf8_name, HPy_OUT HPy *result);

/** As `HPy_GetOptionalAttr_s`; `name` is a `str`. */
HPy_ID(289, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_GetOptionalAttr(HPyContext *ctx, HPy obj, HPy name, HPy_OUT HPy *result);

/**
 * Whether `HPy_GetAttr` would succeed.
 *
 * Returns 1 or 0. It is 0 for any exception that `HPy_GetAttr` would raise, not only `AttributeError`, and the
 * exception is lost to the caller. Use `HPy_GetAttr` where that matters.
 */
HPy_ID(154, since=0.0, python=yes, error=none)
HPyAPI_FUNC int HPy_HasAttr(HPyContext *ctx, HPy_NULLABLE HPy obj, HPy_NULLABLE HPy name);

/** Whether `HPy_GetAttr_s` would succeed. Returns 1 or 0; see `HPy_HasAttr`. */
HPy_ID(155, since=0.0, python=yes, error=none)
HPyAPI_FUNC int HPy_HasAttr_s(HPyContext *ctx, HPy_NULLABLE HPy obj, HPy_NULLABLE const char *utf8_name);

/**
 * `setattr(obj, name, value)`; `name` is a `str`, and a null `value` deletes the attribute. Returns 0, or -1 with an
 * exception.
 */
HPy_ID(156, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_SetAttr(HPyContext *ctx, HPy obj, HPy name, HPy_NULLABLE HPy value);

/** `setattr(obj, name, value)`; a null `value` deletes the attribute. Returns 0, or -1 with an exception. */
HPy_ID(157, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_SetAttr_s(HPyContext *ctx, HPy obj, const char *utf8_name, HPy_NULLABLE HPy value);

/** `delattr(obj, name)`; `name` is a `str`. Returns 0, or -1 with an exception. */
HPy_FACTS(since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_DelAttr(HPyContext *ctx, HPy obj, HPy name)
{
    return HPy_SetAttr(ctx, obj, name, HPy_NULL);
}

/** `delattr(obj, name)`. Returns 0, or -1 with an exception. */
HPy_FACTS(since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_DelAttr_s(HPyContext *ctx, HPy obj, const char *utf8_name)
{
    return HPy_SetAttr_s(ctx, obj, utf8_name, HPy_NULL);
}

/* The type of an object. More functions for types are in types.h. */

/**
 * The type of an object, as `type(obj)`.
 *
 * Returns a new handle; `HPy_NULL` with `SystemError` for `HPy_NULL`.
 */
HPy_ID(165, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Type(HPyContext *ctx, HPy obj);

/**
 * Gives an object another type, as `obj.__class__ = type` does for objects without a `__setattr__` or `__class__` of their
 * own, with the same checks: the instances of both types must be laid out alike.
 *
 * Returns 0, or -1 with an exception (`TypeError` if `type` is not a type, or not one for this object).
 */
HPy_ID(301, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_SetType(HPyContext *ctx, HPy obj, HPy type);

/**
 * Whether the object's type is `type` or a subtype of it. `type` must be a type; that is not checked. Unlike
 * `isinstance()`, this ignores `__class__` and `__instancecheck__`.
 *
 * Returns 1 or 0.
 */
HPy_ID(166, since=0.0, python=no, error=none)
HPyAPI_FUNC int HPy_TypeCheck(HPyContext *ctx, HPy_NULLABLE HPy obj, HPy_NULLABLE HPy type);

/** Whether the object's type is `type`, and no subtype of it. Returns 1 or 0. */
HPy_ID(423, since=0.1, python=no, error=none)
HPyAPI_FUNC int HPy_TypeCheckExact(HPyContext *ctx, HPy_NULLABLE HPy obj, HPy_NULLABLE HPy type);

/**
 * `isinstance(obj, cls)`. `cls` is a class, or a tuple of such.
 *
 * Returns 1, 0, or -1 with an exception (`TypeError` if `cls` is anything else).
 */
HPy_ID(424, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_IsInstance(HPyContext *ctx, HPy obj, HPy cls);

/**
 * `issubclass(derived, cls)`. `cls` is a class, or a tuple of such.
 *
 * Returns 1, 0, or -1 with an exception (`TypeError` if one of them is anything else).
 */
HPy_ID(425, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_IsSubclass(HPyContext *ctx, HPy derived, HPy cls);

/* Conversion to text. */

/**
 * `repr(obj)`. Returns a new handle to a `str` (`'<NULL>'` for `HPy_NULL`), or `HPy_NULL` with an exception.
 */
HPy_ID(171, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Repr(HPyContext *ctx, HPy_NULLABLE HPy obj);

/**
 * `str(obj)`. Returns a new handle to a `str` (`'<NULL>'` for `HPy_NULL`), or `HPy_NULL` with an exception.
 */
HPy_ID(172, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Str(HPyContext *ctx, HPy_NULLABLE HPy obj);

/** `ascii(obj)`. Returns a new handle to a `str`, or `HPy_NULL` with an exception. */
HPy_ID(173, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_ASCII(HPyContext *ctx, HPy_NULLABLE HPy obj);

/**
 * Converts an object to `bytes`, through `__bytes__`, the buffer protocol or iteration. Unlike `bytes(obj)`, this
 * raises `TypeError` for an integer.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_ID(174, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Bytes(HPyContext *ctx, HPy_NULLABLE HPy obj);

/* Comparison and hashing. */

/**
 * Compares two objects; `op` is one of `HPy_LT`, `HPy_LE`, `HPy_EQ`, `HPy_NE`, `HPy_GT`, `HPy_GE`.
 *
 * Returns a new handle to the result, which need not be a `bool`, or `HPy_NULL` with an exception.
 */
HPy_ID(175, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_RichCompare(HPyContext *ctx, HPy v, HPy w, int op);

/* What `object` does for attributes: for implementations of `HPy_tp_getattro` and `HPy_tp_setattro`. */

/**
 * The attribute of an object as its type and its dict have it, whatever its type has for `__getattribute__`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`AttributeError` if there is none, `TypeError` if `name` is
 * not a `str`).
 */
HPy_ID(399, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_GenericGetAttr(HPyContext *ctx, HPy obj, HPy name);

/**
 * Sets an attribute of an object, or deletes it if `value` is null, whatever its type has for `__setattr__`.
 *
 * Returns 0, or -1 with an exception (`AttributeError` if there can be none, `TypeError` if `name` is not a `str`).
 */
HPy_ID(400, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_GenericSetAttr(HPyContext *ctx, HPy obj, HPy name, HPy_NULLABLE HPy value);

/**
 * As `HPy_RichCompare`, with the truth value of the result. An object counts as equal to itself without being
 * asked.
 *
 * Returns 1, 0, or -1 with an exception.
 */
HPy_ID(176, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPy_RichCompareBool(HPyContext *ctx, HPy v, HPy w, int op);

/**
 * `hash(obj)`. Returns -1 with an exception (`TypeError` if the object cannot be hashed); -1 is never a hash.
 */
HPy_ID(177, since=0.0, python=yes, error=-1)
HPyAPI_FUNC HPy_hash_t HPy_Hash(HPyContext *ctx, HPy obj);

/**
 * A statement that returns `True` or `False` from the implementation it is in: the result of comparing two C values
 * with the operator `op` of `HPy_tp_richcompare`. The values are evaluated several times. Any other `op` is a fatal
 * error.
 */
#define HPy_RETURN_RICHCOMPARE(ctx, v1, v2, op) \
    do { \
        switch (op) { \
            case HPy_EQ: return HPyBool_FromBool((ctx), (v1) == (v2)); \
            case HPy_NE: return HPyBool_FromBool((ctx), (v1) != (v2)); \
            case HPy_LT: return HPyBool_FromBool((ctx), (v1) < (v2)); \
            case HPy_GT: return HPyBool_FromBool((ctx), (v1) > (v2)); \
            case HPy_LE: return HPyBool_FromBool((ctx), (v1) <= (v2)); \
            case HPy_GE: return HPyBool_FromBool((ctx), (v1) >= (v2)); \
        } \
        HPy_FatalError((ctx), "Invalid value for HPy_RichCmpOp"); \
        return HPy_NULL; \
    } while (0)

/* For debugging. */

/**
 * Writes what is known about an object to the standard error stream, for use from a debugger. What is written is up
 * to the engine.
 */
HPy_ID(227, since=0.0, python=yes, error=none, pending)
HPyAPI_FUNC void _HPy_Dump(HPyContext *ctx, HPy_NULLABLE HPy h);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/object.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_OBJECT_H */
