/* Slots: the operations of a type or a module that an extension can implement.
 *
 * Numbers up to 80 are those of CPython's Py_* slots. The second argument of HPy_SLOT is the signature of the
 * implementation; for HPy_nb_add the generator writes `#define _HPySlot_SIG__HPy_nb_add HPyFunc_BINARYFUNC`
 * into generated/slot_signatures.h. The prototypes are in signatures.h. A slot does what the Python expression in its
 * comment means; the comment says where the C function differs from the special method.
 */
#ifndef HPY_SLOTS_H
#define HPY_SLOTS_H

#include "hpy/macros.h"
#include "hpy/signatures.h"

/** Which slot a definition fills. */
typedef enum {
    /** Fills an `HPy_buffer`; see buffer.h. */
    HPy_bf_getbuffer = HPy_SLOT(1, HPyFunc_GETBUFFERPROC),
    /** Releases a buffer that `HPy_bf_getbuffer` filled. The engine closes `obj`. */
    HPy_bf_releasebuffer = HPy_SLOT(2, HPyFunc_RELEASEBUFFERPROC),
    /** `self[key] = value`; a null value means `del self[key]`. */
    HPy_mp_ass_subscript = HPy_SLOT(3, HPyFunc_OBJOBJARGPROC),
    /** `len(self)`. */
    HPy_mp_length = HPy_SLOT(4, HPyFunc_LENFUNC),
    /** `self[key]`. */
    HPy_mp_subscript = HPy_SLOT(5, HPyFunc_BINARYFUNC),
    /** `abs(self)`. */
    HPy_nb_absolute = HPy_SLOT(6, HPyFunc_UNARYFUNC),
    /** `a + b`. As with all binary number slots, either operand may be the instance; return `NotImplemented` for
     *  operands that are not supported. */
    HPy_nb_add = HPy_SLOT(7, HPyFunc_BINARYFUNC),
    /** `a & b`. */
    HPy_nb_and = HPy_SLOT(8, HPyFunc_BINARYFUNC),
    /** `bool(self)`: 1, 0, or -1 with an exception. */
    HPy_nb_bool = HPy_SLOT(9, HPyFunc_INQUIRY),
    /** `divmod(a, b)`. */
    HPy_nb_divmod = HPy_SLOT(10, HPyFunc_BINARYFUNC),
    /** `float(self)`. */
    HPy_nb_float = HPy_SLOT(11, HPyFunc_UNARYFUNC),
    /** `a // b`. */
    HPy_nb_floor_divide = HPy_SLOT(12, HPyFunc_BINARYFUNC),
    /** The exact integer value of the instance, as `operator.index(self)`. */
    HPy_nb_index = HPy_SLOT(13, HPyFunc_UNARYFUNC),
    /** `a += b`. */
    HPy_nb_inplace_add = HPy_SLOT(14, HPyFunc_BINARYFUNC),
    /** `a &= b`. */
    HPy_nb_inplace_and = HPy_SLOT(15, HPyFunc_BINARYFUNC),
    /** `a //= b`. */
    HPy_nb_inplace_floor_divide = HPy_SLOT(16, HPyFunc_BINARYFUNC),
    /** `a <<= b`. */
    HPy_nb_inplace_lshift = HPy_SLOT(17, HPyFunc_BINARYFUNC),
    /** `a *= b`. */
    HPy_nb_inplace_multiply = HPy_SLOT(18, HPyFunc_BINARYFUNC),
    /** `a |= b`. */
    HPy_nb_inplace_or = HPy_SLOT(19, HPyFunc_BINARYFUNC),
    /** `a **= b`; the third operand is `None`. */
    HPy_nb_inplace_power = HPy_SLOT(20, HPyFunc_TERNARYFUNC),
    /** `a %= b`. */
    HPy_nb_inplace_remainder = HPy_SLOT(21, HPyFunc_BINARYFUNC),
    /** `a >>= b`. */
    HPy_nb_inplace_rshift = HPy_SLOT(22, HPyFunc_BINARYFUNC),
    /** `a -= b`. */
    HPy_nb_inplace_subtract = HPy_SLOT(23, HPyFunc_BINARYFUNC),
    /** `a /= b`. */
    HPy_nb_inplace_true_divide = HPy_SLOT(24, HPyFunc_BINARYFUNC),
    /** `a ^= b`. */
    HPy_nb_inplace_xor = HPy_SLOT(25, HPyFunc_BINARYFUNC),
    /** `int(self)`. */
    HPy_nb_int = HPy_SLOT(26, HPyFunc_UNARYFUNC),
    /** `~self`. */
    HPy_nb_invert = HPy_SLOT(27, HPyFunc_UNARYFUNC),
    /** `a << b`. */
    HPy_nb_lshift = HPy_SLOT(28, HPyFunc_BINARYFUNC),
    /** `a * b`. */
    HPy_nb_multiply = HPy_SLOT(29, HPyFunc_BINARYFUNC),
    /** `-self`. */
    HPy_nb_negative = HPy_SLOT(30, HPyFunc_UNARYFUNC),
    /** `a | b`. */
    HPy_nb_or = HPy_SLOT(31, HPyFunc_BINARYFUNC),
    /** `+self`. */
    HPy_nb_positive = HPy_SLOT(32, HPyFunc_UNARYFUNC),
    /** `pow(a, b, c)` and `a ** b`, for which the third operand is `None`. */
    HPy_nb_power = HPy_SLOT(33, HPyFunc_TERNARYFUNC),
    /** `a % b`. */
    HPy_nb_remainder = HPy_SLOT(34, HPyFunc_BINARYFUNC),
    /** `a >> b`. */
    HPy_nb_rshift = HPy_SLOT(35, HPyFunc_BINARYFUNC),
    /** `a - b`. */
    HPy_nb_subtract = HPy_SLOT(36, HPyFunc_BINARYFUNC),
    /** `a / b`. */
    HPy_nb_true_divide = HPy_SLOT(37, HPyFunc_BINARYFUNC),
    /** `a ^ b`. */
    HPy_nb_xor = HPy_SLOT(38, HPyFunc_BINARYFUNC),
    /** `self[index] = value`; a null value means `del self[index]`. */
    HPy_sq_ass_item = HPy_SLOT(39, HPyFunc_SSIZEOBJARGPROC),
    /** `self + other` for sequences. */
    HPy_sq_concat = HPy_SLOT(40, HPyFunc_BINARYFUNC),
    /** `item in self`: 1, 0, or -1 with an exception. */
    HPy_sq_contains = HPy_SLOT(41, HPyFunc_OBJOBJPROC),
    /** `self += other` for sequences. */
    HPy_sq_inplace_concat = HPy_SLOT(42, HPyFunc_BINARYFUNC),
    /** `self *= count` for sequences. */
    HPy_sq_inplace_repeat = HPy_SLOT(43, HPyFunc_SSIZEARGFUNC),
    /** `self[index]`; raise `IndexError` at the end, so that iteration stops. */
    HPy_sq_item = HPy_SLOT(44, HPyFunc_SSIZEARGFUNC),
    /** `len(self)`; also added to negative indices before `HPy_sq_item` sees them. */
    HPy_sq_length = HPy_SLOT(45, HPyFunc_LENFUNC),
    /** `self * count` for sequences. */
    HPy_sq_repeat = HPy_SLOT(46, HPyFunc_SSIZEARGFUNC),
    /** `self(*args, **kwargs)`, and the default that `HPy_SetCallFunction` replaces per object. */
    HPy_tp_call = HPy_SLOT(50, HPyFunc_KEYWORDS),
    /** `__get__(self, object, type)`; either of the last two may be null. */
    HPy_tp_descr_get = HPy_SLOT(54, HPyFunc_TERNARYFUNC, after_0_9_0),
    /** `__set__(self, object, value)`; a null value means `__delete__(self, object)`. */
    HPy_tp_descr_set HPy_SINCE(0, 1) = HPy_SLOT(55, HPyFunc_DESCRSETFUNC),
    /** `__getattribute__(self, name)`: every attribute of the instance, methods included. What the type itself has is in
     *  `HPy_GenericGetAttr`. */
    HPy_tp_getattro HPy_SINCE(0, 1) = HPy_SLOT(58, HPyFunc_GETATTROFUNC),
    /** `hash(self)`; -1 only with an exception. */
    HPy_tp_hash = HPy_SLOT(59, HPyFunc_HASHFUNC),
    /** `__init__`: 0, or -1 with an exception. `kw` is a dict or null. */
    HPy_tp_init = HPy_SLOT(60, HPyFunc_INITPROC),
    /** `iter(self)`. HPy 0.9.0 does not have this slot. Its runtime for CPython accepts the number even so; other
     *  engines with HPy 0.9.0 do not. */
    HPy_tp_iter = HPy_SLOT(62, HPyFunc_GETITERFUNC, after_0_9_0),
    /** `next(self)`. Return `HPy_NULL` at the end, without an exception or with `StopIteration`. */
    HPy_tp_iternext = HPy_SLOT(63, HPyFunc_ITERNEXTFUNC, after_0_9_0),
    /** `__new__`: a new handle of the instance. `kw` is a dict or null. */
    HPy_tp_new = HPy_SLOT(65, HPyFunc_NEWFUNC),
    /** `repr(self)`. */
    HPy_tp_repr = HPy_SLOT(66, HPyFunc_REPRFUNC),
    /** `self < other` and the five others. A type with this slot and no `HPy_tp_hash` is not hashable. */
    HPy_tp_richcompare = HPy_SLOT(67, HPyFunc_RICHCMPFUNC),
    /** `__setattr__(self, name, value)`; a null value means `__delattr__(self, name)`. The default is
     *  `HPy_GenericSetAttr`. */
    HPy_tp_setattro HPy_SINCE(0, 1) = HPy_SLOT(69, HPyFunc_SETATTROFUNC),
    /** `str(self)`. */
    HPy_tp_str = HPy_SLOT(70, HPyFunc_REPRFUNC),
    /** Visits each `HPyField` of the struct with `HPy_VISIT`. The fields in the struct of a base may be visited as
     *  well, or left to the base. Must not use the API. An engine need not call it. */
    HPy_tp_traverse = HPy_SLOT(71, HPyFunc_TRAVERSEPROC),
    /** `a @ b`. */
    HPy_nb_matrix_multiply = HPy_SLOT(75, HPyFunc_BINARYFUNC),
    /** `a @= b`. */
    HPy_nb_inplace_matrix_multiply = HPy_SLOT(76, HPyFunc_BINARYFUNC),
    /** `__await__(self)`: an iterator. */
    HPy_am_await HPy_SINCE(0, 1) = HPy_SLOT(77, HPyFunc_UNARYFUNC),
    /** `__aiter__(self)`: an asynchronous iterator. */
    HPy_am_aiter HPy_SINCE(0, 1) = HPy_SLOT(78, HPyFunc_UNARYFUNC),
    /** `__anext__(self)`: an awaitable, or `HPy_NULL` with `StopAsyncIteration` at the end. */
    HPy_am_anext HPy_SINCE(0, 1) = HPy_SLOT(79, HPyFunc_UNARYFUNC),
    /** Resumes what is awaited, without the exceptions by which a method `send` tells its result. The type must also have
     *  `HPy_tp_iternext` and a method `send` for those who use these; CPython 3.9 does not use this slot. */
    HPy_am_send HPy_SINCE(0, 1) = HPy_SLOT(81, HPyFunc_SENDFUNC),
    /** Runs once before the object is destroyed, and may use the whole API. */
    HPy_tp_finalize = HPy_SLOT(80, HPyFunc_DESTRUCTOR),
    /** Releases what the struct holds other than objects. Receives the struct, which is all zero if construction
     *  failed early. May run on any thread, and must not use the API. */
    HPy_tp_destroy = HPy_SLOT(1000, HPyFunc_DESTROYFUNC),
    /** Creates the module from its spec instead of the engine. The result may be any object except a module. A
     *  module with this slot can have no other definitions. */
    HPy_mod_create = HPy_SLOT(2000, HPyFunc_MOD_CREATE),
    /** Initialises the new module: 0, or -1 with an exception. A module may have several, which run in the order of
     *  their definitions. */
    HPy_mod_exec = HPy_SLOT(2001, HPyFunc_INQUIRY),
    /** Visits each `HPyField` of the state of the module with `HPy_VISIT`. Must not use the API. An engine need not
     *  call it. */
    HPy_mod_traverse HPy_SINCE(0, 1) = HPy_SLOT(2002, HPyFunc_TRAVERSEPROC),
    /** Releases what the state of the module holds other than objects. Receives the state, which is all zero if no
     *  `HPy_mod_exec` has filled it. May run on any thread, and must not use the API. */
    HPy_mod_destroy HPy_SINCE(0, 1) = HPy_SLOT(2003, HPyFunc_DESTROYFUNC),
    /** Which interpreters can import the module, an `HPyModule_Interpreters`. Defined with `HPyDef_VALUE`. */
    HPy_mod_multiple_interpreters HPy_SINCE(0, 1) = HPy_SLOT(2004, value),
    /** Whether the module needs the GIL, an `HPyModule_GIL`. Defined with `HPyDef_VALUE`. */
    HPy_mod_gil HPy_SINCE(0, 1) = HPy_SLOT(2005, value),
} HPySlot_Slot;

#endif /* HPY_SLOTS_H */
