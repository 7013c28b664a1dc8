/* The basic types: handles and other references to objects, integers, and the enums that members of the context
 * take.
 *
 * The functions for these types are in the headers of the topics (handle.h, field.h, types.h, ...). The enums are
 * here and not in those headers because C cannot name an enum before it is complete.
 */
#ifndef HPY_BASE_H
#define HPY_BASE_H

#include "hpy/abi.h" /* before the standard headers */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

#include "hpy/macros.h"
#include "hpy/version.h"

/** The interface to the engine, which is passed to every function of the API; see context.h. */
typedef struct _HPyContext_s HPyContext;

/* Handles and other references to objects. */

/** A handle: one reference to an object, which must be closed exactly once. Compare objects with `HPy_Is`, not
 *  handles. Handles are for local variables, arguments and results only; what lives longer is an `HPyField` or an
 *  `HPyGlobal`. */
typedef struct _HPy_s { intptr_t _i; } HPy;

/** A reference from the struct of an object to another object; see field.h. */
typedef struct { intptr_t _i; } HPyField;

/** A static variable that holds an object, one per interpreter; see global.h. */
typedef struct { intptr_t _i; } HPyGlobal;

/** A set of handles that are closed together; see tracker.h. */
typedef struct _HPyTracker_s { intptr_t _i; } HPyTracker;

/** What `HPy_LeavePythonExecution` returns; see thread.h. */
typedef struct { intptr_t _i; } HPyThreadState;

/** Names an interpreter, for the time when there is no context at hand; see vm.h. All zeros before `HPy_GetVM` fills
 *  it, and then plain data, which may be copied. */
typedef struct {
    /* Differs between processes, and between versions of this struct. */
    uintptr_t _mark;
    /* Never given to another interpreter of this process. */
    uint64_t _interpreter;
    const struct _HPyVM_Functions *_functions;
    /* What threads inside Python get, and others. Not read unless the interpreter lives. */
    HPyContext *_inside;
    HPyContext *_attached;
} HPyVM;

/** A function with a context and an object of its own; see closure.h. */
typedef struct _HPyClosure_s HPyClosure;
/** A lock; see lock.h. All zeros before its first use. */
typedef struct { uintptr_t _word; } HPyMutex;

/** A stretch of code in which one object is this thread's alone; see lock.h. */
typedef struct {
    uintptr_t _begun;
    /* What the engine needs. */
    uintptr_t _first;
    uintptr_t _second;
    uintptr_t _third;
} HPyCriticalSection;

/** How far an iteration over a dict has come; see dict.h. */
typedef struct _HPyDictIter_s HPyDictIter;

/** The fields of a date, a time or a duration; see datetime.h. */
typedef struct _HPyDateTime_Fields_s HPyDateTime_Fields;

/** A list under construction; see builder.h. */
typedef struct { intptr_t _lst; } HPyListBuilder;

/** A tuple under construction; see builder.h. */
typedef struct { intptr_t _tup; } HPyTupleBuilder;

/** A `str` that is written piece by piece; see writer.h. */
typedef struct { intptr_t _i; } HPyUnicodeWriter;

/** A `bytes` that is written piece by piece; see writer.h. */
typedef struct { intptr_t _i; } HPyBytesWriter;
/** An integer under construction; see bigint.h. */
typedef struct { intptr_t _i; } HPyLongWriter;

#ifdef __cplusplus
/** No object. The failure value of functions that return a handle. */
#  define HPy_NULL HPy{0}
#else
#  define HPy_NULL ((HPy){0})
#endif

/** True for `HPy_NULL` and for the null value of any other struct with a member `_i`, such as a tracker. */
#define HPy_IsNull(h) ((h)._i == 0)

#ifdef __cplusplus
/** The value of a field that refers to nothing. */
#  define HPyField_NULL HPyField{0}
#else
#  define HPyField_NULL ((HPyField){0})
#endif

/** True for a field that refers to nothing. */
#define HPyField_IsNull(field) ((field)._i == 0)

/* Integers, and types of CPython. In the universal ABI the latter are incomplete, and their tags tell in the
 * compiler's messages that their use is forbidden. */

#ifdef HPY_ABI_UNIVERSAL

/** A size or an index, as `Py_ssize_t` of the C API. */
typedef intptr_t HPy_ssize_t;
/** A hash, as `Py_hash_t` of the C API. */
typedef intptr_t HPy_hash_t;
/** One code point, as `Py_UCS4` of the C API. */
typedef uint32_t HPy_UCS4;

/** The largest `HPy_ssize_t`. */
#  define HPY_SSIZE_T_MAX INTPTR_MAX
/** The smallest `HPy_ssize_t`. */
#  define HPY_SSIZE_T_MIN (-HPY_SSIZE_T_MAX - 1)

/** CPython's `PyObject`. */
typedef struct FORBIDDEN_cpy_PyObject cpy_PyObject;
/** CPython's `PyMethodDef`. */
typedef struct FORBIDDEN_PyMethodDef cpy_PyMethodDef;
/** CPython's `PyModuleDef`. */
typedef struct FORBIDDEN_PyModuleDef cpy_PyModuleDef;
/** CPython's `Py_buffer`. */
typedef struct FORBIDDEN_bufferinfo cpy_Py_buffer;

#else

typedef Py_ssize_t HPy_ssize_t;
typedef Py_hash_t HPy_hash_t;
typedef Py_UCS4 HPy_UCS4;

#  define HPY_SSIZE_T_MAX PY_SSIZE_T_MAX
#  define HPY_SSIZE_T_MIN PY_SSIZE_T_MIN

typedef PyObject cpy_PyObject;
typedef PyMethodDef cpy_PyMethodDef;
typedef PyModuleDef cpy_PyModuleDef;
typedef Py_buffer cpy_Py_buffer;

#endif

/* Functions that CPython calls: the types of those trampolines whose parameters are not simply those of the
 * implementation with objects in place of handles. The macros of defs.h define trampolines; they are not written by
 * hand. */

/** The trampoline of a getter. */
typedef cpy_PyObject *(*cpy_getter)(cpy_PyObject *self, void *closure);
/** The trampoline of a setter. */
typedef int (*cpy_setter)(cpy_PyObject *self, cpy_PyObject *value, void *closure);
/** What CPython's garbage collector passes to a traverse function. */
typedef int (*cpy_visitproc)(cpy_PyObject *object, void *arg);
/** The trampoline of a method with positional arguments. Definitions store the trampolines of all slots and methods
 *  under this type. */
HPy_TRAMPOLINE(HPyFunc_VARARGS)
typedef cpy_PyObject *(*cpy_PyCFunction)(cpy_PyObject *self, cpy_PyObject *const *args, HPy_ssize_t nargs);
/** The trampoline of a method with keywords. */
HPy_TRAMPOLINE(HPyFunc_KEYWORDS)
typedef cpy_PyObject *(*cpy_vectorcallfunc)(cpy_PyObject *self, cpy_PyObject *const *args, size_t nargsf,
                                            cpy_PyObject *kwnames);
/** The trampoline of `HPy_tp_init`. */
HPy_TRAMPOLINE(HPyFunc_INITPROC)
typedef int (*cpy_initproc)(cpy_PyObject *self, cpy_PyObject *args, cpy_PyObject *kw);
/** The trampoline of `HPy_tp_new`. */
HPy_TRAMPOLINE(HPyFunc_NEWFUNC)
typedef cpy_PyObject *(*cpy_newfunc)(cpy_PyObject *self, cpy_PyObject *args, cpy_PyObject *kw);
/** The trampoline of `HPy_tp_traverse`. */
HPy_TRAMPOLINE(HPyFunc_TRAVERSEPROC)
typedef int (*cpy_traverseproc)(cpy_PyObject *self, cpy_visitproc visit, void *arg);
/** The trampoline of `HPy_tp_destroy`, which is never called. */
HPy_TRAMPOLINE(HPyFunc_DESTROYFUNC, never)
typedef void (*cpy_destroyfunc)(void);
/** The trampoline of the destructor of a capsule. */
HPy_TRAMPOLINE(HPyFunc_CAPSULE_DESTRUCTOR, argument)
typedef void (*cpy_PyCapsule_Destructor)(cpy_PyObject *capsule);
/** The trampoline of the function of a closure, which is never called. */
HPy_TRAMPOLINE(HPyFunc_CLOSURE, never)
typedef void (*cpy_closurefunc)(void);
/** The trampoline of a function that other extensions call, which CPython never does. */
HPy_TRAMPOLINE(HPyFunc_API, never)
typedef void (*cpy_apifunc)(void);
/** The trampoline of `HPy_mod_create`. */
HPy_TRAMPOLINE(HPyFunc_MOD_CREATE)
typedef cpy_PyObject *(*cpy_modulecreatefunc)(cpy_PyObject *spec, HPy_IGNORED cpy_PyModuleDef *def);

/** The trampoline of a method that gets the state of its module, or the class that defines it. */
HPy_TRAMPOLINE(HPyFunc_STATE_NOARGS)
HPy_TRAMPOLINE(HPyFunc_STATE_O)
HPy_TRAMPOLINE(HPyFunc_STATE_VARARGS)
HPy_TRAMPOLINE(HPyFunc_STATE_KEYWORDS)
HPy_TRAMPOLINE(HPyFunc_METHOD)
typedef cpy_PyObject *(*cpy_PyCMethod)(cpy_PyObject *self, cpy_PyObject *defining_class,
                                       cpy_PyObject *const *args, size_t nargs, cpy_PyObject *kwnames);

/* Implementations and definitions. */

/** A function of the extension. Its `HPyFunc_Signature` tells the actual type. */
typedef void (*HPyCFunction)(void);

/* Described in the headers named. */
typedef struct _HPyDef_s HPyDef;                              /* defs.h */
typedef struct _HPyCallFunction_s HPyCallFunction;            /* call.h */
typedef struct _HPyCapsule_Destructor_s HPyCapsule_Destructor; /* capsule.h */
typedef struct _HPyType_Spec_s HPyType_Spec;                  /* types.h */
typedef struct _HPyType_SpecParam_s HPyType_SpecParam;        /* types.h */
typedef struct _HPy_buffer_s HPy_buffer;                      /* buffer.h */
typedef struct _HPyLongLayout_s HPyLongLayout;                /* bigint.h */
typedef struct _HPyLongExport_s HPyLongExport;                /* bigint.h */
typedef struct _HPyArg_Names_s _HPyArg_Names;                 /* argparse.h */
typedef struct _HPyAPI_Function_s _HPyAPI_Function;           /* extension_api.h */
typedef struct _HPyAPI_Table_s _HPyAPI_Table;                 /* extension_api.h */

/* Enums. */

/** Comparison operators of `HPy_RichCompare` and `HPy_tp_richcompare`. */
typedef enum {
    /** `v < w`. */
    HPy_LT = 0,
    /** `v <= w`. */
    HPy_LE = 1,
    /** `v == w`. */
    HPy_EQ = 2,
    /** `v != w`. */
    HPy_NE = 3,
    /** `v > w`. */
    HPy_GT = 4,
    /** `v >= w`. */
    HPy_GE = 5,
} HPy_RichCmpOp;

/** What came of sending a value to a generator or coroutine; see `HPyIter_Send` and `HPy_am_send`. The numbers are
 *  CPython's. */
typedef enum {
    /** An exception. */
    HPy_SEND_ERROR HPy_SINCE(0, 1) = -1,
    /** The result: it has ended. */
    HPy_SEND_RETURN HPy_SINCE(0, 1) = 0,
    /** A value that it yielded. */
    HPy_SEND_NEXT HPy_SINCE(0, 1) = 1,
} HPySendResult;

/** Which built-in type the instances of a type extend; see types.h. */
typedef enum {
    /** The struct begins with `PyObject_HEAD`. Only types of this shape may have legacy slots. There are none in
     *  the universal ABI, since that header is CPython's. */
    HPyType_BuiltinShape_Legacy = -1,
    /** `object`. */
    HPyType_BuiltinShape_Object = 0,
    /** `type`, for metaclasses. */
    HPyType_BuiltinShape_Type = 1,
    /** `int`. */
    HPyType_BuiltinShape_Long = 2,
    /** `float`. */
    HPyType_BuiltinShape_Float = 3,
    /** `str`. */
    HPyType_BuiltinShape_Unicode = 4,
    /** `tuple`. */
    HPyType_BuiltinShape_Tuple = 5,
    /** `list`. */
    HPyType_BuiltinShape_List = 6,
    /** `dict`. Release 0.9.0 lacks it. */
    HPyType_BuiltinShape_Dict = 7,
} HPyType_BuiltinShape;

/** What `HPyCapsule_Get` and `HPyCapsule_Set` read and write; see capsule.h. */
typedef enum {
    /** The pointer. */
    HPyCapsule_key_Pointer = 0,
    /** The name. */
    HPyCapsule_key_Name = 1,
    /** The context. */
    HPyCapsule_key_Context = 2,
    /** The destructor, which can be written but not read. */
    HPyCapsule_key_Destructor = 3,
} _HPyCapsule_key;

/** How source code is compiled; see eval.h. */
typedef enum {
    /** One expression, as the mode `eval` of `compile()`. */
    HPy_SourceKind_Expr = 0,
    /** A whole file, as the mode `exec`. */
    HPy_SourceKind_File = 1,
    /** One interactive statement, as the mode `single`. */
    HPy_SourceKind_Single = 2,
} HPy_SourceKind;

/* Handles as pointers. */

/** The handle that `HPy_AsVoidP` turned into `pointer`. This is the same handle, not a new one: for passing a handle
 *  through a `void *`. */
HPy_FACTS(since=0.0, python=no, error=none, pending)
HPyAPI_FUNC HPy HPy_FromVoidP(void *pointer)
{
    HPy h;
    h._i = (intptr_t)pointer;
    return h;
}

/** A handle as a pointer, for `HPy_FromVoidP` to turn back into the handle. */
HPy_FACTS(since=0.0, python=no, error=none, pending)
HPyAPI_FUNC void *HPy_AsVoidP(HPy_NULLABLE HPy h)
{
    return (void *)h._i;
}

#endif /* HPY_BASE_H */
