/* DLPack: exchanging tensors with other libraries, without a copy. Not part of hpy.h; needs ABI 0.1.
 *
 * Whoever wants the memory of an array of another library, such as NumPy or PyTorch, asks for a view and releases it:
 *
 *     HPyDLPack_View view;
 *     if (HPyDLPack_Get(ctx, h, &view) < 0)
 *         return HPy_NULL;
 *     ... // view.tensor is a DLTensor
 *     HPyDLPack_Release(&view);
 *
 * A type that has tensors says so with one function, and gets the methods `__dlpack__` and `__dlpack_device__` and the
 * C exchange table of DLPack 1.3 from a macro:
 *
 *     static int Matrix_tensor(HPyContext *ctx, HPy self, DLTensor *tensor, uint64_t *flags) { ... }
 *     HPyDef_DLPACK(Matrix_dlpack, Matrix_tensor)
 *     static HPyDef *Matrix_defines[] = {&Matrix_dlpack_method, &Matrix_dlpack_device, ...};
 *     ...
 *     if (HPyDLPack_Publish(ctx, type, Matrix_dlpack) < 0) ... // when the module is executed, for the table
 *
 * The structs are those of DLPack (hpy/dlpack/structs.h, unless its own header was included before). A tensor may be in
 * the memory of any device: check `tensor.device`. docs/data-exchange.md says who owns what.
 */
#ifndef HPY_DLPACK_H
#define HPY_DLPACK_H

#include "hpy/abi.h" /* before the standard headers */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hpy/dlpack/structs.h"

#include "hpy/argparse.h"
#include "hpy/buildvalue.h"
#include "hpy/call.h"
#include "hpy/closure.h"
#include "hpy/defs.h"
#include "hpy/extension_api.h"
#include "hpy/long.h"
#include "hpy/tracker.h"
#include "hpy/tuple.h"
#include "hpy/unicode.h"

#if HPY_TARGET_ABI_VERSION >= 0x00000001

/** A tensor of another library. It belongs to whoever asked for it, may be copied and moved, and is released once. */
typedef struct {
    /** The tensor; it is not written to if `flags` has `DLPACK_FLAG_BITMASK_READ_ONLY`. */
    DLTensor tensor;
    /** `DLPACK_FLAG_BITMASK_...`; 0 if the other library knows no flags. */
    uint64_t flags;
    DLManagedTensorVersioned *_versioned;
    DLManagedTensor *_unversioned;
} HPyDLPack_View;

/** The function of a type that describes the tensor of an instance. What it points to has to be there, and in its
 *  place, as long as the object lives; `*flags` is 0 at first. Returns 0, or -1 with an exception (`BufferError` if
 *  DLPack cannot describe it). */
typedef int (*HPyDLPack_TensorOf)(HPyContext *ctx, HPy h, DLTensor *tensor, uint64_t *flags);

#  include "hpy/dlpack/consumer.h"
#  include "hpy/dlpack/provider.h"
#  include "hpy/dlpack/table.h"

/**
 * Asks an object for its tensor: by the C exchange table of its type, if that has one and the tensor is in memory of
 * the CPU, otherwise by its method `__dlpack__`, and then any device has finished writing to it.
 *
 * Returns 0 and fills the view, which is to be released by `HPyDLPack_Release`. Returns -1 with an exception if the
 * object has no tensors (`TypeError`), if it gives something else than DLPack 1 can read (`BufferError`), or with what
 * the other library raises; then the view is empty, and releasing it does nothing.
 */
HPy_FACTS(since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyDLPack_Get(HPyContext *ctx, HPy h, HPy_OUT HPyDLPack_View *view)
{
    memset(view, 0, sizeof(*view));
    int found = _HPyDLPack_by_table(ctx, h, &view->_versioned);
    if (found == 0)
        found = _HPyDLPack_by_method(ctx, h, view);
    return found < 0 ? -1 : _HPyDLPack_fill(ctx, view);
}

/** Releases a tensor. It may be called by any thread, also by one that Python does not know. Does nothing for a view
 *  that was released or not given, or whose bytes are all zero. */
HPy_FACTS(since=0.1, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyDLPack_Release(HPy_INOUT HPyDLPack_View *view)
{
    _HPyDLPack_delete(view);
}

/**
 * Looks at the tensor of an object as long as the caller has its handle and no Python code runs, through the C exchange
 * table of its type. There is nothing to release.
 *
 * Returns 1 and stores the tensor; 0 if the type has no such table, so that `HPyDLPack_Get` is to be asked; -1 with an
 * exception of the other library. Devices may still be writing.
 */
HPy_FACTS(since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyDLPack_Borrow(HPyContext *ctx, HPy h, HPy_OUT DLTensor *tensor)
{
    _HPyDLPack_Call call;
    int found = _HPyDLPack_find_table(ctx, h, &call._table);
    if (found <= 0)
        return found;
    call._function = call._table->dltensor_from_py_object_no_sync == NULL ? -1 : _HPyDLPack_BORROW;
    call._out = tensor;
    return call._function < 0 ? 0 : _HPyDLPack_call(ctx, h, &call) < 0 ? -1 : 1;
}

/**
 * Makes a tensor for other libraries. `tensor` describes memory that belongs to the object of `owner`, which is kept
 * alive until the new tensor is deleted; the shape and the strides are copied.
 *
 * Returns a tensor that is to be deleted by its `deleter`, which any thread may call; NULL with an exception.
 */
HPy_FACTS(since=0.1, python=yes, error=NULL)
HPyAPI_FUNC DLManagedTensorVersioned *HPyDLPack_New(HPyContext *ctx, HPy owner, HPy_ARRAY(1) const DLTensor *tensor,
                                                    uint64_t flags)
{
    return (DLManagedTensorVersioned *)_HPyDLPack_new(ctx, owner, tensor, flags, 1);
}

/**
 * What a method `__dlpack__` does, for a tensor that belongs to the object of `owner`. The arguments are those of the
 * method, of the signature `HPyFunc_KEYWORDS`: `stream`, `max_version`, `dl_device` and `copy`. A copy is made only if
 * the caller wants one, of memory of the CPU; it does not keep the owner.
 *
 * Returns a new capsule: one with a version if the caller knows these. `HPy_NULL` with an exception: `BufferError` for
 * another device, or for a copy or read-only memory if the caller does not know flags.
 */
HPy_FACTS(since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyDLPack_Export(HPyContext *ctx, HPy owner, HPy_ARRAY(1) const DLTensor *tensor, uint64_t flags,
                                 HPy_NULLABLE HPy_ARRAY(nargs + kwnames) const HPy *args, size_t nargs,
                                 HPy_NULLABLE HPy kwnames)
{
    return _HPyDLPack_export(ctx, owner, tensor, flags, args, nargs, kwnames);
}

/**
 * Without a semicolon: defines `NAME_method` and `NAME_device`, the methods `__dlpack__` and `__dlpack_device__` of a
 * type, and its C exchange table, by a function of the kind `HPyDLPack_TensorOf`. The table makes no objects of tensors
 * of other libraries; `HPyDef_DLPACK_WITH` has a function for that.
 */
#  define HPyDef_DLPACK(NAME, TENSOR_OF) HPyDef_DLPACK_WITH(NAME, TENSOR_OF, _HPyDLPack_refuse_import)

/**
 * The same with a function `HPy (*)(HPyContext *ctx, DLManagedTensorVersioned *tensor)`, which makes an object of the
 * type of a tensor of another library. The tensor is the function's, whatever it returns.
 */
#  define HPyDef_DLPACK_WITH(NAME, TENSOR_OF, FROM_TENSOR) _HPyDef_DLPACK(NAME, TENSOR_OF, FROM_TENSOR)

/**
 * Makes the C exchange table that `HPyDef_DLPACK(NAME, ...)` defines an attribute of the type,
 * `__dlpack_c_exchange_api__`. Returns 0, or -1 with an exception.
 */
#  define HPyDLPack_Publish(ctx, type, NAME) _HPyDLPack_publish(ctx, type, &NAME##_table, NAME##_exchange)

#endif

#ifdef HPY_ABI_CPYTHON
#  ifndef HPY_H
#    include "hpy/generated/newer.h"
#  endif
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_DLPACK_H */
