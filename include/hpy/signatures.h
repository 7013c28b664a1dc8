/* Signatures: the kinds of functions that an extension can implement, with their numbers and prototypes.
 *
 * For all of them: handles in arguments belong to the caller and must not be closed; the handle that is returned
 * belongs to the caller from then on. Returning HPy_NULL, or -1 from functions that return an integer, means that an
 * exception is set. Argument arrays are valid during the call.
 *
 * From each annotated typedef two macros are generated, named after the full name of the signature:
 * `_HPyFunc_DECLARE_HPyFunc_NOARGS(SYM)`, a static declaration without the semicolon, in generated/declarations.h;
 * and `_HPyFunc_TRAMPOLINE_HPyFunc_NOARGS(SYM, IMPL)`, a static function that CPython can call, in
 * generated/trampolines.h and generated/cpython_trampolines.h.
 */
#ifndef HPY_SIGNATURES_H
#define HPY_SIGNATURES_H

#include "hpy/base.h"

/** Tells an engine how to call an `HPyCFunction`. */
typedef enum {
    HPyFunc_VARARGS = 1,
    HPyFunc_KEYWORDS = 2,
    HPyFunc_NOARGS = 3,
    HPyFunc_O = 4,
    HPyFunc_DESTROYFUNC = 5,
    HPyFunc_GETBUFFERPROC = 6,
    HPyFunc_RELEASEBUFFERPROC = 7,
    HPyFunc_UNARYFUNC = 8,
    HPyFunc_BINARYFUNC = 9,
    HPyFunc_TERNARYFUNC = 10,
    HPyFunc_INQUIRY = 11,
    HPyFunc_LENFUNC = 12,
    HPyFunc_SSIZEARGFUNC = 13,
    HPyFunc_SSIZESSIZEARGFUNC = 14,
    HPyFunc_SSIZEOBJARGPROC = 15,
    HPyFunc_SSIZESSIZEOBJARGPROC = 16,
    HPyFunc_OBJOBJARGPROC = 17,
    HPyFunc_FREEFUNC = 18,
    HPyFunc_GETATTRFUNC = 19,
    HPyFunc_GETATTROFUNC = 20,
    HPyFunc_SETATTRFUNC = 21,
    HPyFunc_SETATTROFUNC = 22,
    HPyFunc_REPRFUNC = 23,
    HPyFunc_HASHFUNC = 24,
    HPyFunc_RICHCMPFUNC = 25,
    HPyFunc_GETITERFUNC = 26,
    HPyFunc_ITERNEXTFUNC = 27,
    HPyFunc_DESCRGETFUNC = 28,
    HPyFunc_DESCRSETFUNC = 29,
    HPyFunc_INITPROC = 30,
    HPyFunc_NEWFUNC = 31,
    HPyFunc_GETTER = 32,
    HPyFunc_SETTER = 33,
    HPyFunc_OBJOBJPROC = 34,
    HPyFunc_TRAVERSEPROC = 35,
    HPyFunc_DESTRUCTOR = 36,
    HPyFunc_CAPSULE_DESTRUCTOR = 37,
    /** Reserved: no implementation can have it. */
    HPyFunc_VECTORCALLFUNC = 38,
    HPyFunc_MOD_CREATE = 39,
    HPyFunc_STATE_NOARGS HPy_SINCE(0, 1) = 40,
    HPyFunc_STATE_O HPy_SINCE(0, 1) = 41,
    HPyFunc_STATE_VARARGS HPy_SINCE(0, 1) = 42,
    HPyFunc_STATE_KEYWORDS HPy_SINCE(0, 1) = 43,
    HPyFunc_METHOD HPy_SINCE(0, 1) = 44,
    HPyFunc_CLOSURE HPy_SINCE(0, 1) = 45,
    HPyFunc_API HPy_SINCE(0, 1) = 46,
    HPyFunc_SENDFUNC HPy_SINCE(0, 1) = 47,
} HPyFunc_Signature;

/** Called by a traverse function for each field. The traverse function stops at the first result that is not 0, and
 *  returns it. */
typedef int (*HPyFunc_visitproc)(HPyField *field, void *arg);

/** A method with positional arguments. */
HPy_SIG(HPyFunc_VARARGS)
typedef HPy (*HPyFunc_varargs)(HPyContext *ctx, HPy self, HPy_ARRAY(nargs) const HPy *args, size_t nargs);

/** A method with keywords: `args` has `nargs` positional arguments, followed by a value for each name in the tuple
 *  `kwnames`, which is null if there are none. */
HPy_SIG(HPyFunc_KEYWORDS)
typedef HPy (*HPyFunc_keywords)(HPyContext *ctx, HPy self, HPy_ARRAY(nargs + kwnames) const HPy *args, size_t nargs,
                                HPy_NULLABLE HPy kwnames);

/** A method without arguments. */
HPy_SIG(HPyFunc_NOARGS)
typedef HPy (*HPyFunc_noargs)(HPyContext *ctx, HPy self);

/** A method with exactly one positional argument. */
HPy_SIG(HPyFunc_O)
typedef HPy (*HPyFunc_o)(HPyContext *ctx, HPy self, HPy arg);

/** `HPy_tp_destroy`. Receives no context, since it must not use the API. */
HPy_SIG(HPyFunc_DESTROYFUNC, no_context)
typedef void (*HPyFunc_destroyfunc)(void *data);

/** Fills in `view`, which is zeroed, as `flags` request. Returns 0, or -1 with an exception. */
HPy_SIG(HPyFunc_GETBUFFERPROC)
typedef int (*HPyFunc_getbufferproc)(HPyContext *ctx, HPy self, HPy_buffer *view, int flags);

/** Releases what `HPyFunc_getbufferproc` filled in. */
HPy_SIG(HPyFunc_RELEASEBUFFERPROC)
typedef void (*HPyFunc_releasebufferproc)(HPyContext *ctx, HPy self, HPy_buffer *view);

/** An operation on one object. */
HPy_SIG(HPyFunc_UNARYFUNC)
typedef HPy (*HPyFunc_unaryfunc)(HPyContext *ctx, HPy arg0);

/** An operation on two objects. */
HPy_SIG(HPyFunc_BINARYFUNC)
typedef HPy (*HPyFunc_binaryfunc)(HPyContext *ctx, HPy arg0, HPy arg1);

/** An operation on three objects. */
HPy_SIG(HPyFunc_TERNARYFUNC)
typedef HPy (*HPyFunc_ternaryfunc)(HPyContext *ctx, HPy arg0, HPy arg1, HPy arg2);

/** A question about an object, or something done with it. Returns an integer, or -1 with an exception. */
HPy_SIG(HPyFunc_INQUIRY)
typedef int (*HPyFunc_inquiry)(HPyContext *ctx, HPy arg0);

/** The length of an object, or -1 with an exception. */
HPy_SIG(HPyFunc_LENFUNC)
typedef HPy_ssize_t (*HPyFunc_lenfunc)(HPyContext *ctx, HPy arg0);

/** An operation on an object and an index or a count. */
HPy_SIG(HPyFunc_SSIZEARGFUNC)
typedef HPy (*HPyFunc_ssizeargfunc)(HPyContext *ctx, HPy arg0, HPy_ssize_t arg1);

/** An operation on an object and two indices. */
HPy_SIG(HPyFunc_SSIZESSIZEARGFUNC)
typedef HPy (*HPyFunc_ssizessizeargfunc)(HPyContext *ctx, HPy arg0, HPy_ssize_t arg1, HPy_ssize_t arg2);

/** Sets the item at an index; deletes it if `arg2` is null. Returns 0, or -1 with an exception. */
HPy_SIG(HPyFunc_SSIZEOBJARGPROC)
typedef int (*HPyFunc_ssizeobjargproc)(HPyContext *ctx, HPy arg0, HPy_ssize_t arg1, HPy arg2);

/** Sets the items between two indices; deletes them if `arg3` is null. Returns 0, or -1 with an exception. */
HPy_SIG(HPyFunc_SSIZESSIZEOBJARGPROC)
typedef int (*HPyFunc_ssizessizeobjargproc)(HPyContext *ctx, HPy arg0, HPy_ssize_t arg1, HPy_ssize_t arg2,
                                            HPy arg3);

/** Sets the value of a key; deletes it if `arg2` is null. Returns 0, or -1 with an exception. */
HPy_SIG(HPyFunc_OBJOBJARGPROC)
typedef int (*HPyFunc_objobjargproc)(HPyContext *ctx, HPy arg0, HPy arg1, HPy arg2);

/** Frees memory. */
HPy_SIG(HPyFunc_FREEFUNC)
typedef void (*HPyFunc_freefunc)(HPyContext *ctx, void *arg0);

/** The attribute with a name in UTF-8. */
HPy_SIG(HPyFunc_GETATTRFUNC)
typedef HPy (*HPyFunc_getattrfunc)(HPyContext *ctx, HPy arg0, char *arg1);

/** The attribute with a name that is a `str`. */
HPy_SIG(HPyFunc_GETATTROFUNC)
typedef HPy (*HPyFunc_getattrofunc)(HPyContext *ctx, HPy arg0, HPy arg1);

/** Sets the attribute with a name in UTF-8; deletes it if `arg2` is null. Returns 0, or -1 with an exception. */
HPy_SIG(HPyFunc_SETATTRFUNC)
typedef int (*HPyFunc_setattrfunc)(HPyContext *ctx, HPy arg0, char *arg1, HPy arg2);

/** Sets the attribute with a name that is a `str`; deletes it if `arg2` is null. Returns 0, or -1 with an exception. */
HPy_SIG(HPyFunc_SETATTROFUNC)
typedef int (*HPyFunc_setattrofunc)(HPyContext *ctx, HPy arg0, HPy arg1, HPy arg2);

/** An object as text. */
HPy_SIG(HPyFunc_REPRFUNC)
typedef HPy (*HPyFunc_reprfunc)(HPyContext *ctx, HPy arg0);

/** The hash of an object. Returns -1 only with an exception. */
HPy_SIG(HPyFunc_HASHFUNC)
typedef HPy_hash_t (*HPyFunc_hashfunc)(HPyContext *ctx, HPy arg0);

/** Compares two objects with an operator. */
HPy_SIG(HPyFunc_RICHCMPFUNC)
typedef HPy (*HPyFunc_richcmpfunc)(HPyContext *ctx, HPy arg0, HPy arg1, HPy_RichCmpOp arg2);

/** An iterator over an object. */
HPy_SIG(HPyFunc_GETITERFUNC)
typedef HPy (*HPyFunc_getiterfunc)(HPyContext *ctx, HPy arg0);

/** The next item of an iterator. */
HPy_SIG(HPyFunc_ITERNEXTFUNC)
typedef HPy (*HPyFunc_iternextfunc)(HPyContext *ctx, HPy arg0);

/** `__get__`, though the slot `HPy_tp_descr_get` has `HPyFunc_TERNARYFUNC`. */
HPy_SIG(HPyFunc_DESCRGETFUNC)
typedef HPy (*HPyFunc_descrgetfunc)(HPyContext *ctx, HPy arg0, HPy arg1, HPy arg2);

/** `__set__`; `__delete__` if `arg2` is null. Returns 0, or -1 with an exception. */
HPy_SIG(HPyFunc_DESCRSETFUNC)
typedef int (*HPyFunc_descrsetfunc)(HPyContext *ctx, HPy arg0, HPy arg1, HPy arg2);

/** `HPy_tp_init`. Unlike a method, it receives keywords as a dict, or null. Returns 0, or -1 with an exception. */
HPy_SIG(HPyFunc_INITPROC)
typedef int (*HPyFunc_initproc)(HPyContext *ctx, HPy self, HPy_ARRAY(nargs) const HPy *args, HPy_ssize_t nargs,
                               HPy_NULLABLE HPy kw);

/** `HPy_tp_new`. Unlike a method, it receives keywords as a dict, or null. */
HPy_SIG(HPyFunc_NEWFUNC)
typedef HPy (*HPyFunc_newfunc)(HPyContext *ctx, HPy type, HPy_ARRAY(nargs) const HPy *args, HPy_ssize_t nargs,
                               HPy_NULLABLE HPy kw);

/** Reads a computed attribute. `arg1` is the `closure` of the definition. */
HPy_SIG(HPyFunc_GETTER)
typedef HPy (*HPyFunc_getter)(HPyContext *ctx, HPy arg0, void *arg1);

/** Sets a computed attribute; deletes it if `arg1` is null. `arg2` is the `closure` of the definition. Returns 0, or -1
 *  with an exception. */
HPy_SIG(HPyFunc_SETTER)
typedef int (*HPyFunc_setter)(HPyContext *ctx, HPy arg0, HPy arg1, void *arg2);

/** `HPy_am_send`: sends `arg1`, `None` at first, and stores what comes back in `*arg2`, which is null before. Returns an
 *  `HPySendResult`: `HPy_SEND_NEXT` if it is a value that was yielded, `HPy_SEND_RETURN` if it is the result,
 *  `HPy_SEND_ERROR` with an exception. */
HPy_SIG(HPyFunc_SENDFUNC)
typedef int (*HPyFunc_sendfunc)(HPyContext *ctx, HPy arg0, HPy arg1, HPy_INOUT HPy_ARRAY(1) HPy *arg2);

/** A question about two objects. Returns 1, 0, or -1 with an exception. */
HPy_SIG(HPyFunc_OBJOBJPROC)
typedef int (*HPyFunc_objobjproc)(HPyContext *ctx, HPy arg0, HPy arg1);

/** `HPy_tp_traverse`. Receives no context, since it must not use the API. `HPy_VISIT` expects the parameters to have
 *  these names. */
HPy_SIG(HPyFunc_TRAVERSEPROC, no_context)
typedef int (*HPyFunc_traverseproc)(void *object, HPyFunc_visitproc visit, void *arg);

/** Runs before an object is destroyed. */
HPy_SIG(HPyFunc_DESTRUCTOR)
typedef void (*HPyFunc_destructor)(HPyContext *ctx, HPy arg0);

/** The destructor of a capsule. Receives no context, since it must not use the API; see capsule.h. */
HPy_SIG(HPyFunc_CAPSULE_DESTRUCTOR, no_context)
typedef void (*HPyFunc_Capsule_Destructor)(const char *name, void *pointer, void *context);

/** Creates a module from its spec. */
HPy_SIG(HPyFunc_MOD_CREATE)
typedef HPy (*HPyFunc_mod_create)(HPyContext *ctx, HPy spec);

/** The function of a closure, see closure.h. `captured` is the object that the closure was made with, `arg` and the result
 *  are those of the call. Unlike other functions, it may leave an exception set whatever it returns. */
HPy_SIG(HPyFunc_CLOSURE)
typedef void *(*HPyFunc_closure)(HPyContext *ctx, HPy captured, void *arg);

/** What stands before a function that other extensions call; `HPyDef_API` of extension_api.h defines it. `args` are the
 *  handles among the arguments, `results` those that the function returns, all null at first, and `data` is the rest. As
 *  the results are part of what a function does, also of one that fails, it may leave an exception set. */
HPy_SIG(HPyFunc_API)
typedef void (*HPyFunc_api)(HPyContext *ctx, HPy_ARRAY(nargs) const HPy *args, size_t nargs,
                            HPy_INOUT HPy_ARRAY(nresults) HPy *results, size_t nresults, void *data);

/* Methods that get more than their arguments.
 *
 * `state` is the state of the module that the function belongs to, or that the type was made with (see
 * `HPyType_SpecParam_Module`). It is at hand without a look-up, also in methods that a subclass inherits, whose
 * `self` does not tell the module (PEP 573). It is valid during the call. */

/** As `HPyFunc_NOARGS`, with the state of the module. */
HPy_SIG(HPyFunc_STATE_NOARGS)
typedef HPy (*HPyFunc_state_noargs)(HPyContext *ctx, void *state, HPy self);

/** As `HPyFunc_O`, with the state of the module. */
HPy_SIG(HPyFunc_STATE_O)
typedef HPy (*HPyFunc_state_o)(HPyContext *ctx, void *state, HPy self, HPy arg);

/** As `HPyFunc_VARARGS`, with the state of the module. */
HPy_SIG(HPyFunc_STATE_VARARGS)
typedef HPy (*HPyFunc_state_varargs)(HPyContext *ctx, void *state, HPy self, HPy_ARRAY(nargs) const HPy *args,
                                     size_t nargs);

/** As `HPyFunc_KEYWORDS`, with the state of the module. */
HPy_SIG(HPyFunc_STATE_KEYWORDS)
typedef HPy (*HPyFunc_state_keywords)(HPyContext *ctx, void *state, HPy self,
                                      HPy_ARRAY(nargs + kwnames) const HPy *args, size_t nargs,
                                      HPy_NULLABLE HPy kwnames);

/** A method of a type, as `HPyFunc_KEYWORDS`, with the class that defines it, of which the type of `self` may be a
 *  subclass. */
HPy_SIG(HPyFunc_METHOD)
typedef HPy (*HPyFunc_method)(HPyContext *ctx, HPy defining_class, HPy self,
                              HPy_ARRAY(nargs + kwnames) const HPy *args, size_t nargs, HPy_NULLABLE HPy kwnames);

#endif /* HPY_SIGNATURES_H */
