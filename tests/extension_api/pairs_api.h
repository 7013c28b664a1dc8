/* The API of the extension `pairs`, as its importers include it. */
#ifndef PAIRS_API_H
#define PAIRS_API_H

#include <hpy/extension_api.h>

/* What a test may change in one of its parties. */
#ifndef PAIRS_MORE_FIELDS
#  define PAIRS_MORE_FIELDS
#endif
#ifndef PAIRS_NAME
#  define PAIRS_NAME "pairs._api"
#endif
#ifndef PAIRS_MAJOR
#  define PAIRS_MAJOR 1
#endif
#ifndef PAIRS_MINOR
#  define PAIRS_MINOR 2
#endif
#ifndef PAIRS_NEWER
#  define PAIRS_NEWER(FUNCTION, TYPE)
#endif
#ifndef PAIRS_ADD
#  define PAIRS_ADD(FUNCTION) FUNCTION(0, double, Pairs_Add, double, int, double)
#endif
#ifndef PAIRS_STRUCT_VERSION
#  define PAIRS_STRUCT_VERSION 3
#endif

typedef struct {
    double first;
    double second;
    PAIRS_MORE_FIELDS
} Pair;

#define PAIRS_API(FUNCTION, TYPE) \
    FUNCTION(0, HPy, Pairs_New, double, double) \
    PAIRS_ADD(FUNCTION) \
    FUNCTION(0, HPy, Pairs_Tuple, const HPy *, size_t) \
    FUNCTION(0, int, Pairs_Divide, HPy, HPy, HPy *, HPy *) \
    FUNCTION(0, void, Pairs_Count, void) \
    FUNCTION(1, const char *, Pairs_Context, void) \
    FUNCTION(1, int, Pairs_IsContext, const void *) \
    FUNCTION(1, HPy, Pairs_Ten, HPy, short, HPy, long, const HPy *, size_t, float, HPy *, unsigned char, HPy) \
    TYPE(2, Pair, PAIRS_STRUCT_VERSION) \
    PAIRS_NEWER(FUNCTION, TYPE)

HPyAPI_DECLARE(PairsAPI, PAIRS_NAME, PAIRS_MAJOR, PAIRS_MINOR, PAIRS_API)

#endif /* PAIRS_API_H */
