/* dict.h in the CPython ABI. */
#ifndef HPY_CPYTHON_DICT_H
#define HPY_CPYTHON_DICT_H

#include "hpy/cpython/lookup.h"

HPy_CALLS(HPyDict_Check, PyDict_Check)
HPy_CALLS(HPyDict_New, PyDict_New)
HPy_CALLS(HPyDict_Keys, PyDict_Keys)
HPy_CALLS(HPyDict_Copy, PyDict_Copy)

#include "hpy/generated/cpython/dict.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001
HPyAPI_FUNC int HPyDict_GetItemRef(HPyContext *ctx, HPy dict, HPy key, HPy *result)
{
    (void)ctx;
    _HPy_REQUIRE_LOOK_UP(dict, key._i, result, HPyDict_GetItemRef);
    return _HPy_look_up(_HPy_dict_item, dict, key, result);
}

HPyAPI_FUNC int HPyDict_GetItemRef_s(HPyContext *ctx, HPy dict, const char *utf8_key, HPy *result)
{
    (void)ctx;
    _HPy_REQUIRE_LOOK_UP(dict, utf8_key, result, HPyDict_GetItemRef_s);
    return _HPy_look_up_s(_HPy_dict_item, dict, utf8_key, result);
}
#endif

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_DICT_H */
