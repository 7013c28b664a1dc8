/* CPython's C API, for the ABIs that have it. */
#ifndef HPY_CPYTHON_PYTHON_H
#define HPY_CPYTHON_PYTHON_H

/* Legacy code that parses arguments with "#" needs it on CPython before 3.13. */
#ifndef PY_SSIZE_T_CLEAN
#  define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#endif /* HPY_CPYTHON_PYTHON_H */
