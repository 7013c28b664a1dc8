/* Macros that the other headers are written with: linkage, compiler attributes, and the annotations that
 * number the API.
 *
 * Nothing here names a handle or an engine. The annotations stand before declarations and say what C cannot:
 * the number that the binary interface gives to a function, a signature or a slot. They expand to nothing (a
 * slot: to its number); the code generator reads them.
 */
#ifndef HPY_MACROS_H
#define HPY_MACROS_H

/* HPy_ID(index, since=VERSION [, python=ANSWER, error=VALUE] [, flag ...]): the next declaration is member
 * `index` of the context. A constant has no `python` and `error`, a function has both.
 *   since         the version of the ABI that the member came with, such as 0.0
 *   python        whether the function may run Python code, garbage collection aside: `no`, `yes`, or
 *                 `finalizers`, those of an object that it drops the last reference to
 *   error         what it returns when it has set an exception: HPy_NULL, NULL, -1 and the like, `null` for a
 *                 struct. `-1?` if that may be a result as well, so that HPyErr_Occurred has to be asked.
 *                 `none` if it never fails
 *   after_0_9_0   release 0.9.0 of HPy lacks the member, although it has the version of the ABI
 *   pending       may be called while an exception is set
 *   raises        returns that value always, to stand after `return`
 *   returns_null  the same, but the member itself returns void
 *   legacy        the member exists in every context, but no function is generated for it (see legacy.h)
 *   noreturn      does not return
 *   trampoline    calls a function of the extension */
#define HPy_ID(...)

/* HPy_FACTS(since=VERSION, python=ANSWER, error=VALUE [, pending] [, raises]): the next function is compiled into
 * each extension; `since` is the version of the ABI that has what it calls. The rest means the same. */
#define HPy_FACTS(...)

/* Before a parameter; what is said of it here holds beside its type. Without any, the caller keeps what it
 * passes, no null is allowed, and a `const char *` is text that a NUL ends.
 *   HPy_NULLABLE  HPy_NULL or NULL is allowed, which the comment explains
 *   HPy_CONSUMED  not the caller's any more, whatever is returned
 *   HPy_KEPT      what it points to must live longer than the call, as the comment says
 *   HPy_OUT       what it points to is written to; HPy_INOUT: read, too
 *   HPy_ARRAY(n)  it points to so many items; `nargs + kwnames`: one more for each name in that tuple
 *   HPy_IGNORED   CPython passes it to a trampoline, which does not pass it on */
#define HPy_NULLABLE
#define HPy_CONSUMED
#define HPy_KEPT
#define HPy_OUT
#define HPy_INOUT
#define HPy_ARRAY(count)
#define HPy_IGNORED

/* HPy_CALLS(function, function of CPython [, checks_null]): in hpy/cpython, what a member is one call to on
 * CPython, with the same parameters. That function raises for null itself if it `checks_null`, or has an answer
 * for it. */
#define HPy_CALLS(...)

/* HPy_SIG(name [, no_context]): the next typedef is the prototype of implementations with signature `name`.
 *   no_context    they get none, because the garbage collector or a capsule calls them */
#define HPy_SIG(...)

/* HPy_TRAMPOLINE(name [, argument | never]): the next typedef is what CPython calls for signature `name`.
 *   argument      its only argument goes to the context in the place of a struct of arguments
 *   never         nothing calls it: the engine calls the implementation */
#define HPy_TRAMPOLINE(...)

/* HPy_SLOT(number, signature [, after_0_9_0]): the value of a slot, and the signature of its implementation. */
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

/* What is newer than the version of the ABI that the extension asks for is an error to use, which says how to ask.
 * HPy_SINCE stands behind the name of an enumerator or of a field, and before or behind other declarations; for
 * members of the context, HPy_ID says it. */
#define HPy_SINCE(major, minor) _HPy_SINCE_##major##_##minor

#if _HPy_HAS_ATTRIBUTE(unavailable)
#  define _HPy_UNAVAILABLE(message) __attribute__((unavailable(message)))
#else
#  define _HPy_UNAVAILABLE(message)
#endif

/* A function that is an error to call, for compilers that know only this. */
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

/* A function of the API that is compiled into each file that calls it: annotated with HPy_ID when it is a
 * member of the context, else defined on the spot in terms of members. */
#define HPyAPI_FUNC HPyAPI_UNUSED static inline

/* A function compiled once into every extension, invisible outside: two extensions may be built with
 * different versions. */
#define HPyAPI_HELPER _HPy_EXTERN_C _HPy_HIDDEN
#define HPyAPI_IMPL _HPy_EXTERN_C _HPy_HIDDEN

/* Declares a constant that goes with the helpers; the definition, in C, does without this macro. */
#ifdef __cplusplus
#  define HPyAPI_DATA extern "C" _HPy_HIDDEN
#else
#  define HPyAPI_DATA extern _HPy_HIDDEN
#endif

/* At file scope, without a semicolon: makes files that were compiled with another `version` an error of the linker,
 * whose message has the name of the symbol below and, of each side, the file and the version. For each version
 * linkers keep one of the sections in which the symbol is, and two symbols of one name do not link.
 *
 * GCC has no means but its assembler, which with link-time optimization gets several files at once. With clang,
 * that optimization looks at the assembler's symbols as if they were in no section. */
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

/* An assertion at file scope that the compiler checks, ended by a semicolon. Compilers that have none go
 * without. */
#if defined(__cplusplus) && (__cplusplus >= 201103L || (defined(_MSC_VER) && _MSC_VER >= 1900))
#  define _HPy_STATIC_ASSERT(condition, message) static_assert(condition, message)
#elif !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#  define _HPy_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#else
#  define _HPy_STATIC_ASSERT(condition, message) struct _HPy_not_asserted
#endif

/* Pasting and choosing after the arguments have been expanded. _HPy_EXPAND splits __VA_ARGS__ for
 * compilers that pass it on as one argument (the traditional preprocessor of MSVC). */
#define _HPy_EXPAND(x) x
#define _HPy_CONCAT(a, b) _HPy_CONCAT_EXPANDED(a, b)
#define _HPy_CONCAT_EXPANDED(a, b) a##b
#define _HPy_STRING(x) _HPy_STRING_EXPANDED(x)
#define _HPy_STRING_EXPANDED(x) #x

#endif /* HPY_MACROS_H */
