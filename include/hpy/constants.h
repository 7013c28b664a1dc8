/* The well-known objects of the context: `ctx->h_None`, `ctx->h_TypeError`, `ctx->h_ListType` and so on.
 *
 * They belong to the context and live as long as it does: do not close them, and to return one, return a duplicate
 * (`HPy_Dup`). The list below is not compiled; the members of the context are generated from it.
 */
#ifndef HPY_CONSTANTS_H
#define HPY_CONSTANTS_H

#include "hpy/context.h"

#ifdef HPy_API_DESCRIPTION

/* Singletons. */

/** `None`. */
HPy_ID(0, since=0.0) HPy h_None;
/** `True`. */
HPy_ID(1, since=0.0) HPy h_True;
/** `False`. */
HPy_ID(2, since=0.0) HPy h_False;
/** `NotImplemented`. */
HPy_ID(3, since=0.0) HPy h_NotImplemented;
/** `Ellipsis`. */
HPy_ID(4, since=0.0) HPy h_Ellipsis;

/* Exceptions. */

/** `BaseException`. */
HPy_ID(5, since=0.0) HPy h_BaseException;
/** `Exception`. */
HPy_ID(6, since=0.0) HPy h_Exception;
/** `StopAsyncIteration`. */
HPy_ID(7, since=0.0) HPy h_StopAsyncIteration;
/** `StopIteration`. */
HPy_ID(8, since=0.0) HPy h_StopIteration;
/** `GeneratorExit`. */
HPy_ID(9, since=0.0) HPy h_GeneratorExit;
/** `ArithmeticError`. */
HPy_ID(10, since=0.0) HPy h_ArithmeticError;
/** `LookupError`. */
HPy_ID(11, since=0.0) HPy h_LookupError;
/** `AssertionError`. */
HPy_ID(12, since=0.0) HPy h_AssertionError;
/** `AttributeError`. */
HPy_ID(13, since=0.0) HPy h_AttributeError;
/** `BufferError`. */
HPy_ID(14, since=0.0) HPy h_BufferError;
/** `EOFError`. */
HPy_ID(15, since=0.0) HPy h_EOFError;
/** `FloatingPointError`. */
HPy_ID(16, since=0.0) HPy h_FloatingPointError;
/** `OSError`. */
HPy_ID(17, since=0.0) HPy h_OSError;
/** `ImportError`. */
HPy_ID(18, since=0.0) HPy h_ImportError;
/** `ModuleNotFoundError`. */
HPy_ID(19, since=0.0) HPy h_ModuleNotFoundError;
/** `IndexError`. */
HPy_ID(20, since=0.0) HPy h_IndexError;
/** `KeyError`. */
HPy_ID(21, since=0.0) HPy h_KeyError;
/** `KeyboardInterrupt`. */
HPy_ID(22, since=0.0) HPy h_KeyboardInterrupt;
/** `MemoryError`. */
HPy_ID(23, since=0.0) HPy h_MemoryError;
/** `NameError`. */
HPy_ID(24, since=0.0) HPy h_NameError;
/** `OverflowError`. */
HPy_ID(25, since=0.0) HPy h_OverflowError;
/** `RuntimeError`. */
HPy_ID(26, since=0.0) HPy h_RuntimeError;
/** `RecursionError`. */
HPy_ID(27, since=0.0) HPy h_RecursionError;
/** `NotImplementedError`. */
HPy_ID(28, since=0.0) HPy h_NotImplementedError;
/** `SyntaxError`. */
HPy_ID(29, since=0.0) HPy h_SyntaxError;
/** `IndentationError`. */
HPy_ID(30, since=0.0) HPy h_IndentationError;
/** `TabError`. */
HPy_ID(31, since=0.0) HPy h_TabError;
/** `ReferenceError`. */
HPy_ID(32, since=0.0) HPy h_ReferenceError;
/** `SystemError`. */
HPy_ID(33, since=0.0) HPy h_SystemError;
/** `SystemExit`. */
HPy_ID(34, since=0.0) HPy h_SystemExit;
/** `TypeError`. */
HPy_ID(35, since=0.0) HPy h_TypeError;
/** `UnboundLocalError`. */
HPy_ID(36, since=0.0) HPy h_UnboundLocalError;
/** `UnicodeError`. */
HPy_ID(37, since=0.0) HPy h_UnicodeError;
/** `UnicodeEncodeError`. */
HPy_ID(38, since=0.0) HPy h_UnicodeEncodeError;
/** `UnicodeDecodeError`. */
HPy_ID(39, since=0.0) HPy h_UnicodeDecodeError;
/** `UnicodeTranslateError`. */
HPy_ID(40, since=0.0) HPy h_UnicodeTranslateError;
/** `ValueError`. */
HPy_ID(41, since=0.0) HPy h_ValueError;
/** `ZeroDivisionError`. */
HPy_ID(42, since=0.0) HPy h_ZeroDivisionError;
/** `BlockingIOError`. */
HPy_ID(43, since=0.0) HPy h_BlockingIOError;
/** `BrokenPipeError`. */
HPy_ID(44, since=0.0) HPy h_BrokenPipeError;
/** `ChildProcessError`. */
HPy_ID(45, since=0.0) HPy h_ChildProcessError;
/** `ConnectionError`. */
HPy_ID(46, since=0.0) HPy h_ConnectionError;
/** `ConnectionAbortedError`. */
HPy_ID(47, since=0.0) HPy h_ConnectionAbortedError;
/** `ConnectionRefusedError`. */
HPy_ID(48, since=0.0) HPy h_ConnectionRefusedError;
/** `ConnectionResetError`. */
HPy_ID(49, since=0.0) HPy h_ConnectionResetError;
/** `FileExistsError`. */
HPy_ID(50, since=0.0) HPy h_FileExistsError;
/** `FileNotFoundError`. */
HPy_ID(51, since=0.0) HPy h_FileNotFoundError;
/** `InterruptedError`. */
HPy_ID(52, since=0.0) HPy h_InterruptedError;
/** `IsADirectoryError`. */
HPy_ID(53, since=0.0) HPy h_IsADirectoryError;
/** `NotADirectoryError`. */
HPy_ID(54, since=0.0) HPy h_NotADirectoryError;
/** `PermissionError`. */
HPy_ID(55, since=0.0) HPy h_PermissionError;
/** `ProcessLookupError`. */
HPy_ID(56, since=0.0) HPy h_ProcessLookupError;
/** `TimeoutError`. */
HPy_ID(57, since=0.0) HPy h_TimeoutError;

/* Warnings. */

/** `Warning`. */
HPy_ID(58, since=0.0) HPy h_Warning;
/** `UserWarning`. */
HPy_ID(59, since=0.0) HPy h_UserWarning;
/** `DeprecationWarning`. */
HPy_ID(60, since=0.0) HPy h_DeprecationWarning;
/** `PendingDeprecationWarning`. */
HPy_ID(61, since=0.0) HPy h_PendingDeprecationWarning;
/** `SyntaxWarning`. */
HPy_ID(62, since=0.0) HPy h_SyntaxWarning;
/** `RuntimeWarning`. */
HPy_ID(63, since=0.0) HPy h_RuntimeWarning;
/** `FutureWarning`. */
HPy_ID(64, since=0.0) HPy h_FutureWarning;
/** `ImportWarning`. */
HPy_ID(65, since=0.0) HPy h_ImportWarning;
/** `UnicodeWarning`. */
HPy_ID(66, since=0.0) HPy h_UnicodeWarning;
/** `BytesWarning`. */
HPy_ID(67, since=0.0) HPy h_BytesWarning;
/** `ResourceWarning`. */
HPy_ID(68, since=0.0) HPy h_ResourceWarning;

/* Types. */

/** `object`. */
HPy_ID(69, since=0.0) HPy h_BaseObjectType;
/** `type`. */
HPy_ID(70, since=0.0) HPy h_TypeType;
/** `bool`. */
HPy_ID(71, since=0.0) HPy h_BoolType;
/** `int`. */
HPy_ID(72, since=0.0) HPy h_LongType;
/** `float`. */
HPy_ID(73, since=0.0) HPy h_FloatType;
/** `str`. */
HPy_ID(74, since=0.0) HPy h_UnicodeType;
/** `tuple`. */
HPy_ID(75, since=0.0) HPy h_TupleType;
/** `list`. */
HPy_ID(76, since=0.0) HPy h_ListType;

/* More types. */

/** `complex`. */
HPy_ID(238, since=0.0) HPy h_ComplexType;
/** `bytes`. */
HPy_ID(239, since=0.0) HPy h_BytesType;
/** `memoryview`. */
HPy_ID(240, since=0.0) HPy h_MemoryViewType;
/** The type of capsules. */
HPy_ID(241, since=0.0) HPy h_CapsuleType;
/** `slice`. */
HPy_ID(242, since=0.0) HPy h_SliceType;

/* Other. */

/**
 * The dict of the module `builtins`. In the CPython ABI, all interpreters see that of the main interpreter, so those
 * with a GIL of their own must not use it.
 */
HPy_ID(243, since=0.0) HPy h_Builtins;

/** `dict`. */
HPy_ID(263, since=0.0, after_0_9_0) HPy h_DictType;

/** `set`. */
HPy_ID(418, since=0.1) HPy h_SetType;
/** `frozenset`. */
HPy_ID(419, since=0.1) HPy h_FrozenSetType;
/** `bytearray`. */
HPy_ID(420, since=0.1) HPy h_ByteArrayType;
/** `range`. */
HPy_ID(421, since=0.1) HPy h_RangeType;
/** The type of modules. */
HPy_ID(422, since=0.1) HPy h_ModuleType;

#endif /* HPy_API_DESCRIPTION */

#endif /* HPY_CONSTANTS_H */
