/* Types: creating them with `HPyType_FromSpec`, and the C struct inside an instance.
 *
 * A type is described by an `HPyType_Spec`. Each instance holds a C struct of the extension's own, which `HPy_New`
 * zeroes and which the `_AsStruct` function that `HPyType_HELPERS` defines gives access to. A type extends `object`
 * or, as its shape says, another built-in type. The struct of a derived type begins with the struct of its base.
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
    /** All bases, as a tuple. Cannot be combined with `HPyType_SpecParam_Base`. */
    HPyType_SpecParam_BasesTuple = 2,
    /** The metaclass, at most once; it must not have a `__new__` of its own. */
    HPyType_SpecParam_Metaclass = 3,
    /** The module that the type belongs to, at most once; the type keeps it alive. Methods of the type get the state
     *  of this module. */
    HPyType_SpecParam_Module HPy_SINCE(0, 1) = 4,
} HPyType_SpecParam_Kind;

/** One parameter. An array of parameters ends with one whose `kind` is 0; the handles remain the caller's. */
struct _HPyType_SpecParam_s {
    /** What `object` is. */
    HPyType_SpecParam_Kind kind;
    /** The base, tuple of bases, metaclass or module. */
    HPy object;
};

/** The description of a type. HPy only reads it; what it points to must live as long as the type. */
struct _HPyType_Spec_s {
    /** `module.Type`. */
    const char *name;
    /** `sizeof` the struct; 0 for a type without a struct of its own.
     *
     *  With `HPy_tp_call`, instances have a hidden field for their call function after the struct, even where there
     *  is no struct. Such a type therefore behaves as one with a struct: it cannot be a base together with another
     *  one or with `list`, and its instances need a `__reduce__` to be copied or pickled. */
    int basicsize;
    /** Must be 0, except for types of shape Legacy, where it means what it means in CPython's `PyType_Spec`. */
    int itemsize;
    /** `HPy_TPFLAGS_...`, combined with `|`. */
    unsigned long flags;
    /** The shape: `SHAPE(STRUCT)`. */
    HPyType_BuiltinShape builtin_shape;
    /** `PyType_Slot[]` of CPython, for types of shape Legacy only; NULL in the universal ABI. */
    void *legacy_slots;
    /** Methods, slots, members and getsets, terminated by NULL; may itself be NULL. */
    HPyDef **defines;
    /** The doc string, or NULL. */
    const char *doc;
};

/* Flags. The numbers are CPython's. */

/** What every type should have. */
#define HPy_TPFLAGS_DEFAULT ((1UL << 9) | (1UL << 18))
/** The type can be subclassed. */
#define HPy_TPFLAGS_BASETYPE (1UL << 10)
/** The type implements vectorcall; set automatically for `HPy_tp_call`. */
#define HPy_TPFLAGS_HAVE_VECTORCALL (1UL << 11)
/** Instances take part in garbage collection; requires `HPy_tp_traverse`. */
#define HPy_TPFLAGS_HAVE_GC (1UL << 14)

/* Creating types and instances. */

/**
 * Creates a type. `params` lists its bases, metaclass and module, or is NULL. Like `PyType_FromSpec`, and unlike a class
 * statement, it does not call `__init_subclass__` of a base, `__set_name__`, or `__new__` and `__init__` of the
 * metaclass. Other Python code may run: `mro` of a metaclass, warning hooks, the garbage collector.
 *
 * Returns a new handle, or `HPy_NULL` with an exception: `TypeError`, `ValueError` or `SystemError` if something is
 * wrong with the spec or does not go together.
 */
HPy_ID(150, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_FromSpec(HPyContext *ctx, HPy_KEPT HPyType_Spec *spec,
                                 HPy_NULLABLE HPy_ARRAY(until kind == 0) HPyType_SpecParam *params);

/**
 * Creates an instance of any type, with a zeroed struct, and ignores the arguments: an implementation of
 * `HPy_tp_new` for types that do everything in `HPy_tp_init`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `type` is not a type).
 */
HPy_ID(151, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_GenericNew(HPyContext *ctx, HPy type, HPy_NULLABLE HPy_ARRAY(nargs) const HPy *args,
                                   HPy_ssize_t nargs, HPy_NULLABLE HPy kw);

/**
 * Creates an instance with a zeroed struct, and stores the address of the struct in `*data`. Use the macro
 * `HPy_New` instead.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `h_type` is not a type); then `*data` is
 * unchanged.
 */
HPy_ID(170, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy _HPy_New(HPyContext *ctx, HPy h_type, HPy_OUT void **data);

/** As `_HPy_New`, for a pointer to any struct: `Point *point; HPy h = HPy_New(ctx, h_type, &point);` */
#define HPy_New(ctx, h_type, data) (_HPy_New((ctx), (h_type), (void **)(data)))

/* Inspecting types. */

/**
 * The name of a type without its module, in UTF-8. It is valid as long as the type lives and is not renamed.
 *
 * Returns NULL with an exception on failure (`TypeError` if `type` is not a type).
 */
HPy_ID(253, since=0.0, python=no, error=NULL)
HPyAPI_FUNC const char *HPyType_GetName(HPyContext *ctx, HPy type);

/**
 * The qualified name of a type, as `type.__qualname__`: `Outer.Inner`. Here and in the next functions it makes no difference
 * what the metaclass has under that name.
 *
 * Returns a new handle to a `str`, or `HPy_NULL` with an exception (`TypeError` if `type` is not a type).
 */
HPy_ID(294, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_GetQualName(HPyContext *ctx, HPy type);

/**
 * The name of the module of a type, as `type.__module__`: whatever Python code stored there, usually a `str`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `type` is not a type, `AttributeError` if it has no
 * module).
 */
HPy_ID(295, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_GetModuleName(HPyContext *ctx, HPy type);

/**
 * The base whose struct a type extends, as `type.__base__`. It is one of `HPyType_GetBases`, not always the first.
 *
 * Returns a new handle, to `None` for `object`; `HPy_NULL` with `TypeError` if `type` is not a type.
 */
HPy_ID(296, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_GetBase(HPyContext *ctx, HPy type);

/**
 * The direct bases of a type, as `type.__bases__`.
 *
 * Returns a new handle to a `tuple`, or `HPy_NULL` with an exception (`TypeError` if `type` is not a type).
 */
HPy_ID(297, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_GetBases(HPyContext *ctx, HPy type);

/**
 * The type and all its bases in the order in which attributes are looked up, as `type.__mro__`.
 *
 * Returns a new handle to a `tuple`, or `HPy_NULL` with an exception (`TypeError` if `type` is not a type).
 */
HPy_ID(298, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_GetMRO(HPyContext *ctx, HPy type);

/**
 * What a type itself defines, as `type.__dict__`: a read-only view, which shows later changes.
 *
 * Returns a new handle to a `mappingproxy`, or `HPy_NULL` with an exception (`TypeError` if `type` is not a type).
 */
HPy_ID(299, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_GetDict(HPyContext *ctx, HPy type);

/**
 * Whether instances of a type do what a slot says, with nothing in between: `expected` is the definition with which
 * `HPyType_FromSpec` made the type or the base that it has the slot from. It is no longer so if Python code has
 * overridden the special method, in a subclass or by assigning to the type. For `HPy_tp_traverse` and `HPy_tp_destroy`, it is
 * so for the nearest base that defines one.
 *
 * A fast path may then call the function that `expected` was defined with.
 *
 * Returns 1, 0, or -1 with an exception: `TypeError` if `type` is not a type, `ValueError` if `expected` does not define
 * a slot of types.
 */
HPy_ID(300, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyType_CheckSlot(HPyContext *ctx, HPy type, HPy_ARRAY(1) const HPyDef *expected);

/**
 * `origin[args]` of a generic type, as `types.GenericAlias(origin, args)`: what `HPyDef_CLASS_GETITEM` returns. `args` is the
 * argument, or a tuple of several.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_ID(404, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_GenericAlias(HPyContext *ctx, HPy origin, HPy args);

/**
 * Whether `sub` is `type` or derived from it. Both must be types. Unlike `issubclass()`, this ignores
 * `__subclasscheck__`.
 *
 * Returns 1, 0, or -1 with `TypeError` if one of them is not a type.
 */
HPy_ID(254, since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyType_IsSubtype(HPyContext *ctx, HPy sub, HPy type);

/**
 * The shape of a type that `HPyType_FromSpec` created, or that is derived from one; Legacy for all others.
 *
 * Returns -2 with `TypeError` if `h_type` is not a type.
 */
HPy_ID(234, since=0.0, python=no, error=-2)
HPyAPI_FUNC HPyType_BuiltinShape _HPyType_GetBuiltinShape(HPyContext *ctx, HPy h_type);

/**
 * The module that a type was made with, see `HPyType_SpecParam_Module`; the nearest one among the type and its bases.
 *
 * A method that subclasses inherit should not ask this of the type of `self`, which may be a type of another module: it
 * gets the class that defines it as an `HPyFunc_METHOD`.
 *
 * Returns a new handle, or `HPy_NULL` with `TypeError` if `type` is not a type or there is no module.
 */
HPy_ID(276, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyType_GetModule(HPyContext *ctx, HPy type);

/**
 * The state of the module that a type was made with: as `HPyModule_GetState` of `HPyType_GetModule`.
 *
 * Returns NULL with an exception: `TypeError` if `type` is not a type or has no module, `SystemError` if the module has
 * no state.
 */
HPy_ID(277, since=0.1, python=no, error=NULL)
HPyAPI_FUNC void *HPyType_GetModuleState(HPyContext *ctx, HPy type);

/* The struct of an instance, by shape. Not to be called directly: HPyType_HELPERS chooses the right one. */

/** The struct of an instance of a type of shape Object, which is not checked. */
HPy_ID(168, since=0.0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_Object(HPyContext *ctx, HPy_NULLABLE HPy h);

/**
 * The struct of an instance of a type of shape Legacy, which is not checked. On CPython it is the object itself.
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

/** The struct of an instance of a type of shape Dict, which is not checked. */
HPy_ID(264, since=0.0, after_0_9_0, python=no, error=none)
HPyAPI_FUNC void *_HPy_AsStruct_Dict(HPyContext *ctx, HPy_NULLABLE HPy h);

/** The function that gets the struct of an instance of shape Legacy, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Legacy_AsStruct _HPy_AsStruct_Legacy
/** The function that gets the struct of an instance of shape Object, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Object_AsStruct _HPy_AsStruct_Object
/** The function that gets the struct of an instance of shape Type, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Type_AsStruct _HPy_AsStruct_Type
/** The function that gets the struct of an instance of shape Long, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Long_AsStruct _HPy_AsStruct_Long
/** The function that gets the struct of an instance of shape Float, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Float_AsStruct _HPy_AsStruct_Float
/** The function that gets the struct of an instance of shape Unicode, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Unicode_AsStruct _HPy_AsStruct_Unicode
/** The function that gets the struct of an instance of shape Tuple, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Tuple_AsStruct _HPy_AsStruct_Tuple
/** The function that gets the struct of an instance of shape List, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_List_AsStruct _HPy_AsStruct_List
/** The function that gets the struct of an instance of shape Dict, for `HPyType_HELPERS`. */
#define HPyType_BuiltinShape_Dict_AsStruct _HPy_AsStruct_Dict

/* Helpers for a struct. */

/**
 * `HPyType_HELPERS(STRUCT)` or `HPyType_HELPERS(STRUCT, HPyType_BuiltinShape_List)`, with the name of a typedef:
 * defines the helpers for the struct of a type. These are the function
 * `STRUCT *STRUCT_AsStruct(HPyContext *ctx, HPy h)`, which gives the struct of an instance without checking the type
 * of `h`, and the constant behind `SHAPE(STRUCT)`. The struct lives as long as the object. The shape defaults to
 * Object.
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

/** The shape that `HPyType_HELPERS` was given for a struct, for `HPyType_Spec.builtin_shape`. */
#define SHAPE(STRUCT) ((HPyType_BuiltinShape)STRUCT##_SHAPE)

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/types.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_TYPES_H */
