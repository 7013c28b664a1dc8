/* Checks of built-in types: `HPyLong_Check` and its kin.
 *
 * All return 1 or 0; 0 for `HPy_NULL`. Those named `CheckExact` are false for instances of subclasses. There is none for a
 * type that has no subclasses, where `Check` is as exact. They are macros that evaluate `ctx` twice, over `HPy_TypeCheck` and
 * `HPy_TypeCheckExact`, which serve for any other type. */
#ifndef HPY_CHECK_H
#define HPY_CHECK_H

#include "hpy/constants.h"
#include "hpy/object.h"
#include "hpy/types.h"

/* Numbers. */

/** Whether it is a `bool`. */
#define HPyBool_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_BoolType)
/** Whether it is an `int`, which a `bool` is. */
#define HPyLong_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_LongType)
/** Whether it is an `int`, and of no subclass. Since ABI 0.1. */
#define HPyLong_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_LongType)
/** Whether it is a `float`. */
#define HPyFloat_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_FloatType)
/** Whether it is a `float`, and of no subclass. Since ABI 0.1. */
#define HPyFloat_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_FloatType)
/** Whether it is a `complex`. */
#define HPyComplex_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_ComplexType)
/** Whether it is a `complex`, and of no subclass. Since ABI 0.1. */
#define HPyComplex_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_ComplexType)

/* Text and bytes; `HPyUnicode_Check` and `HPyBytes_Check` are functions. */

/** Whether it is a `str`, and of no subclass. Since ABI 0.1. */
#define HPyUnicode_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_UnicodeType)
/** Whether it is a `bytes`, and of no subclass. Since ABI 0.1. */
#define HPyBytes_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_BytesType)
/** Whether it is a `bytearray`. Since ABI 0.1. */
#define HPyByteArray_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_ByteArrayType)
/** Whether it is a `bytearray`, and of no subclass. Since ABI 0.1. */
#define HPyByteArray_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_ByteArrayType)
/** Whether it is a `memoryview`. */
#define HPyMemoryView_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_MemoryViewType)

/* Containers; `HPyList_Check`, `HPyTuple_Check` and `HPyDict_Check` are functions. */

/** Whether it is a `list`, and of no subclass. Since ABI 0.1. */
#define HPyList_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_ListType)
/** Whether it is a `tuple`, and of no subclass. Since ABI 0.1. */
#define HPyTuple_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_TupleType)
/** Whether it is a `dict`, and of no subclass. Since ABI 0.1. */
#define HPyDict_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_DictType)
/** Whether it is a `set`. Since ABI 0.1. */
#define HPySet_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_SetType)
/** Whether it is a `set`, and of no subclass. Since ABI 0.1. */
#define HPySet_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_SetType)
/** Whether it is a `frozenset`. Since ABI 0.1. */
#define HPyFrozenSet_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_FrozenSetType)
/** Whether it is a `frozenset`, and of no subclass. Since ABI 0.1. */
#define HPyFrozenSet_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_FrozenSetType)
/** Whether it is a `set` or a `frozenset`. Since ABI 0.1. */
#define HPyAnySet_Check(ctx, h) (HPySet_Check((ctx), (h)) || HPyFrozenSet_Check((ctx), (h)))
/** Whether it is a `range`. Since ABI 0.1. */
#define HPyRange_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_RangeType)
/** Whether it is a `slice`. */
#define HPySlice_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_SliceType)

/* Types, modules, capsules. */

/** Whether it is a type. */
#define HPyType_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_TypeType)
/** Whether it is a type, and its metaclass is `type`. Since ABI 0.1. */
#define HPyType_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_TypeType)
/** Whether it is an exception. */
#define HPyExceptionInstance_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_BaseException)
/** Whether it is a class of exceptions. */
#define HPyExceptionClass_Check(ctx, h) \
    (HPyType_Check((ctx), (h)) && HPyType_IsSubtype((ctx), (h), (ctx)->h_BaseException))
/** Whether it is a module. Since ABI 0.1. */
#define HPyModule_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_ModuleType)
/** Whether it is a module, and of no subclass. Since ABI 0.1. */
#define HPyModule_CheckExact(ctx, h) HPy_TypeCheckExact((ctx), (h), (ctx)->h_ModuleType)
/** Whether it is a capsule. */
#define HPyCapsule_Check(ctx, h) HPy_TypeCheck((ctx), (h), (ctx)->h_CapsuleType)

#endif /* HPY_CHECK_H */
