/* CPython's C API, for the ABIs that have it. */
#ifndef HPY_CPYTHON_PYTHON_H
#define HPY_CPYTHON_PYTHON_H

/* One clear error; without the macro nothing else fails. */
#ifdef Py_LIMITED_API
#  include <patchlevel.h>
#  ifdef HPY_ABI_CPYTHON
#    error "The CPython ABI of HPy is for one version of CPython and excludes Py_LIMITED_API: remove that macro, or build for the universal ABI, which is for all versions"
#    undef Py_LIMITED_API
#  elif PY_VERSION_HEX < 0x030b0000 || Py_LIMITED_API + 0 < 0x030b0000
#    error "The hybrid ABI of HPy needs Py_buffer, which is in the limited API from CPython 3.11 on: define Py_LIMITED_API as 0x030b0000 or more there, or not at all"
#    undef Py_LIMITED_API
#  endif
#endif

/* Legacy code that parses arguments with "#" needs this before CPython 3.13. */
#ifndef PY_SSIZE_T_CLEAN
#  define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#endif /* HPY_CPYTHON_PYTHON_H */
