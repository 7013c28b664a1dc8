/* Struct sequences: tuples whose items can also be read as attributes. Compiled into the extension (structseq.c). */
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

/** The name that stands for an item without a name. */
HPyAPI_DATA const char *const HPyStructSequence_UnnamedField;

/**
 * Creates a struct sequence type.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`SystemError` if the description has no name).
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_HELPER HPy HPyStructSequence_NewType(HPyContext *ctx, HPy_ARRAY(1) HPyStructSequence_Desc *desc);

/**
 * Creates an instance of a struct sequence type from all its items. The items remain the caller's.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if the number of items is wrong, or `type` is not
 * a struct sequence type).
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL)
HPyAPI_HELPER HPy HPyStructSequence_New(HPyContext *ctx, HPy type, HPy_ssize_t nargs,
                                        HPy_ARRAY(nargs) HPy *args);

#if !defined(HPY_H) && !defined(HPY_ABI_CPYTHON)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_STRUCTSEQ_H */
