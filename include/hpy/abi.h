/* Which ABI the extension is compiled for. The build system defines exactly one of three macros. */
#ifndef HPY_ABI_H
#define HPY_ABI_H

#if defined(HPY_ABI_CPYTHON) && defined(HPY_ABI_HYBRID)
#  error "Conflicting macros are defined: HPY_ABI_CPYTHON and HPY_ABI_HYBRID"
#endif
#if defined(HPY_ABI_CPYTHON) && defined(HPY_ABI_UNIVERSAL)
#  error "Conflicting macros are defined: HPY_ABI_CPYTHON and HPY_ABI_UNIVERSAL"
#endif
#if defined(HPY_ABI_HYBRID) && defined(HPY_ABI_UNIVERSAL)
#  error "Conflicting macros are defined: HPY_ABI_HYBRID and HPY_ABI_UNIVERSAL"
#endif

#if defined(HPY_ABI_CPYTHON)
#  define HPY_ABI "cpython"
#  error "the cpython ABI is not available in this version of HPy yet; use --hpy-abi=universal"
#elif defined(HPY_ABI_HYBRID)
#  define HPY_ABI "hybrid"
#  error "the hybrid ABI is not available in this version of HPy yet; use --hpy-abi=universal"
#elif defined(HPY_ABI_UNIVERSAL)
#  define HPY_ABI "universal"
#else
#  error "Cannot determine the desired HPy ABI: you must set one of HPY_ABI_CPYTHON, HPY_ABI_UNIVERSAL or HPY_ABI_HYBRID"
#endif

#endif /* HPY_ABI_H */
