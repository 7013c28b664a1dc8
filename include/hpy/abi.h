/* Which ABI the extension is compiled for. The build system defines exactly one of three macros.
 *
 *   HPY_ABI_UNIVERSAL  one binary for all engines, which cannot use CPython's own API
 *   HPY_ABI_CPYTHON    an ordinary extension module for one version of CPython, which needs no runtime of HPy
 *   HPY_ABI_HYBRID     like universal, but may also use CPython's own API, so for one version of CPython
 *
 * The last two include `Python.h`, which must precede the headers of the standard library; therefore all headers
 * include this one first.
 */
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
/** The name of the ABI. */
#  define HPY_ABI "cpython"
#elif defined(HPY_ABI_HYBRID)
#  define HPY_ABI "hybrid"
#elif defined(HPY_ABI_UNIVERSAL)
#  define HPY_ABI "universal"
#else
#  error "Cannot determine the desired HPy ABI: you must set one of HPY_ABI_CPYTHON, HPY_ABI_UNIVERSAL or HPY_ABI_HYBRID"
#endif

#if defined(HPY_ABI_CPYTHON) || defined(HPY_ABI_HYBRID)
#  include "cpython/python.h"
#endif

#endif /* HPY_ABI_H */
