/* set.h in the CPython ABI. */
#ifndef HPY_CPYTHON_SET_H
#define HPY_CPYTHON_SET_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPySet_New, PySet_New)
HPy_CALLS(HPyFrozenSet_New, PyFrozenSet_New)
HPy_CALLS(HPySet_Discard, PySet_Discard)
HPy_CALLS(HPySet_Pop, PySet_Pop)
HPy_CALLS(HPySet_Clear, PySet_Clear)

#include "hpy/generated/cpython/set.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001
/* PySet_Add also changes a frozen set that nobody else knows yet, as other engines cannot. */
HPyAPI_FUNC int HPySet_Add(HPyContext *ctx, HPy set, HPy key)
{
    (void)ctx;
    _HPy_REQUIRE(set._i, HPySet_Add);
    _HPy_REQUIRE(key._i, HPySet_Add);
    if (_HPy_UNLIKELY(!PySet_Check(_HPy_object(set)))) {
        _HPy_wrong_type("a set", _HPy_object(set));
        return -1;
    }
    return PySet_Add(_HPy_object(set), _HPy_object(key));
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_SET_H */
