/* Macros that the other headers are written with: linkage, compiler attributes, and the annotations that
 * number the API.
 *
 * Nothing here names a handle or an engine. The annotations stand before declarations and say what C cannot:
 * the number that the binary interface gives to a function, a signature or a slot. They expand to nothing (a
 * slot: to its number); the code generator reads them.
 */
#ifndef HPY_MACROS_H
#define HPY_MACROS_H

/* HPy_ID(index [, returns_null | legacy]): the next declaration is member `index` of the context.
 *   returns_null  the member returns void; the function returns HPy_NULL, to stand after `return`
 *   legacy        the member exists in every context, but no function is generated for it (see legacy.h) */
#define HPy_ID(...)

/* HPy_SIG(name): the next typedef is the prototype of implementations with signature `name`. */
#define HPy_SIG(signature)

/* HPy_SLOT(number, signature): the value of a slot, and the signature of its implementation. */
#define HPy_SLOT(number, signature) number

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

#endif /* HPY_MACROS_H */
