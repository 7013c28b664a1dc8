/* Macros that the other headers are written with: linkage, compiler attributes, and annotations.
 *
 * Annotations precede declarations and state what C cannot express, such as the number that a function, a
 * signature or a slot has in the binary interface. They are read by the code generator and expand to nothing; that
 * of a slot expands to its number.
 */
#ifndef HPY_MACROS_H
#define HPY_MACROS_H

/* HPy_ID(index, since=VERSION [, python=ANSWER, error=VALUE] [, flag ...]): the next declaration is member
 * `index` of the context. Functions have both `python` and `error`, constants have neither.
 *   since         the version of the ABI that introduced the member, such as 0.0
 *   python        whether the function may run Python code, apart from garbage collection: `no`, `yes`, or
 *                 `finalizers`: only the finalizers of an object whose last reference it drops
 *   error         what it returns after setting an exception: HPy_NULL, NULL, -1 and so on, or `null` for a
 *                 struct. `-1?` means that the value may also be a result, so that HPyErr_Occurred has to be
 *                 asked; `none` means that the function never fails
 *   after_0_9_0   release 0.9.0 of HPy lacks the member, although it has this version of the ABI
 *   pending       the function may be called while an exception is set
 *   raises        always returns the error value, so that it can be used in a `return` statement
 *   returns_null  the same, but the member of the context returns void
 *   legacy        the member exists in every context, but no function is generated for it (see legacy.h)
 *   noreturn      does not return
 *   trampoline    calls a function of the extension */
#define HPy_ID(...)

/* HPy_FACTS(since=VERSION, python=ANSWER, error=VALUE [, pending] [, raises]): the next function is compiled into
 * each extension; `since` is the version of the ABI that its calls require. The rest is as in HPy_ID. */
#define HPy_FACTS(...)

/* These precede a parameter and add to what its type says. Without any of them, the argument remains the
 * caller's, null is not allowed, and a `const char *` is text that ends with a NUL.
 *   HPy_NULLABLE  HPy_NULL or NULL is allowed, and the comment says what it means
 *   HPy_CONSUMED  no longer the caller's after the call, whatever that returns
 *   HPy_KEPT      what it points to must outlive the call, for as long as the comment says
 *   HPy_OUT       what it points to is written; HPy_INOUT: read and written
 *   HPy_ARRAY(n)  it points to n items; `nargs + kwnames`: nargs and one more for each name in that tuple
 *   HPy_IGNORED   CPython passes it to a trampoline, which does not pass it on */
#define HPy_NULLABLE
#define HPy_CONSUMED
#define HPy_KEPT
#define HPy_OUT
#define HPy_INOUT
#define HPy_ARRAY(count)
#define HPy_IGNORED

/* HPy_CALLS(function, function of CPython [, checks_null]), in hpy/cpython: on CPython, the member is just a call
 * of that function with the same parameters; or, if its name begins with _HPyC_, of one in the static library behind
 * the CPython ABI. `checks_null` says that CPython's function raises for null itself, or
 * gives a result for it. */
#define HPy_CALLS(...)

/* HPy_SIG(name [, no_context]): the next typedef is the prototype of implementations with signature `name`.
 *   no_context    implementations receive no context, because the garbage collector or a capsule calls them */
#define HPy_SIG(...)

/* HPy_TRAMPOLINE(name [, argument | never]): the next typedef is what CPython calls for signature `name`.
 *   argument      its only argument is passed to the context instead of a struct of arguments
 *   never         it is never called: the engine calls the implementation directly */
#define HPy_TRAMPOLINE(...)

/* HPy_SLOT(number, signature | value [, after_0_9_0]): the value of a slot, and the signature of its implementation,
 * unless it is a value. */
#define HPy_SLOT(number, ...) number

#ifdef __cplusplus
#  define _HPy_EXTERN_C extern "C"
#else
#  define _HPy_EXTERN_C
#endif

#ifdef __has_attribute
#  define _HPy_HAS_ATTRIBUTE(name) __has_attribute(name)
#else
#  define _HPy_HAS_ATTRIBUTE(name) 0
#endif

#if defined(__GNUC__) || defined(__clang__)
#  define HPyAPI_UNUSED __attribute__((unused))
#else
#  define HPyAPI_UNUSED
#endif

/* Using what is newer than the version of the ABI that the extension asks for is a compile-time error, whose message
 * says how to ask for it. HPy_SINCE follows the name of an enumerator or of a field, and precedes or follows other
 * declarations; for members of the context, HPy_ID says it. */
#define HPy_SINCE(major, minor) _HPy_SINCE_##major##_##minor

#if _HPy_HAS_ATTRIBUTE(unavailable)
#  define _HPy_UNAVAILABLE(message) __attribute__((unavailable(message)))
#else
#  define _HPy_UNAVAILABLE(message)
#endif

/* The same for a call of a function, for compilers that have only this attribute. */
#if _HPy_HAS_ATTRIBUTE(error)
#  define _HPy_IS_ERROR(message) __attribute__((error(message)))
#else
#  define _HPy_IS_ERROR(message)
#endif

/* Before the type of a function that does not return. */
#if defined(__GNUC__) || defined(__clang__)
#  define _HPy_NO_RETURN __attribute__((__noreturn__))
#elif defined(_MSC_VER)
#  define _HPy_NO_RETURN __declspec(noreturn)
#else
#  define _HPy_NO_RETURN
#endif

#if defined(_WIN32) || defined(__CYGWIN__)
#  define _HPy_HIDDEN
#  define _HPy_VISIBLE __declspec(dllexport)
#elif defined(__GNUC__) || defined(__clang__)
#  define _HPy_HIDDEN __attribute__((visibility("hidden")))
#  define _HPy_VISIBLE __attribute__((visibility("default")))
#else
#  define _HPy_HIDDEN
#  define _HPy_VISIBLE
#endif

/* A function of the API that is compiled into each file that calls it: annotated with HPy_ID if it is a member of
 * the context, otherwise defined right here in terms of members. Without optimization it is inlined too, since debug mode
 * takes the place of a call from the address where it is made. */
#if defined(HPY_ABI_CPYTHON) || defined(__OPTIMIZE__) || !_HPy_HAS_ATTRIBUTE(always_inline)
#  define HPyAPI_FUNC HPyAPI_UNUSED static inline
#else
#  define HPyAPI_FUNC HPyAPI_UNUSED static inline __attribute__((__always_inline__))
#endif

/* The same with variable arguments, which compilers do not inline. */
#define HPyAPI_VARIADIC HPyAPI_UNUSED static inline

/* A function compiled once into every extension and not visible outside it, since two extensions may be built with
 * different versions. */
#define HPyAPI_HELPER _HPy_EXTERN_C _HPy_HIDDEN
#define HPyAPI_IMPL _HPy_EXTERN_C _HPy_HIDDEN

/* Declares a constant that belongs to the helpers; its definition, in C, does not use this macro. */
#ifdef __cplusplus
#  define HPyAPI_DATA extern "C" _HPy_HIDDEN
#else
#  define HPyAPI_DATA extern _HPy_HIDDEN
#endif

/* At file scope, without a semicolon: linking files that were compiled with different values of `version` is an
 * error, whose message has the name of the symbol below and the file and version of each side. Linkers keep one
 * section for each version, each section defines the symbol, and two definitions of one symbol do not link.
 *
 * With GCC this takes the assembler, which receives several files at once in link-time optimization. With clang,
 * link-time optimization takes the assembler's symbols as being in no section, so this needs attributes. */
#if defined(_MSC_VER)
#  define _HPy_SAME_IN_ALL_FILES(version) \
    __pragma(detect_mismatch("HPY_TARGET_ABI_VERSION", _HPy_STRING(version)))
#elif defined(__ELF__) && _HPy_HAS_ATTRIBUTE(selectany) && _HPy_HAS_ATTRIBUTE(alias)
#  define _HPy_SAME_IN_ALL_FILES(version) _HPy_SAME_IN_ALL_FILES_EXPANDED(version)
#  define _HPy_SAME_IN_ALL_FILES_EXPANDED(version) \
    HPyAPI_DATA const char HPy_ABI_##version; \
    __attribute__((selectany)) const char HPy_ABI_##version = 0; \
    HPyAPI_DATA __attribute__((alias("HPy_ABI_" #version))) const char \
        HPy_all_files_of_an_extension_must_ask_for_the_same_ABI_version;
#elif defined(__ELF__) && defined(__GNUC__) && !defined(__clang__)
#  define _HPy_SAME_IN_ALL_FILES(version) _HPy_SAME_IN_ALL_FILES_EXPANDED(_HPy_STRING(version))
#  define _HPy_SAME_IN_ALL_FILES_EXPANDED(version) \
    __asm__( \
        ".ifndef .LHPy_ABI_" version "\n" \
        ".set .LHPy_ABI_" version ", 1\n" \
        ".pushsection .rodata.HPy_ABI_" version ",\"aG\",%progbits,HPy_ABI_" version ",comdat\n" \
        ".globl HPy_all_files_of_an_extension_must_ask_for_the_same_ABI_version\n" \
        ".hidden HPy_all_files_of_an_extension_must_ask_for_the_same_ABI_version\n" \
        "HPy_all_files_of_an_extension_must_ask_for_the_same_ABI_version:\n" \
        ".byte 0\n" \
        ".popsection\n" \
        ".endif\n");
#else
#  define _HPy_SAME_IN_ALL_FILES(version)
#endif

/* A symbol that the loader looks up by name. */
#define HPy_EXPORTED_SYMBOL _HPy_EXTERN_C _HPy_VISIBLE
#define HPy_EXPORTED_FUNC HPy_EXPORTED_SYMBOL

/* An assertion at file scope that the compiler checks, followed by a semicolon. It has no effect with compilers that
 * have no such assertions. */
#if defined(__cplusplus) && (__cplusplus >= 201103L || (defined(_MSC_VER) && _MSC_VER >= 1900))
#  define _HPy_STATIC_ASSERT(condition, message) static_assert(condition, message)
#elif !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#  define _HPy_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#else
#  define _HPy_STATIC_ASSERT(condition, message) struct _HPy_not_asserted
#endif

/* Concatenation and stringification after the arguments have been expanded. _HPy_EXPAND splits __VA_ARGS__ for
 * compilers that pass it on as one argument (the traditional preprocessor of MSVC). */
#define _HPy_EXPAND(x) x
#define _HPy_CONCAT(a, b) _HPy_CONCAT_EXPANDED(a, b)
#define _HPy_CONCAT_EXPANDED(a, b) a##b
#define _HPy_STRING(x) _HPy_STRING_EXPANDED(x)
#define _HPy_STRING_EXPANDED(x) #x

#endif /* HPY_MACROS_H */
