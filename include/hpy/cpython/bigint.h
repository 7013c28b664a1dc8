/* bigint.h in the CPython ABI. */
#ifndef HPY_CPYTHON_BIGINT_H
#define HPY_CPYTHON_BIGINT_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyLong_AsNativeBytes, _HPyC_Long_AsNativeBytes)
HPy_CALLS(HPyLong_FromNativeBytes, _HPyC_Long_FromNativeBytes)
HPy_CALLS(HPyLong_FromUnsignedNativeBytes, _HPyC_Long_FromUnsignedNativeBytes)
HPy_CALLS(HPyLong_GetNativeLayout, _HPyC_Long_GetNativeLayout)
HPy_CALLS(HPyLong_Export, _HPyC_Long_Export)
HPy_CALLS(HPyLong_FreeExport, _HPyC_Long_FreeExport)
HPy_CALLS(HPyLongWriter_Create, _HPyC_LongWriter_Create)
HPy_CALLS(HPyLongWriter_Finish, _HPyC_LongWriter_Finish)
HPy_CALLS(HPyLongWriter_Discard, _HPyC_LongWriter_Discard)

#include "hpy/generated/cpython/bigint.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_BIGINT_H */
