/* Definitions: the functions, slots, members and computed attributes of a type or module, each an `HPyDef`.
 *
 * The macros are used at file scope, without a semicolon. Each one defines a variable `HPyDef SYM`, declares the
 * static functions that the author then writes, and defines the trampolines through which CPython calls them. `SYM`
 * has external linkage, so that another file can declare `extern HPyDef SYM;` and list it; therefore two files must
 * not use the same name. Trailing arguments initialise members of the embedded struct:
 *
 *     HPyDef_METH(add, "add", HPyFunc_VARARGS, .doc = "The sum of two numbers.")
 *     static HPy add_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) { ... }
 */
#ifndef HPY_DEFS_H
#define HPY_DEFS_H

#include "hpy/context.h"
#include "hpy/call.h"
#include "hpy/capsule.h"
#include "hpy/slots.h"
#include "hpy/trampoline.h"

#include "hpy/generated/slot_signatures.h"

/* The macros can be used without trailing arguments, and they use designated initialisers. That is standard only since
 * C23 and C++20, and -Wpedantic would report it in older versions of the languages. */
#if defined(__GNUC__) || defined(__clang__)
#  pragma GCC system_header
#endif

/* The parts of definitions. */

/** A slot of a type or module. */
typedef struct {
    /** Which slot. */
    HPySlot_Slot slot;
    /** The implementation, which has the signature of the slot; or its value, converted to this type. */
    HPyCFunction impl;
    /** The trampoline, for CPython. */
    cpy_PyCFunction cpy_trampoline;
} HPySlot;

/** A method of a type, or a function of a module. */
typedef struct {
    /** The name in Python, in UTF-8. */
    const char *name;
    /** The implementation, which has the signature below. */
    HPyCFunction impl;
    /** The trampoline, for CPython. */
    cpy_PyCFunction cpy_trampoline;
    /** `HPyFunc_VARARGS`, `HPyFunc_KEYWORDS`, `HPyFunc_NOARGS` or `HPyFunc_O`; from 0.1 on also one of these with
     *  `STATE_`, and for a method of a type `HPyFunc_METHOD`. */
    HPyFunc_Signature signature;
    /** The doc string, or NULL. A first line `name(arguments)` followed by `--` and an empty line is the
     *  signature. */
    const char *doc;
} HPyMeth;

/** The C type of a member. The numbers are those of CPython's `T_...` constants. */
typedef enum {
    /** `short`. */
    HPyMember_SHORT = 0,
    /** `int`. */
    HPyMember_INT = 1,
    /** `long`. */
    HPyMember_LONG = 2,
    /** `float`. */
    HPyMember_FLOAT = 3,
    /** `double`. */
    HPyMember_DOUBLE = 4,
    /** `const char *` in UTF-8; read-only, `None` for NULL. */
    HPyMember_STRING = 5,
    /** `HPyField`; `None` for null. */
    HPyMember_OBJECT = 6,
    /** `char`; a `str` of one character. */
    HPyMember_CHAR = 7,
    /** `signed char`, whatever the sign of `char` is on the machine; an `int`. */
    HPyMember_BYTE = 8,
    /** `unsigned char`; an `int`. */
    HPyMember_UBYTE = 9,
    /** `unsigned short`. */
    HPyMember_USHORT = 10,
    /** `unsigned int`. */
    HPyMember_UINT = 11,
    /** `unsigned long`. */
    HPyMember_ULONG = 12,
    /** `char[]` in UTF-8; read-only. */
    HPyMember_STRING_INPLACE = 13,
    /** `char`; a `bool`. */
    HPyMember_BOOL = 14,
    /** `HPyField`; `AttributeError` for null. */
    HPyMember_OBJECT_EX = 16,
    /** `long long`. */
    HPyMember_LONGLONG = 17,
    /** `unsigned long long`. */
    HPyMember_ULONGLONG = 18,
    /** `HPy_ssize_t`. */
    HPyMember_HPYSSIZET = 19,
    /** Always `None`. */
    HPyMember_NONE = 20,
} HPyMember_FieldType;

/** An attribute that is a member of the struct. */
typedef struct {
    /** The name in Python, in UTF-8. */
    const char *name;
    /** The type in C, which determines the type in Python. */
    HPyMember_FieldType type;
    /** `offsetof(STRUCT, member)`. */
    HPy_ssize_t offset;
    /** Not 0 if Python code can only read it. */
    int readonly;
    /** The doc string, or NULL. */
    const char *doc;
} HPyMember;

/** A computed attribute. */
typedef struct {
    /** The name in Python, in UTF-8. */
    const char *name;
    /** The function that reads it, an `HPyFunc_getter`, or NULL. */
    HPyCFunction getter_impl;
    /** The function that sets and deletes it, an `HPyFunc_setter`, or NULL. */
    HPyCFunction setter_impl;
    /** What CPython calls to read it. */
    cpy_getter getter_cpy_trampoline;
    /** What CPython calls to set or delete it. */
    cpy_setter setter_cpy_trampoline;
    /** The doc string, or NULL. */
    const char *doc;
    /** Passed to getter and setter. */
    void *closure;
} HPyGetSet;

/** A function with arguments and result in C, beside one that Python calls. */
typedef struct {
    /** The qualified name of the one that Python calls, in UTF-8; NULL ends an array of these. */
    const char *name;
    /** The types in C without the context, as `"double (HPy, long)"`. */
    const char *signature;
    /** The function, which gets the context first. */
    HPyCFunction impl;
} HPyTypedFunction;

/** The typed functions of a module; see typed.h. */
typedef struct {
    /** The functions, for engines that call them. */
    const HPyTypedFunction *functions;
    /** What lets others find them: called with the module before its functions `HPy_mod_exec`. */
    HPyCFunction publish;
    /** Its trampoline, for CPython. */
    cpy_PyCFunction cpy_trampoline;
} HPyTyped;

/** What the value of a constant is. */
typedef enum {
    /** An `int`, from `integer`. */
    HPyConstant_Kind_Int HPy_SINCE(0, 1) = 1,
    /** An `int`, from `natural`. */
    HPyConstant_Kind_UInt HPy_SINCE(0, 1) = 2,
    /** A `float`, from `number`. */
    HPyConstant_Kind_Float HPy_SINCE(0, 1) = 3,
    /** A `str`, from `text`. */
    HPyConstant_Kind_String HPy_SINCE(0, 1) = 4,
} HPyConstant_Kind;

/** One constant of a module or type; see `HPyDef_CONSTANTS`. */
typedef struct {
    /** The name in Python, in UTF-8; NULL ends an array of these. */
    const char *name;
    /** Which member of the union is in use. */
    HPyConstant_Kind kind;
    union {
        /** For `HPyConstant_Kind_Int`. */
        int64_t integer;
        /** For `HPyConstant_Kind_UInt`. */
        uint64_t natural;
        /** For `HPyConstant_Kind_Float`. */
        double number;
        /** For `HPyConstant_Kind_String`, in UTF-8; `None` for NULL. */
        const char *text;
    };
} HPyConstant;

/** Which member of an `HPyDef` is in use. */
typedef enum {
    /** A slot. */
    HPyDef_Kind_Slot = 1,
    /** A method. */
    HPyDef_Kind_Meth = 2,
    /** A member. */
    HPyDef_Kind_Member = 3,
    /** A computed attribute. */
    HPyDef_Kind_GetSet = 4,
    /** The typed functions of a module, from 0.1 on. */
    HPyDef_Kind_Typed = 5,
    /** A method of a type itself, which gets the type in the place of an instance: `meth`. */
    HPyDef_Kind_ClassMeth HPy_SINCE(0, 1) = 6,
    /** A function of a type, which gets `HPy_NULL` in the place of an instance: `meth`. */
    HPyDef_Kind_StaticMeth HPy_SINCE(0, 1) = 7,
    /** Constants of a module or type. */
    HPyDef_Kind_Constants HPy_SINCE(0, 1) = 8,
} HPyDef_Kind;

/** One definition, as the macros below create it. */
struct _HPyDef_s {
    /** The kind of definition. */
    HPyDef_Kind kind;
    union {
        /** For `HPyDef_Kind_Slot`. */
        HPySlot slot;
        /** For `HPyDef_Kind_Meth`. */
        HPyMeth meth;
        /** For `HPyDef_Kind_Member`. */
        HPyMember member;
        /** For `HPyDef_Kind_GetSet`. */
        HPyGetSet getset;
        /** For `HPyDef_Kind_Typed`. */
        HPyTyped typed;
        /** For `HPyDef_Kind_Constants`: an array that a null name ends. */
        const HPyConstant *constants;
    };
};

/* Writing definitions. */

/** The name of the signature of a slot. */
#define HPySlot_SIG(SLOT) _HPySlot_SIG__##SLOT

/** Defines a slot; the author writes `SYM_impl`. */
#define HPyDef_SLOT(SYM, SLOT) HPyDef_SLOT_IMPL(SYM, SYM##_impl, SLOT)

/** Defines a slot with the implementation `IMPL`. */
#define HPyDef_SLOT_IMPL(SYM, IMPL, SLOT) \
    enum { SYM##_slot = SLOT }; /* an unknown name is an error here, with a clear message */ \
    _HPyDef_SLOT(SYM, IMPL, SLOT, HPySlot_SIG(SLOT))

/* An extra level, so that SIG is expanded before it is concatenated. */
#define _HPyDef_SLOT(SYM, IMPL, SLOT, SIG) \
    HPyFunc_DECLARE(IMPL, SIG); \
    HPyFunc_TRAMPOLINE(SYM##_trampoline, IMPL, SIG) \
    _HPyDef_VARIABLE(SYM) = { \
        .kind = HPyDef_Kind_Slot, \
        .slot = { \
            .slot = SLOT, \
            .impl = (HPyCFunction)IMPL, \
            .cpy_trampoline = _HPyDef_TRAMPOLINE(SYM##_trampoline), \
        }, \
    }; \
    _HPyDef_END

/** Defines a slot that is a value: `HPyDef_VALUE(gil, HPy_mod_gil, HPy_MOD_GIL_NOT_USED)`. */
#define HPyDef_VALUE(SYM, SLOT, VALUE) \
    _HPyDef_VARIABLE(SYM) = { \
        .kind = HPyDef_Kind_Slot, \
        .slot = { \
            .slot = SLOT, \
            .impl = (HPyCFunction)(uintptr_t)(VALUE), \
            .cpy_trampoline = NULL, \
        }, \
    }; \
    _HPyDef_END

/** Defines a method; the author writes `SYM_impl`. */
#define HPyDef_METH(SYM, NAME, SIG, ...) \
    _HPy_EXPAND(HPyDef_METH_IMPL(SYM, NAME, SYM##_impl, SIG, __VA_ARGS__))

/** Defines a method with the implementation `IMPL`. */
#define HPyDef_METH_IMPL(SYM, NAME, IMPL, SIG, ...) \
    _HPy_EXPAND(_HPyDef_METH(HPyDef_Kind_Meth, SYM, NAME, IMPL, SIG, __VA_ARGS__))

/** Defines a class method: its `self` is the class that it is called on. The author writes `SYM_impl`. Since ABI 0.1. */
#define HPyDef_CLASSMETH(SYM, NAME, SIG, ...) \
    _HPy_EXPAND(_HPyDef_METH(HPyDef_Kind_ClassMeth, SYM, NAME, SYM##_impl, SIG, __VA_ARGS__))

/** Defines a static method: its `self` is `HPy_NULL`. The author writes `SYM_impl`. It cannot have one of
 *  the signatures that get a state or a class. Since ABI 0.1. */
#define HPyDef_STATICMETH(SYM, NAME, SIG, ...) \
    _HPy_EXPAND(_HPyDef_METH(HPyDef_Kind_StaticMeth, SYM, NAME, SYM##_impl, SIG, __VA_ARGS__))

/** Defines what makes a type generic: `__class_getitem__`, so that `Type[item]` is a `types.GenericAlias`. Since ABI 0.1. */
#define HPyDef_CLASS_GETITEM(SYM) \
    HPyDef_CLASSMETH(SYM, "__class_getitem__", HPyFunc_O, .doc = "See PEP 585") \
    static HPy SYM##_impl(HPyContext *ctx, HPy self, HPy arg) \
    { \
        return HPy_GenericAlias(ctx, self, arg); \
    }

#define _HPyDef_METH(KIND, SYM, NAME, IMPL, SIG, ...) \
    enum { SYM##_sig = SIG }; /* an unknown name is an error here, with a clear message */ \
    HPyFunc_DECLARE(IMPL, SIG); \
    HPyFunc_TRAMPOLINE(SYM##_trampoline, IMPL, SIG) \
    _HPyDef_VARIABLE(SYM) = { \
        .kind = KIND, \
        .meth = { \
            .name = NAME, \
            .impl = (HPyCFunction)IMPL, \
            .cpy_trampoline = _HPyDef_TRAMPOLINE(SYM##_trampoline), \
            .signature = SIG, \
            __VA_ARGS__ \
        }, \
    }; \
    _HPyDef_END

/** Defines constants of a module or type: `TABLE` is an array, static and constant, that `HPyConstant_END` ends. They are
 *  there before the functions `HPy_mod_exec` run. Since ABI 0.1.
 *
 *      static const HPyConstant limits[] = {
 *          HPyConstant_INT("MAX_DEPTH", 100),
 *          HPyConstant_STRING("version", "2.1"),
 *          HPyConstant_END,
 *      };
 *      HPyDef_CONSTANTS(constants, limits)
 */
#define HPyDef_CONSTANTS(SYM, TABLE) \
    _HPyDef_VARIABLE(SYM) = { \
        .kind = HPyDef_Kind_Constants, \
        .constants = TABLE, \
    }; \
    _HPyDef_END

/** An `int`, of any integer type that `int64_t` has room for. */
#define HPyConstant_INT(NAME, VALUE) {NAME, HPyConstant_Kind_Int, {.integer = (int64_t)(VALUE)}}
/** An `int`, of any unsigned integer type. */
#define HPyConstant_UINT(NAME, VALUE) {NAME, HPyConstant_Kind_UInt, {.natural = (uint64_t)(VALUE)}}
/** A `float`. */
#define HPyConstant_FLOAT(NAME, VALUE) {NAME, HPyConstant_Kind_Float, {.number = (VALUE)}}
/** A `str`, from UTF-8; `None` for NULL. */
#define HPyConstant_STRING(NAME, TEXT) {NAME, HPyConstant_Kind_String, {.text = (TEXT)}}
/** The end of an array of constants. */
#define HPyConstant_END {NULL, HPyConstant_Kind_Int, {.integer = 0}}

/** Defines a member of the type `TYPE` (an `HPyMember_FieldType`) at `OFFSET` in the struct. */
#define HPyDef_MEMBER(SYM, NAME, TYPE, OFFSET, ...) \
    _HPyDef_VARIABLE(SYM) = { \
        .kind = HPyDef_Kind_Member, \
        .member = { \
            .name = NAME, \
            .type = TYPE, \
            .offset = OFFSET, \
            __VA_ARGS__ \
        }, \
    }; \
    _HPyDef_END

/** Defines an attribute that can be read; the author writes `SYM_get`. */
#define HPyDef_GET(SYM, NAME, ...) _HPy_EXPAND(HPyDef_GET_IMPL(SYM, NAME, SYM##_get, __VA_ARGS__))

/** Defines an attribute that can be read, with the getter `GETIMPL`. */
#define HPyDef_GET_IMPL(SYM, NAME, GETIMPL, ...) \
    HPyFunc_DECLARE(GETIMPL, HPyFunc_GETTER); \
    HPyFunc_TRAMPOLINE(SYM##_get_trampoline, GETIMPL, HPyFunc_GETTER) \
    _HPyDef_VARIABLE(SYM) = { \
        .kind = HPyDef_Kind_GetSet, \
        .getset = { \
            .name = NAME, \
            .getter_impl = (HPyCFunction)GETIMPL, \
            .getter_cpy_trampoline = SYM##_get_trampoline, \
            __VA_ARGS__ \
        }, \
    }; \
    _HPyDef_END

/** Defines an attribute that can be set or deleted; the author writes `SYM_set`. */
#define HPyDef_SET(SYM, NAME, ...) _HPy_EXPAND(HPyDef_SET_IMPL(SYM, NAME, SYM##_set, __VA_ARGS__))

/** Defines an attribute that can be set or deleted, with the setter `SETIMPL`. */
#define HPyDef_SET_IMPL(SYM, NAME, SETIMPL, ...) \
    HPyFunc_DECLARE(SETIMPL, HPyFunc_SETTER); \
    HPyFunc_TRAMPOLINE(SYM##_set_trampoline, SETIMPL, HPyFunc_SETTER) \
    _HPyDef_VARIABLE(SYM) = { \
        .kind = HPyDef_Kind_GetSet, \
        .getset = { \
            .name = NAME, \
            .setter_impl = (HPyCFunction)SETIMPL, \
            .setter_cpy_trampoline = SYM##_set_trampoline, \
            __VA_ARGS__ \
        }, \
    }; \
    _HPyDef_END

/** Defines an attribute that can be read, set or deleted; the author writes `SYM_get` and `SYM_set`. */
#define HPyDef_GETSET(SYM, NAME, ...) \
    _HPy_EXPAND(HPyDef_GETSET_IMPL(SYM, NAME, SYM##_get, SYM##_set, __VA_ARGS__))

/** Defines an attribute that can be read, set or deleted, with the functions `GETIMPL` and `SETIMPL`. */
#define HPyDef_GETSET_IMPL(SYM, NAME, GETIMPL, SETIMPL, ...) \
    HPyFunc_DECLARE(GETIMPL, HPyFunc_GETTER); \
    HPyFunc_TRAMPOLINE(SYM##_get_trampoline, GETIMPL, HPyFunc_GETTER) \
    HPyFunc_DECLARE(SETIMPL, HPyFunc_SETTER); \
    HPyFunc_TRAMPOLINE(SYM##_set_trampoline, SETIMPL, HPyFunc_SETTER) \
    _HPyDef_VARIABLE(SYM) = { \
        .kind = HPyDef_Kind_GetSet, \
        .getset = { \
            .name = NAME, \
            .getter_impl = (HPyCFunction)GETIMPL, \
            .setter_impl = (HPyCFunction)SETIMPL, \
            .getter_cpy_trampoline = SYM##_get_trampoline, \
            .setter_cpy_trampoline = SYM##_set_trampoline, \
            __VA_ARGS__ \
        }, \
    }; \
    _HPyDef_END

/** Defines a static `HPyCallFunction SYM` for `HPy_SetCallFunction`; the author writes `SYM_impl`, with the
 *  signature `HPyFunc_KEYWORDS`. */
#define HPyDef_CALL_FUNCTION(SYM) \
    HPyFunc_DECLARE(SYM##_impl, HPyFunc_KEYWORDS); \
    HPyFunc_TRAMPOLINE(SYM##_trampoline, SYM##_impl, HPyFunc_KEYWORDS) \
    HPyAPI_UNUSED static HPyCallFunction SYM = {SYM##_trampoline, SYM##_impl};

/** Defines a static `HPyCapsule_Destructor SYM` for `HPyCapsule_New`; the author writes `SYM_impl`, with the
 *  signature `HPyFunc_CAPSULE_DESTRUCTOR`. */
#define HPyCapsule_DESTRUCTOR(SYM) \
    HPyFunc_DECLARE(SYM##_impl, HPyFunc_CAPSULE_DESTRUCTOR); \
    HPyFunc_TRAMPOLINE(SYM##_trampoline, SYM##_impl, HPyFunc_CAPSULE_DESTRUCTOR) \
    HPyAPI_UNUSED static HPyCapsule_Destructor SYM = {SYM##_trampoline, SYM##_impl};

/* The variable of a definition. g++ warns about members that are left out, even of a designated initialiser. */
#if defined(__cplusplus) && defined(__GNUC__) && !defined(__clang__)
#  define _HPyDef_VARIABLE(SYM) \
       _Pragma("GCC diagnostic push") \
       _Pragma("GCC diagnostic ignored \"-Wmissing-field-initializers\"") \
       _HPy_HIDDEN HPyDef SYM
#  define _HPyDef_END _Pragma("GCC diagnostic pop")
#else
#  define _HPyDef_VARIABLE(SYM) _HPy_HIDDEN HPyDef SYM
#  define _HPyDef_END
#endif

/* Definitions store all trampolines under one type. Compilers warn about casts between function types, except via
 * HPyCFunction. */
#define _HPyDef_TRAMPOLINE(SYM) ((cpy_PyCFunction)(HPyCFunction)SYM)

#endif /* HPY_DEFS_H */
