/* argparse.h in the CPython ABI. */
#ifndef HPY_CPYTHON_ARGPARSE_H
#define HPY_CPYTHON_ARGPARSE_H

#include "hpy/cpython/base.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001

HPyAPI_IMPL HPy_ssize_t _HPyC_Arg_FindNames(HPyContext *ctx, _HPyArg_Names *names, HPy kwnames, int32_t *found);

HPyAPI_FUNC HPy_ssize_t _HPyArg_FindNames(HPyContext *ctx, _HPyArg_Names *names, HPy kwnames, int32_t *found)
{
    /* One keyword is most frequent. */
    PyObject *tuple = _HPy_object(kwnames);
    if (PyTuple_GET_SIZE(tuple) == 1) {
        uintptr_t name = (uintptr_t)PyTuple_GET_ITEM(tuple, 0);
        for (uint32_t i = names->_first; i < names->_count; i++) {
            if (names->_objects[i] == name) {
                *found = (int32_t)i;
                return 1;
            }
        }
    }
    return _HPyC_Arg_FindNames(ctx, names, kwnames, found);
}

#endif

HPy_CALLS(_HPyArg_TrackObjects, _HPyC_Arg_TrackObjects)

#include "hpy/generated/cpython/argparse.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_ARGPARSE_H */
