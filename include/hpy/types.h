/* Types: what `HPyType_FromSpec` makes a type from, and the C struct inside an instance.
 *
 * A type is described by an `HPyType_Spec`. Its instances carry a C struct of the extension's, zeroed when
 * `HPy_New` makes the object, and reached with the `_AsStruct` function that `HPyType_HELPERS` defines. A
 * type extends `object` or, by its shape, another built-in type. A derived type's struct begins with the
 * struct of its base.
 */
#ifndef HPY_TYPES_H
#define HPY_TYPES_H

#include "hpy/context.h"
#include "hpy/slots.h"

/* Describing a type. */

/** Kinds of parameters for `HPyType_FromSpec`. */
typedef enum {
    /** A base; may be repeated. */
    HPyType_SpecParam_Base = 1,
    /** All bases, as a tuple. Excludes `HPyType_SpecParam_Base`. */
    HPyType_SpecParam_BasesTuple = 2,
    /** The metaclass, at most once; it must not have a `__new__` of its own. */
    HPyType_SpecParam_Metaclass = 3,
} HPyType_SpecParam_Kind;

/** One parameter. An array of them ends with one whose `kind` is 0; the handles stay the caller's. */
struct _HPyType_SpecParam_s {
    /** What it is. */
    HPyType_SpecParam_Kind kind;
    /** The base, tuple of bases or metaclass. */
    HPy object;
};

/** The description of a type. It is never written to. What it points to must live as long as the type. */
struct _HPyType_Spec_s {
    /** `module.Type`. */
    const char *name;
    /** `sizeof` the struct; 0 for a type without a struct of its own.
     *
     *  With `HPy_tp_call`, objects have a hidden field for their call function behind the struct, also where there
     *  is no struct. So two such types do not combine as bases, nor one with `list`, and their objects are copied and
     *  pickled only by a `__reduce__`: all as if the type had a struct. */
    int basicsize;
    /** Must be 0, but for types of shape Legacy, where it is CPython's. */
    int itemsize;
    /** `HPy_TPFLAGS_...`, joined with `|`. */
    unsigned long flags;
    /** Use `SHAPE(STRUCT)`. */
    HPyType_BuiltinShape builtin_shape;
    /** `PyType_Slot[]` of CPython, for types of shape Legacy only; NULL in the universal ABI. */
    void *legacy_slots;
    /** Methods, slots, members and getsets, ended by NULL; may be NULL itself. */
    HPyDef **defines;
    /** The doc string, or NULL. */
    const char *doc;
};

/* Flags. The numbers are CPython's. */

/** What every type should have. */
#define HPy_TPFLAGS_DEFAULT ((1UL << 9) | (1UL << 18))
/** The type can be subclassed. */
#define HPy_TPFLAGS_BASETYPE (1UL << 10)
/** The type implements vectorcall; set by itself for `HPy_tp_call`. */
#define HPy_TPFLAGS_HAVE_VECTORCALL (1UL << 11)
/** Instances take part in garbage collection; requires `HPy_tp_traverse`. */
#define HPy_TPFLAGS_HAVE_GC (1UL << 14)

/* Making types and instances. */

/**
 * Makes a type. `params` gives bases and metaclass, or is NULL. As `PyType_FromSpec` does, and other than a class
 * statement, it calls no `__init_subclass__` of a base, no `__set_name__`, and neither `__new__` nor `__init__` of the
 * metaclass. Python code may run all the same: `mro` of a metaclass, warnings, the garbage collector.
 *
 * Returns a new handle, or `HPy_NULL` with an exception: `TypeError` or `ValueError` for what cannot be
 * combined.
 */
HPy_ID(150, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_FromSpec(HPyContext *ctx, HPy_KEPT HPyType_Spec *spec,
                                 HPy_NULLABLE HPy_ARRAY(until kind == 0) HPyType_SpecParam *params);

/**
 * Makes an instance of any type, with a zeroed struct, and ignores the arguments: an implementation of
 * `HPy_tp_new` for types that do everything in `HPy_tp_init`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `type` is no type).
 */
HPy_ID(151, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_GenericNew(HPyContext *ctx, HPy type, HPy_NULLABLE HPy_ARRAY(nargs) const HPy *args,
                                   HPy_ssize_t nargs, HPy_NULLABLE HPy kw);

/**
 * Makes an instance, and stores the address of its struct, zeroed, in `*data`. Use the macro `HPy_New`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `h_type` is no type), and `*data` as
 * it was.
 */
HPy_ID(170, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy _HPy_New(HPyContext *ctx, HPy h_type, HPy_OUT void **data);

/** `_HPy_New` for a pointer to any type of struct: `Point *point; HPy h = HPy_New(ctx, h_type, &point);` */
#define HPy_New(ctx, h_type, data) (_HPy_New((ctx), (h_type), (void **)(data)))

/* Looking at a type. */

/**
 * The name of a type without its module, in UTF-8. It lives as long as the type does, unless that is renamed.
 * `type` must be a type.
 *
 * Returns NULL with an exception on failure.
 */
HPy_ID(253, since=0.0, python=no, error=NULL)
HPyAPI_FUNC const char *HPyType_GetName(HPyContext *ctx, HPy type);

/**
 * Whether `sub` is `type` or derived from it. Both must be types. `__subclasscheck__` is not asked. Returns 1
 * or 0.
 */
HPy_ID(254, since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyType_IsSubtype(HPyContext *ctx, HPy sub, HPy type);

/**
 * The shape of a type that was made by `HPyType_FromSpec`, or is derived from one; Legacy for others.
 *
 * Returns -2 with `TypeError` if `h_type` is no type.
 */
HPy_ID(234, since=0.0, python=no, error=-2)
HPyAPI_FUNC HPyType_BuiltinShape _HPyType_GetBuiltinShape(HPyContext *ctx, HPy h_type);

/* The struct of an instance, by shape. Not for use by hand: HPyType_HELPERS picks the right one. */

/** The struct of an instance of a type of shape Object, which is not checked. */
HPy_ID(168, since=0.0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_Object(HPyContext *ctx, HPy_NULLABLE HPy h);

/**
 * The struct of an instance of a type of shape Legacy, which is not checked: the object itself, on CPython.
 */
HPy_ID(169, since=0.0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_Legacy(HPyContext *ctx, HPy_NULLABLE HPy h);

/** The struct of an instance of a type of shape Type, which is not checked. */
HPy_ID(228, since=0.0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_Type(HPyContext *ctx, HPy_NULLABLE HPy h);

/** The struct of an instance of a type of shape Long, which is not checked. */
HPy_ID(229, since=0.0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_Long(HPyContext *ctx, HPy_NULLABLE HPy h);

/** The struct of an instance of a type of shape Float, which is not checked. */
HPy_ID(230, since=0.0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_Float(HPyContext *ctx, HPy_NULLABLE HPy h);

/** The struct of an instance of a type of shape Unicode, which is not checked. */
HPy_ID(231, since=0.0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_Unicode(HPyContext *ctx, HPy_NULLABLE HPy h);

/** The struct of an instance of a type of shape Tuple, which is not checked. */
HPy_ID(232, since=0.0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_Tuple(HPyContext *ctx, HPy_NULLABLE HPy h);

/** The struct of an instance of a type of shape List, which is not checked. */
HPy_ID(233, since=0.0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_List(HPyContext *ctx, HPy_NULLABLE HPy h);

/**
 * The struct of an instance of a type of shape Dict, which is not checked.
 */
HPy_ID(264, since=0.0, after_0_9_0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_Dict(HPyContext *ctx, HPy_NULLABLE HPy h);

/** What gets the struct of an instance of shape Legacy, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Legacy_AsStruct _HPy_AsStruct_Legacy
/** What gets the struct of an instance of shape Object, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Object_AsStruct _HPy_AsStruct_Object
/** What gets the struct of an instance of shape Type, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Type_AsStruct _HPy_AsStruct_Type
/** What gets the struct of an instance of shape Long, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Long_AsStruct _HPy_AsStruct_Long
/** What gets the struct of an instance of shape Float, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Float_AsStruct _HPy_AsStruct_Float
/** What gets the struct of an instance of shape Unicode, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Unicode_AsStruct _HPy_AsStruct_Unicode
/** What gets the struct of an instance of shape Tuple, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Tuple_AsStruct _HPy_AsStruct_Tuple
/** What gets the struct of an instance of shape List, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_List_AsStruct _HPy_AsStruct_List
/** What gets the struct of an instance of shape Dict, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Dict_AsStruct _HPy_AsStruct_Dict

/* What goes with a struct. */

/**
 * `HPyType_HELPERS(STRUCT)` or `HPyType_HELPERS(STRUCT, HPyType_BuiltinShape_List)`: defines what goes with
 * the struct of a type, a typedef name. That is `STRUCT *STRUCT_AsStruct(HPyContext *ctx, HPy h)`, which
 * gives the struct of an instance without checking that it is one, and lives as long as the object; and the
 * constant for `SHAPE(STRUCT)`. Without a shape it is Object.
 */
#define HPyType_HELPERS(...) \
    _HPy_EXPAND(_HPyType_HELPERS_CHOOSE(__VA_ARGS__, _HPyType_HELPERS_2, _HPyType_HELPERS_1, )(__VA_ARGS__))
#define _HPyType_HELPERS_CHOOSE(STRUCT, SHAPE, CHOSEN, ...) CHOSEN
#define _HPyType_HELPERS_1(STRUCT) _HPyType_HELPERS_2(STRUCT, HPyType_BuiltinShape_Object)
#define _HPyType_HELPERS_2(STRUCT, SHAPE) \
    _HPyType_CHECK_SHAPE(SHAPE) \
    enum { STRUCT##_SHAPE = (int)SHAPE }; \
    HPyAPI_FUNC STRUCT *STRUCT##_AsStruct(HPyContext *ctx, HPy h) \
    { \
        return (STRUCT *)_HPy_CONCAT(SHAPE, _AsStruct)(ctx, h); \
    }

/** As `HPyType_HELPERS` with the shape Legacy: for a struct that begins with `PyObject_HEAD`. Not in the universal
 *  ABI. */
#define HPyType_LEGACY_HELPERS(STRUCT) _HPyType_HELPERS_2(STRUCT, HPyType_BuiltinShape_Legacy)

#ifdef HPY_ABI_UNIVERSAL
#  define _HPyType_CHECK_SHAPE(SHAPE) \
    _HPy_STATIC_ASSERT((int)SHAPE != (int)HPyType_BuiltinShape_Legacy, \
                       "Cannot use legacy types when targeting the HPy Universal ABI");
#else
#  define _HPyType_CHECK_SHAPE(SHAPE)
#endif

/** The shape of a struct that `HPyType_HELPERS` was applied to, for `HPyType_Spec.builtin_shape`. */
#define SHAPE(STRUCT) ((HPyType_BuiltinShape)STRUCT##_SHAPE)

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/types.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_TYPES_H */
