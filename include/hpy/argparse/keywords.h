/* HPyArg_ParseKeywords from ABI 0.1 on: the engine finds the arguments where all are objects. */
#ifndef HPY_ARGPARSE_KEYWORDS_H
#define HPY_ARGPARSE_KEYWORDS_H

/* The type of `_HPyArg_TrackObjects`. */
typedef const HPy *(*_HPyArg_TrackFunction)(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs, HPy kwnames,
                                            const char *fmt, const char *const *names);

/* HPyArg_ParseKeywords with that function. The helpers are the same for all versions, so they do not know it. */
HPyAPI_HELPER int _HPyArg_ParseKeywordsBy(_HPyArg_TrackFunction track_objects, HPyContext *ctx, HPyTracker *ht,
                                          const HPy *args, size_t nargs, HPy kwnames, const char *fmt,
                                          const char *keywords[], ...);

#if HPY_TARGET_ABI_VERSION >= 0x00000001
#  define HPyArg_ParseKeywords(ctx, ht, args, nargs, ...) \
    _HPyArg_ParseKeywordsBy(_HPyArg_TrackObjects, ctx, ht, args, nargs, __VA_ARGS__)
#endif

#endif /* HPY_ARGPARSE_KEYWORDS_H */
