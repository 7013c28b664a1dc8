/* complex.h in the CPython ABI. */
#ifndef HPY_CPYTHON_COMPLEX_H
#define HPY_CPYTHON_COMPLEX_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyComplex_FromDoubles, PyComplex_FromDoubles)

#include "hpy/generated/cpython/complex.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC int HPyComplex_AsDoubles(HPyContext *ctx, HPy h, double *real, double *imag)
{
    (void)ctx;
    _HPy_REQUIRE(h._i, HPyComplex_AsDoubles);
    Py_complex value = PyComplex_AsCComplex(_HPy_object(h));
    if (value.real == -1.0 && PyErr_Occurred() != NULL)
        return -1;
    if (real != NULL)
        *real = value.real;
    if (imag != NULL)
        *imag = value.imag;
    return 0;
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_COMPLEX_H */
