/* slice.h in the CPython ABI. */
#ifndef HPY_CPYTHON_SLICE_H
#define HPY_CPYTHON_SLICE_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPySlice_New, PySlice_New)

#include "hpy/generated/cpython/slice.h"

/* CPython does not check the type here. */
HPyAPI_FUNC int HPySlice_Unpack(HPyContext *ctx, HPy slice, HPy_ssize_t *start, HPy_ssize_t *stop,
                                HPy_ssize_t *step)
{
    (void)ctx;
    _HPy_REQUIRE(slice._i, HPySlice_Unpack);
    _HPy_REQUIRE(start != NULL && stop != NULL && step != NULL, HPySlice_Unpack);
    if (_HPy_UNLIKELY(!PySlice_Check(_HPy_object(slice)))) {
        _HPy_wrong_type("slice", _HPy_object(slice));
        return -1;
    }
    return PySlice_Unpack(_HPy_object(slice), start, stop, step);
}

#endif /* HPY_CPYTHON_SLICE_H */
