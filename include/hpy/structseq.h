/* Struct sequences: tuples whose items have names. Compiled into the extension (structseq.c). */
#ifndef HPY_STRUCTSEQ_H
#define HPY_STRUCTSEQ_H

#include "hpy/context.h"

/** One item; a `name` of NULL ends the array of them. */
typedef struct {
    /** The name, in UTF-8. */
    const char *name;
    /** The doc string, or NULL. */
    const char *doc;
} HPyStructSequence_Field;

/** The description of a type. */
typedef struct {
    /** `module.Type`. */
    const char *name;
    /** The doc string, or NULL. */
    const char *doc;
    /** The items in their order; NULL for none. */
    HPyStructSequence_Field *fields;
} HPyStructSequence_Desc;

/** The name of items without a name. */
HPyAPI_DATA const char *const HPyStructSequence_UnnamedField;

/**
 * Makes a type of struct sequences.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`SystemError` if the description has no name).
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_HELPER HPy HPyStructSequence_NewType(HPyContext *ctx, HPy_ARRAY(1) HPyStructSequence_Desc *desc);

/**
 * Makes an instance of such a type from as many items as it has names. The items stay the caller's.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` for another number of items or another
 * kind of type).
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_HELPER HPy HPyStructSequence_New(HPyContext *ctx, HPy type, HPy_ssize_t nargs,
                                        HPy_ARRAY(nargs) HPy *args);

#if !defined(HPY_H) && !defined(HPY_ABI_CPYTHON)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_STRUCTSEQ_H */
