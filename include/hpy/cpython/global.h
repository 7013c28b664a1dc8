/* global.h in the CPython ABI. */
#ifndef HPY_CPYTHON_GLOBAL_H
#define HPY_CPYTHON_GLOBAL_H

#include "hpy/cpython/base.h"

HPyAPI_IMPL void _HPyC_Global_Store(HPyContext *ctx, HPyGlobal *global, HPy h);
HPyAPI_IMPL HPy _HPyC_Global_Load(HPyContext *ctx, HPyGlobal global);

HPyAPI_FUNC void HPyGlobal_Store(HPyContext *ctx, HPyGlobal *global, HPy h)
{
    _HPyC_Global_Store(ctx, global, h);
}

HPyAPI_FUNC HPy HPyGlobal_Load(HPyContext *ctx, HPyGlobal global)
{
    return _HPyC_Global_Load(ctx, global);
}

#endif /* HPY_CPYTHON_GLOBAL_H */
