/* Finding the argument of each parameter of a call. Not to be included directly; clinic.h explains it.
 *
 * Where the arguments do not fit, the exception is the one that a function written in Python raises, with the words of
 * the Python that runs: such a function, with the same name and parameters, is made and called with the same arguments.
 */
#ifndef HPY_CLINIC_MATCH_H
#define HPY_CLINIC_MATCH_H

#ifndef HPY_H
#  include <hpy.h>
#endif
#include <stdio.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#  define _HPyClinic_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#  define _HPyClinic_COLD __attribute__((cold, noinline, unused)) static
#else
#  define _HPyClinic_UNLIKELY(condition) (condition)
#  define _HPyClinic_COLD static
#endif

/* What is known of a function. */
typedef struct {
    /* Its qualified name. */
    const char *_name;
    /* The definition of a function in Python with the same parameters; NULL for the value of an attribute. */
    const char *_twin;
    /* How many parameters can be given by position, and whether it is a method, and `self` counts among its arguments. */
    uint32_t _positional;
    uint32_t _has_self;
    /* Of the parameters that have a place: without `*args`. */
    _HPyArg_Names _names;
} _HPyClinic_Signature;

/* The index of the parameter that a keyword names, `_count` if there is none. -1 with an exception. */
HPyAPI_FUNC int _HPyClinic_find(HPyContext *ctx, const _HPyClinic_Signature *signature, HPy keyword)
{
    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, keyword, &size);
    if (utf8 == NULL) {
        /* No string, or one that no name can be: the wrong call is reported as such. */
        if (!HPyErr_ExceptionMatches(ctx, ctx->h_UnicodeEncodeError) && !HPyErr_ExceptionMatches(ctx, ctx->h_TypeError))
            return -1;
        HPyErr_Clear(ctx);
        return (int)signature->_names._count;
    }
    for (uint32_t i = signature->_names._first; i < signature->_names._count; i++) {
        const char *name = signature->_names._names[i];
        if (strlen(name) == (size_t)size && memcmp(name, utf8, (size_t)size) == 0)
            return (int)i;
    }
    return (int)signature->_names._count;
}

/* Puts the positional arguments in their places. Returns 0 if there are too many. */
HPyAPI_FUNC int _HPyClinic_place(size_t positional, size_t count, int has_rest, const HPy *args, size_t nargs,
                                 HPy *places)
{
    if (nargs > positional && !has_rest)
        return 0;
    for (size_t i = 0; i < count; i++)
        places[i] = i < nargs && i < positional ? args[i] : HPy_NULL;
    return 1;
}

/* Which parameters the keywords are: `found` has room for as many as there are parameters. Returns the number of keywords;
 * -1 with an exception. */
#if HPY_TARGET_ABI_VERSION >= 0x00000001
#  define _HPyClinic_find_all(ctx, signature, kwnames, found) _HPyArg_FindNames(ctx, &(signature)->_names, kwnames, found)
#else
HPyAPI_FUNC HPy_ssize_t _HPyClinic_find_all(HPyContext *ctx, const _HPyClinic_Signature *signature, HPy kwnames,
                                            int32_t *found)
{
    HPy_ssize_t count = HPy_Length(ctx, kwnames);
    for (HPy_ssize_t i = 0; i < count && i < (HPy_ssize_t)signature->_names._count; i++) {
        HPy keyword = HPy_GetItem_i(ctx, kwnames, i);
        found[i] = HPy_IsNull(keyword) ? -1 : _HPyClinic_find(ctx, signature, keyword);
        HPy_Close(ctx, keyword);
        if (found[i] < 0)
            return -1;
    }
    return count;
}
#endif

/* Whether the only keyword of this call is that of an earlier one. */
#if HPY_TARGET_ABI_VERSION >= 0x00000001 && !defined(HPY_ABI_CPYTHON)
#  define _HPyClinic_is_known(signature, kwnames) ((signature)->_names._known == (uintptr_t)(kwnames)._i)
#else
#  define _HPyClinic_is_known(signature, kwnames) 0
#endif

/* The arguments in the places of their parameters, HPy_NULL for those that are not given. Returns 0 if they do not fit,
 * without an exception, or on failure, with one. `positional` and `count` are those of the signature, which the compiler
 * does not know as constants, since the engine writes to it. */
HPyAPI_FUNC int _HPyClinic_Match(HPyContext *ctx, _HPyClinic_Signature *signature, size_t positional, size_t count,
                                 int has_rest, const HPy *args, size_t nargs, HPy kwnames, HPy *places, int32_t *found)
{
    if (!_HPyClinic_place(positional, count, has_rest, args, nargs, places))
        return 0;
    if (HPy_IsNull(kwnames))
        return 1;
    if (_HPyClinic_is_known(signature, kwnames)) {
        HPy *place = &places[signature->_names._known_index];
        if (!HPy_IsNull(*place))
            return 0;
        *place = args[nargs];
        return 1;
    }
    HPy_ssize_t given = _HPyClinic_find_all(ctx, signature, kwnames, found);
    if (given < 0 || given > (HPy_ssize_t)count)
        return 0;
    args += nargs;
    for (HPy_ssize_t i = 0; i < given; i++) {
        uint32_t index = (uint32_t)found[i];
        if (index >= count || !HPy_IsNull(places[index]))
            return 0;
        places[index] = args[i];
    }
    return 1;
}

/* The same for `__new__` and `__init__`, which get keywords as a dict. Their values are new handles, which
 * _HPyClinic_CloseKeywords closes, also on failure. */
HPyAPI_FUNC int _HPyClinic_MatchSlot(HPyContext *ctx, _HPyClinic_Signature *signature, size_t positional, size_t count,
                                     int has_rest, const HPy *args, size_t nargs, HPy kw, HPy *places)
{
    for (size_t i = 0; i < count; i++)
        places[i] = HPy_NULL;
    if (!_HPyClinic_place(positional, count, has_rest, args, nargs, places))
        return 0;
    if (HPy_IsNull(kw))
        return 1;
    HPy keys = HPyDict_Keys(ctx, kw);
    HPy_ssize_t given = HPy_IsNull(keys) ? -1 : HPy_Length(ctx, keys);
    int fits = given >= 0;
    for (HPy_ssize_t i = 0; i < given && fits; i++) {
        HPy keyword = HPy_GetItem_i(ctx, keys, i);
        int found = HPy_IsNull(keyword) ? -1 : _HPyClinic_find(ctx, signature, keyword);
        fits = found >= 0 && found < (int)count && HPy_IsNull(places[found]);
        if (fits) {
            places[found] = HPy_GetItem(ctx, kw, keyword);
            fits = !HPy_IsNull(places[found]);
        }
        HPy_Close(ctx, keyword);
    }
    HPy_Close(ctx, keys);
    return fits;
}

/* Closes what was given by keyword: behind the positional arguments. */
HPyAPI_FUNC void _HPyClinic_CloseKeywords(HPyContext *ctx, const _HPyClinic_Signature *signature, size_t nargs,
                                          const HPy *places)
{
    for (size_t i = nargs; i < signature->_names._count; i++)
        HPy_Close(ctx, places[i]);
}

/* The function in Python with the same parameters. HPy_NULL with an exception. */
_HPyClinic_COLD HPy _HPyClinic_twin(HPyContext *ctx, const _HPyClinic_Signature *signature)
{
    HPy twin = HPy_NULL;
    const char *last = strrchr(signature->_name, '.');
    HPy code = HPy_Compile_s(ctx, signature->_twin, "<clinic>", HPy_SourceKind_File);
    HPy scope = HPyDict_New(ctx);
    HPy done = HPy_IsNull(code) || HPy_IsNull(scope) ? HPy_NULL : HPy_EvalCode(ctx, code, scope, scope);
    HPy name = HPyUnicode_FromString(ctx, signature->_name);
    if (!HPy_IsNull(done) && !HPy_IsNull(name))
        twin = HPy_GetItem_s(ctx, scope, last == NULL ? signature->_name : last + 1);
    if (!HPy_IsNull(twin) && HPy_SetAttr_s(ctx, twin, "__qualname__", name) < 0) {
        HPy_Close(ctx, twin);
        twin = HPy_NULL;
    }
    HPy_Close(ctx, name);
    HPy_Close(ctx, done);
    HPy_Close(ctx, scope);
    HPy_Close(ctx, code);
    return twin;
}

/* Calls the twin, which fails as well. Returns HPy_NULL with an exception, and closes `args` and `kw`. */
_HPyClinic_COLD HPy _HPyClinic_call_twin(HPyContext *ctx, const _HPyClinic_Signature *signature, HPy args, HPy kw)
{
    HPy twin = HPyErr_Occurred(ctx) ? HPy_NULL : _HPyClinic_twin(ctx, signature);
    if (!HPy_IsNull(twin)) {
        HPy_Close(ctx, HPy_CallTupleDict(ctx, twin, args, kw));
        HPy_Close(ctx, twin);
        /* A keyword of a subclass of str may equal a name in Python only. */
        if (!HPyErr_Occurred(ctx))
            HPyErr_SetString(ctx, ctx->h_TypeError, "the names of keyword arguments must be of the type str itself");
    }
    HPy_Close(ctx, args);
    HPy_Close(ctx, kw);
    return HPy_NULL;
}

/* `(self, *args)`, or `args`. HPy_NULL with an exception. */
_HPyClinic_COLD HPy _HPyClinic_all(HPyContext *ctx, const _HPyClinic_Signature *signature, HPy self, const HPy *args,
                                   size_t nargs)
{
    size_t first = signature->_has_self;
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, (HPy_ssize_t)(nargs + first));
    if (first)
        HPyTupleBuilder_Set(ctx, builder, 0, self);
    for (size_t i = 0; i < nargs; i++)
        HPyTupleBuilder_Set(ctx, builder, (HPy_ssize_t)(i + first), args[i]);
    return HPyTupleBuilder_Build(ctx, builder);
}

/* Raises what a function written in Python raises for these arguments, unless there is an exception already. Returns
 * HPy_NULL. */
_HPyClinic_COLD HPy _HPyClinic_WrongCall(HPyContext *ctx, const _HPyClinic_Signature *signature, HPy self,
                                         const HPy *args, size_t nargs, HPy kwnames)
{
    if (HPyErr_Occurred(ctx))
        return HPy_NULL;
    HPy positional, kw, all = _HPyClinic_all(ctx, signature, self, args, nargs);
    if (HPy_IsNull(all) || !HPyHelpers_PackArgsAndKeywords(ctx, args, nargs, kwnames, &positional, &kw)) {
        HPy_Close(ctx, all);
        return HPy_NULL;
    }
    HPy_Close(ctx, positional);
    return _HPyClinic_call_twin(ctx, signature, all, kw);
}

/* The same for `__new__` and `__init__`. */
_HPyClinic_COLD HPy _HPyClinic_WrongSlotCall(HPyContext *ctx, const _HPyClinic_Signature *signature, HPy self,
                                             const HPy *args, size_t nargs, HPy kw)
{
    if (HPyErr_Occurred(ctx))
        return HPy_NULL;
    HPy all = _HPyClinic_all(ctx, signature, self, args, nargs);
    return HPy_IsNull(all) ? HPy_NULL : _HPyClinic_call_twin(ctx, signature, all, HPy_IsNull(kw) ? kw : HPy_Dup(ctx, kw));
}

#endif /* HPY_CLINIC_MATCH_H */
