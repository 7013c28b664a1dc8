/* HPy: a C API for Python extensions that is not tied to one Python engine. An extension includes this header and
 * no other.
 *
 * Unless its comment says otherwise, the following holds for every function:
 *
 * - A handle that is returned is new: the caller must close it, or return it. A handle that is passed as an
 *   argument remains the caller's.
 * - On failure the function sets an exception and returns HPy_NULL, NULL or -1. Where -1 is also a valid result,
 *   HPyErr_Occurred tells the two apart.
 * - A null handle as an argument raises an exception where it is not allowed, rather than crashing; functions
 *   that do not check say so.
 * - No function may be called while an exception is pending, except those that deal with exceptions, HPy_Close,
 *   and those that release something: HPy_CloseArray, HPyTracker_Close, HPyListBuilder_Cancel, HPyTupleBuilder_Cancel,
 *   HPyUnicodeWriter_Discard, HPyBytesWriter_Discard, HPyLongWriter_Discard, HPyBuffer_Release, HPyLong_FreeExport,
 *   HPyMem_Free.
 * - A `const char *` that is returned is valid as long as the handle it came from. Strings are UTF-8.
 *
 * The functions are declared and documented in the headers below, one for each topic; macros.h explains the
 * annotations. `after_0_9_0` marks what release 0.9.0 of HPy lacks although it has the same version of the ABI: an
 * extension that uses it does not run there. What a newer version of the ABI adds is available to extensions that
 * ask for it; see version.h.
 */
#ifndef HPY_H
#define HPY_H

#include "hpy/context.h"
#include "hpy/constants.h"

#include "hpy/handle.h"
#include "hpy/boolean.h"
#include "hpy/err.h"
#include "hpy/object.h"
#include "hpy/exception.h"
#include "hpy/item.h"
#include "hpy/number.h"
#include "hpy/call.h"
#include "hpy/iter.h"
#include "hpy/sequence.h"

#include "hpy/long.h"
#include "hpy/bigint.h"
#include "hpy/float.h"
#include "hpy/complex.h"
#include "hpy/bytes.h"
#include "hpy/unicode.h"
#include "hpy/builder.h"
#include "hpy/writer.h"
#include "hpy/list.h"
#include "hpy/dict.h"
#include "hpy/tuple.h"
#include "hpy/slice.h"
#include "hpy/set.h"
#include "hpy/weakref.h"
#include "hpy/datetime.h"
#include "hpy/capsule.h"
#include "hpy/contextvar.h"
#include "hpy/import.h"
#include "hpy/eval.h"
#include "hpy/legacy.h"
#include "hpy/check.h"

#include "hpy/field.h"
#include "hpy/global.h"
#include "hpy/tracker.h"
#include "hpy/thread.h"
#include "hpy/lock.h"
#include "hpy/vm.h"
#include "hpy/closure.h"

#include "hpy/trampoline.h"
#include "hpy/types.h"
#include "hpy/buffer.h"
#include "hpy/memoryview.h"
#include "hpy/mem.h"
#include "hpy/defs.h"
#include "hpy/module.h"

#include "hpy/argparse.h"
#include "hpy/buildvalue.h"
#include "hpy/format.h"
#include "hpy/helpers.h"
#include "hpy/structseq.h"
#include "hpy/typed_handle.h"

#ifdef HPY_ABI_CPYTHON
#  include "hpy/generated/newer.h"
#else
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_H */
