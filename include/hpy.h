/* HPy: a C API for Python extensions that does not depend on one engine. This header is all that an extension
 * includes.
 *
 * What holds for every function, unless its comment says otherwise:
 *
 * - A handle that is returned is new: the caller closes it, or returns it. A handle that is passed stays
 *   the caller's.
 * - On failure an exception is set, and the function returns HPy_NULL, NULL or -1. Where -1 is also a
 *   value, HPyErr_Occurred tells.
 * - A null handle as argument, where none is meant, is an error and not a crash; functions that do not
 *   check say so.
 * - No function may be called while an exception is pending, but those that handle it, HPy_Close, and what
 *   ends things: HPyTracker_Close, HPyListBuilder_Cancel, HPyTupleBuilder_Cancel.
 * - A `const char *` that is returned lives as long as the handle it came from. Strings are UTF-8.
 *
 * The topics are in the headers below, with the comments on each function; macros.h explains the annotations.
 * `after_0_9_0` marks what engines with HPy 0.9.0 lack, although the version of the ABI is the same: an extension
 * that uses it does not run there.
 * What came with a newer version of the ABI is there for extensions that ask for it; see version.h.
 */
#ifndef HPY_H
#define HPY_H

#include "hpy/context.h"
#include "hpy/constants.h"

#include "hpy/handle.h"
#include "hpy/boolean.h"
#include "hpy/err.h"
#include "hpy/object.h"
#include "hpy/item.h"
#include "hpy/number.h"
#include "hpy/call.h"
#include "hpy/iter.h"

#include "hpy/long.h"
#include "hpy/float.h"
#include "hpy/bytes.h"
#include "hpy/unicode.h"
#include "hpy/builder.h"
#include "hpy/list.h"
#include "hpy/dict.h"
#include "hpy/tuple.h"
#include "hpy/slice.h"
#include "hpy/capsule.h"
#include "hpy/contextvar.h"
#include "hpy/import.h"
#include "hpy/eval.h"
#include "hpy/legacy.h"

#include "hpy/field.h"
#include "hpy/global.h"
#include "hpy/tracker.h"
#include "hpy/thread.h"
#include "hpy/vm.h"

#include "hpy/trampoline.h"
#include "hpy/types.h"
#include "hpy/buffer.h"
#include "hpy/defs.h"
#include "hpy/module.h"

#include "hpy/argparse.h"
#include "hpy/buildvalue.h"
#include "hpy/format.h"
#include "hpy/helpers.h"
#include "hpy/structseq.h"

#ifdef HPY_ABI_CPYTHON
#  include "hpy/generated/newer.h"
#else
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_H */
