/* slice.h in the CPython ABI. */
#ifndef HPY_CPYTHON_SLICE_H
#define HPY_CPYTHON_SLICE_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPy HPySlice_New(HPyContext *ctx, HPy start, HPy stop, HPy step)
{
    (void)ctx;
    return _HPy_handle(PySlice_New(_HPy_object(start), _HPy_object(stop), _HPy_object(step)));
}

/* CPython does not look at the type here. */
HPyAPI_FUNC int HPySlice_Unpack(HPyContext *ctx, HPy slice, HPy_ssize_t *start, HPy_ssize_t *stop,
                                HPy_ssize_t *step)
{
    (void)ctx;
    _HPy_REQUIRE(slice._i, "ctx_Slice_Unpack", -1);
    _HPy_REQUIRE(start != NULL && stop != NULL && step != NULL, "ctx_Slice_Unpack", -1);
    if (_HPy_UNLIKELY(!PySlice_Check(_HPy_object(slice)))) {
        _HPy_wrong_type("slice", _HPy_object(slice));
        return -1;
    }
    return PySlice_Unpack(_HPy_object(slice), start, stop, step);
}

#endif /* HPY_CPYTHON_SLICE_H */
