/* datetime.h in the CPython ABI. CPython's own header would keep the table of an interpreter in a variable of the process. */
#ifndef HPY_CPYTHON_DATETIME_H
#define HPY_CPYTHON_DATETIME_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyDateTime_FromFields, _HPyC_DateTime_FromFields)
HPy_CALLS(HPyDateTime_GetFields, _HPyC_DateTime_GetFields)
HPy_CALLS(HPyTimeZone_FromOffset, _HPyC_TimeZone_FromOffset)

#include "hpy/generated/cpython/datetime.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_DATETIME_H */
