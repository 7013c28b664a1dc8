/* What stands before each function that other extensions call: `HPyDef_API` of extension_api.h makes it. Not to be included
 * directly.
 *
 * An importer with another context calls a trampoline of the function. That puts the handles among its arguments into an
 * array and the rest into a struct, in which the place of each handle is taken by its index, and passes both to the
 * engine. The engine calls the second half of the trampoline with the provider's context and handles; this puts
 * the handles in their places and calls the implementation. Results go back the same way.
 *
 *     importer ─▶ NAME_context_<slot> ─▶ NAME_pass ─▶ _HPyAPI_Call of the engine ─▶ [layers] ─▶ NAME_call ─▶ NAME_impl
 *
 * The macros need C11 or C++17, and of MSVC the option /Zc:preprocessor.
 */
#ifndef HPY_EXTENSION_API_DEFINE_H
#define HPY_EXTENSION_API_DEFINE_H

#include "hpy/extension_api/import.h"
#include "hpy/extension_api/types.h"
#include "hpy/typed_handle.h"

#if defined(__GNUC__) || defined(__clang__)
#  pragma GCC system_header
#endif

#define _HPyAPI_MAX_PARAMETERS 10

/* How many arguments find room on the stack. */
#define _HPyAPI_FEW 8

/* What the code below has to know of a function. */
typedef struct {
    /* The kind of each parameter, three bits each, the first lowest; no bit of those behind the last that matters. */
    uint32_t _kinds;
    uint32_t _returns;
    uint32_t _failure;
    size_t _result_size;
    size_t _offsets[_HPyAPI_MAX_PARAMETERS + 1];
} _HPyAPI_Shape;

/* Passing the arguments. */

/* For each parameter up to the last that matters: its kind, its number. */
#define _HPyAPI_FOR_EACH(shape, kind, i) \
    for (uint32_t i = 0, rest_ = (shape)->_kinds, kind; (kind = rest_ & 7, rest_) != 0; rest_ >>= 3, i++)

/* What stands in the place of a handle: its index in the array; in the place of a pointer one more, as NULL remains. */
HPyAPI_FUNC size_t _HPyAPI_number_of_handles(const _HPyAPI_Shape *shape, const char *pack)
{
    size_t number = 0;
    _HPyAPI_FOR_EACH (shape, kind, i) {
        const char *place = pack + shape->_offsets[i];
        if (kind == _HPyAPI_HANDLE)
            number++;
        else if (kind == _HPyAPI_ARRAY && *(const HPy *const *)place != NULL)
            number += *(const size_t *)(pack + shape->_offsets[i + 1]);
    }
    return number;
}

/* Takes the handles out of the arguments. Returns the number of results, of which `outs` are where to store them. */
HPyAPI_FUNC size_t _HPyAPI_pack(const _HPyAPI_Shape *shape, char *pack, HPy *args, HPy **outs)
{
    size_t nargs = 0, nresults = 1;
    _HPyAPI_FOR_EACH (shape, kind, i) {
        char *place = pack + shape->_offsets[i];
        switch (kind) {
        case _HPyAPI_HANDLE:
            args[nargs] = *(HPy *)place;
            ((HPy *)place)->_i = (intptr_t)nargs++;
            break;
        case _HPyAPI_ARRAY: {
            const HPy *array = *(const HPy **)place;
            if (array == NULL)
                break;
            size_t count = *(const size_t *)(pack + shape->_offsets[i + 1]);
            for (size_t j = 0; j < count; j++)
                args[nargs + j] = array[j];
            *(const HPy **)place = (const HPy *)(uintptr_t)(nargs + 1);
            nargs += count;
            break;
        }
        case _HPyAPI_OUT:
            if (*(HPy **)place == NULL)
                break;
            outs[nresults] = *(HPy **)place;
            *(HPy **)place = (HPy *)(uintptr_t)(nresults++);
            break;
        default:
            break;
        }
    }
    return nresults;
}

/* Puts handles in the places of their indices, in the second half of a trampoline. */
HPyAPI_FUNC void _HPyAPI_unpack(const _HPyAPI_Shape *shape, char *pack, const HPy *args, HPy *results)
{
    _HPyAPI_FOR_EACH (shape, kind, i) {
        char *place = pack + shape->_offsets[i];
        switch (kind) {
        case _HPyAPI_HANDLE:
            *(HPy *)place = args[((HPy *)place)->_i];
            break;
        case _HPyAPI_ARRAY:
            if (*(const HPy **)place != NULL)
                *(const HPy **)place = args + ((uintptr_t)*(const HPy **)place - 1);
            break;
        case _HPyAPI_OUT:
            if (*(HPy **)place != NULL)
                *(HPy **)place = results + (uintptr_t)*(HPy **)place;
            break;
        default:
            break;
        }
    }
}

/* The result of a function that could not be called. */
HPyAPI_FUNC void _HPyAPI_fail(const _HPyAPI_Shape *shape, void *result)
{
    switch (shape->_failure) {
    case _HPyAPI_MINUS_ONE:
        memset(result, 0xff, shape->_result_size);
        break;
    case _HPyAPI_FLOAT:
        *(float *)result = -1;
        break;
    case _HPyAPI_DOUBLE:
        *(double *)result = -1;
        break;
    case _HPyAPI_LONG_DOUBLE:
        *(long double *)result = -1;
        break;
    default:
        memset(result, 0, shape->_result_size);
        break;
    }
}

/* The handle that an implementation has returned goes where the others are. */
HPyAPI_FUNC void _HPyAPI_store_result(const _HPyAPI_Shape *shape, const void *result, HPy *results)
{
    if (shape->_returns == _HPyAPI_HANDLE)
        results[0] = *(const HPy *)result;
}

#ifdef HPY_ABI_CPYTHON

/* A context of an engine that is at hand here: only its function for such calls is used. */
typedef int (*_HPyAPI_call)(HPyContext *ctx, _HPyAPI_Function *function, int slot, const HPy *args, size_t nargs,
                            HPy *results, size_t nresults, void *data);
#  define _HPyAPI_CALL(ctx, function, slot, ...) \
    (*(_HPyAPI_call *)((char *)(ctx) + _HPy_OFFSET_ctx_API_Call))(ctx, function, ((void)(slot), -1), __VA_ARGS__)
#  define _HPyAPI_OWN_CONTEXT(ctx) ((void)(ctx), &_hpy_cpython_context)

#else

#  define _HPyAPI_CALL _HPyAPI_Call
#  define _HPyAPI_OWN_CONTEXT(ctx) (ctx)

#endif

/* The first half of a trampoline. `ctx` is of the engine, `pack` has the arguments. */
HPyAPI_FUNC void _HPyAPI_pass(HPyContext *ctx, _HPyAPI_Function *function, int slot, const _HPyAPI_Shape *shape,
                              void *pack, void *result)
{
    HPy few[_HPyAPI_FEW] = {HPy_NULL}, results[_HPyAPI_MAX_PARAMETERS + 1] = {HPy_NULL}, *args = few;
    HPy *outs[_HPyAPI_MAX_PARAMETERS + 1];
    size_t nargs = _HPyAPI_number_of_handles(shape, (const char *)pack);
    if (nargs > _HPyAPI_FEW) {
        args = nargs > SIZE_MAX / sizeof(HPy) ? NULL : (HPy *)malloc(nargs * sizeof(HPy));
        if (args == NULL) {
            HPyErr_NoMemory(ctx);
            _HPyAPI_fail(shape, result);
            return;
        }
    }
    size_t nresults = _HPyAPI_pack(shape, (char *)pack, args, outs);
    int status = _HPyAPI_CALL(ctx, function, slot, args, nargs, results, nresults, pack);
    if (args != few)
        free(args);
    for (size_t i = 1; i < nresults; i++)
        *outs[i] = results[i];
    if (shape->_returns == _HPyAPI_HANDLE)
        *(HPy *)result = results[0];
    else if (status < 0)
        _HPyAPI_fail(shape, result);
}

/* Parts of the functions of a trampoline, each for one parameter: its number and type, behind `DATA`. */

#define _HPyAPI_MEMBER(DATA, I, TYPE) TYPE _a##I;
#define _HPyAPI_KINDS(DATA, I, TYPE) | (_HPyAPI_KIND(TYPE) << 3 * (I - 1))
#define _HPyAPI_OFFSET(PACK, I, TYPE) offsetof(PACK, _a##I),
#define _HPyAPI_PARAMETER(DATA, I, TYPE) , TYPE a##I
#define _HPyAPI_ARGUMENT(DATA, I, TYPE) , a##I
#define _HPyAPI_FROM_PACK(DATA, I, TYPE) , pack->_a##I
#define _HPyAPI_OBJECT_PARAMETER(DATA, I, TYPE) _HPyAPI_COMMA_##I _HPyAPI_OBJECT(TYPE) a##I
#define _HPyAPI_FROM_OBJECT_PARAMETER(DATA, I, TYPE) , _HPyAPI_FROM_OBJECT(TYPE, a##I)

/* `MACRO(DATA, 1, TYPE) MACRO(DATA, 2, TYPE) ...` for each type; nothing for `void`. */
#define _HPyAPI_EACH(MACRO, DATA, ...) \
    _HPyAPI_CONCAT(_HPyAPI_EACH_, _HPyAPI_NUMBER(__VA_ARGS__))(MACRO, DATA, __VA_ARGS__)
#define _HPyAPI_NUMBER(...) _HPyAPI_IF(_HPyAPI_FIRST_IS_VOID(__VA_ARGS__))(0, _HPyAPI_NUMBER_1(__VA_ARGS__))
#define _HPyAPI_NUMBER_1(...) \
    _HPyAPI_NUMBER_2(__VA_ARGS__, at_most_ten_parameters, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define _HPyAPI_NUMBER_2(a, b, c, d, e, f, g, h, i, j, k, number, ...) number
#define _HPyAPI_EACH_0(M, D, ...)
#define _HPyAPI_EACH_1(M, D, a) M(D, 1, a)
#define _HPyAPI_EACH_2(M, D, a, b) _HPyAPI_EACH_1(M, D, a) M(D, 2, b)
#define _HPyAPI_EACH_3(M, D, a, b, c) _HPyAPI_EACH_2(M, D, a, b) M(D, 3, c)
#define _HPyAPI_EACH_4(M, D, a, b, c, d) _HPyAPI_EACH_3(M, D, a, b, c) M(D, 4, d)
#define _HPyAPI_EACH_5(M, D, a, b, c, d, e) _HPyAPI_EACH_4(M, D, a, b, c, d) M(D, 5, e)
#define _HPyAPI_EACH_6(M, D, a, b, c, d, e, f) _HPyAPI_EACH_5(M, D, a, b, c, d, e) M(D, 6, f)
#define _HPyAPI_EACH_7(M, D, a, b, c, d, e, f, g) _HPyAPI_EACH_6(M, D, a, b, c, d, e, f) M(D, 7, g)
#define _HPyAPI_EACH_8(M, D, a, b, c, d, e, f, g, h) _HPyAPI_EACH_7(M, D, a, b, c, d, e, f, g) M(D, 8, h)
#define _HPyAPI_EACH_9(M, D, a, b, c, d, e, f, g, h, i) _HPyAPI_EACH_8(M, D, a, b, c, d, e, f, g, h) M(D, 9, i)
#define _HPyAPI_EACH_10(M, D, a, b, c, d, e, f, g, h, i, j) \
    _HPyAPI_EACH_9(M, D, a, b, c, d, e, f, g, h, i) M(D, 10, j)
#define _HPyAPI_COMMA_1
#define _HPyAPI_COMMA_2 ,
#define _HPyAPI_COMMA_3 ,
#define _HPyAPI_COMMA_4 ,
#define _HPyAPI_COMMA_5 ,
#define _HPyAPI_COMMA_6 ,
#define _HPyAPI_COMMA_7 ,
#define _HPyAPI_COMMA_8 ,
#define _HPyAPI_COMMA_9 ,
#define _HPyAPI_COMMA_10 ,

/* What follows the type of the result; `TOKENS` only where there is one. */
#define _HPyAPI_UNLESS_VOID(RETURNS, ...) _HPyAPI_IF(_HPyAPI_IS_VOID(RETURNS))(, __VA_ARGS__)

/* `CHECK` for each parameter by its number, from 0 on, all of which must hold. */
#define _HPyAPI_ALL(CHECK, KINDS) \
    (CHECK(KINDS, 0) && CHECK(KINDS, 1) && CHECK(KINDS, 2) && CHECK(KINDS, 3) && CHECK(KINDS, 4) && CHECK(KINDS, 5) && \
     CHECK(KINDS, 6) && CHECK(KINDS, 7) && CHECK(KINDS, 8) && CHECK(KINDS, 9))
#define _HPyAPI_IS(KINDS, I, KIND) ((int)(((unsigned)(KINDS) >> 3 * (I)) & 7) == (int)(KIND))
#define _HPyAPI_CAN_PASS(KINDS, I) (!_HPyAPI_IS(KINDS, I, _HPyAPI_REFUSED))
#define _HPyAPI_HAS_SIZE(KINDS, I) \
    (!_HPyAPI_IS(KINDS, I, _HPyAPI_ARRAY) || ((I) < 9 && _HPyAPI_IS(KINDS, (I) + 1, _HPyAPI_SIZE)))
#define _HPyAPI_CAN_RETURN(KIND) \
    ((KIND) == (int)_HPyAPI_UNCHANGED || (KIND) == (int)_HPyAPI_HANDLE || (KIND) == (int)_HPyAPI_SIZE)

#define _HPyAPI_CHECK(NAME, RETURNS) \
    _HPy_STATIC_ASSERT(_HPyAPI_ALL(_HPyAPI_CAN_PASS, NAME##_kinds), \
                       "a parameter of " #NAME " means nothing in another extension (a field, tracker, builder, context or " \
                       "a function that takes a context); to pass it all the same, declare it with HPyAPI_AS_IS"); \
    _HPy_STATIC_ASSERT(_HPyAPI_ALL(_HPyAPI_HAS_SIZE, NAME##_kinds), \
                       "a parameter of " #NAME " is an array (const HPy *) that is not followed by the number of handles (size_t)"); \
    _HPy_STATIC_ASSERT(_HPyAPI_CAN_RETURN(_HPyAPI_KIND(RETURNS)), \
                       #NAME " returns what means nothing in another extension; a handle is returned as HPy");

/* What the code above has to know. */
#define _HPyAPI_SHAPE(RETURNS, NAME, ...) \
    static const _HPyAPI_Shape NAME##_shape = { \
        NAME##_kinds, \
        (uint32_t)_HPyAPI_KIND(RETURNS), \
        _HPyAPI_FAILURE(RETURNS), \
        _HPyAPI_IF(_HPyAPI_IS_VOID(RETURNS))(0, sizeof(RETURNS)), \
        {_HPyAPI_EACH(_HPyAPI_OFFSET, struct NAME##_pack, __VA_ARGS__) 0}, \
    };

/* One function of a list. */
#define _HPyAPI_DEFINE(SINCE, RETURNS, NAME, ...) \
    static RETURNS NAME##_impl(HPyContext *ctx _HPyAPI_EACH(_HPyAPI_PARAMETER, , __VA_ARGS__)); \
    struct NAME##_pack { \
        void *_result; \
        _HPyAPI_EACH(_HPyAPI_MEMBER, , __VA_ARGS__) \
    }; \
    enum { NAME##_kinds = 0 _HPyAPI_EACH(_HPyAPI_KINDS, , __VA_ARGS__) }; \
    _HPyAPI_CHECK(NAME, RETURNS) \
    _HPyAPI_SHAPE(RETURNS, NAME, __VA_ARGS__) \
    static void NAME##_call(HPyContext *ctx, const HPy *args, size_t nargs, HPy *results, size_t nresults, void *data) \
    { \
        struct NAME##_pack *pack = (struct NAME##_pack *)data; \
        (void)pack, (void)nargs, (void)nresults; \
        _HPyAPI_unpack(&NAME##_shape, (char *)data, args, results); \
        _HPyAPI_UNLESS_VOID(RETURNS, *(RETURNS *)pack->_result =) \
            NAME##_impl(_HPyAPI_OWN_CONTEXT(ctx) _HPyAPI_EACH(_HPyAPI_FROM_PACK, , __VA_ARGS__)); \
        _HPyAPI_UNLESS_VOID(RETURNS, _HPyAPI_store_result(&NAME##_shape, pack->_result, results);) \
    } \
    static _HPyAPI_Function NAME##_function = {NAME##_call, #NAME, NULL, 0}; \
    static RETURNS NAME##_pass(HPyContext *ctx, int slot _HPyAPI_EACH(_HPyAPI_PARAMETER, , __VA_ARGS__)) \
    { \
        _HPyAPI_UNLESS_VOID(RETURNS, RETURNS result;) \
        void *place = _HPyAPI_IF(_HPyAPI_IS_VOID(RETURNS))(NULL, &result); \
        struct NAME##_pack pack = {place _HPyAPI_EACH(_HPyAPI_ARGUMENT, , __VA_ARGS__)}; \
        _HPyAPI_pass(ctx, &NAME##_function, slot, &NAME##_shape, &pack, place); \
        _HPyAPI_UNLESS_VOID(RETURNS, return result;) \
    } \
    _HPyAPI_STUBS(RETURNS, NAME, __VA_ARGS__)

/* A function that gives the struct of an object whose type it checks. */
#define _HPyAPI_DEFINE_TYPE(SINCE, STRUCT, VERSION) \
    static HPy STRUCT##_Type(HPyContext *ctx); \
    _HPyAPI_DEFINE(SINCE, STRUCT *, STRUCT##_AsStruct, HPy) \
    static STRUCT *STRUCT##_AsStruct_impl(HPyContext *ctx, HPy h) \
    { \
        return _HPy_is_instance(ctx, h, STRUCT##_Type(ctx), #STRUCT) ? STRUCT##_AsStruct(ctx, h) : NULL; \
    }

/* For each slot the functions that importers get. `FROM_OBJECTS` gets a function and what goes before its arguments. */
#define _HPyAPI_CONTEXT_STUB(SLOT, RETURNS, NAME, ...) \
    HPyAPI_UNUSED static RETURNS NAME##_context_##SLOT(HPyContext *ctx _HPyAPI_EACH(_HPyAPI_PARAMETER, , __VA_ARGS__)) \
    { \
        _HPyAPI_UNLESS_VOID(RETURNS, return) NAME##_pass(ctx, SLOT _HPyAPI_EACH(_HPyAPI_ARGUMENT, , __VA_ARGS__)); \
    }
#define _HPyAPI_OBJECT_STUBS(SLOT, FUNCTION, FIRST, RETURNS, NAME, ...) \
    HPyAPI_UNUSED static RETURNS NAME##_handles_##SLOT(HPyContext *ctx _HPyAPI_EACH(_HPyAPI_PARAMETER, , __VA_ARGS__)) \
    { \
        (void)ctx; \
        _HPyAPI_UNLESS_VOID(RETURNS, return) \
            FUNCTION(_HPyAPI_EXPAND FIRST _HPyAPI_EACH(_HPyAPI_ARGUMENT, , __VA_ARGS__)); \
    } \
    static _HPyAPI_OBJECT(RETURNS) NAME##_objects_##SLOT(_HPyAPI_IF(_HPyAPI_FIRST_IS_VOID(__VA_ARGS__))( \
        void, _HPyAPI_EACH(_HPyAPI_OBJECT_PARAMETER, , __VA_ARGS__))) \
    { \
        _HPyAPI_UNLESS_VOID(RETURNS, RETURNS result =) \
            FUNCTION(_HPyAPI_EXPAND FIRST _HPyAPI_EACH(_HPyAPI_FROM_OBJECT_PARAMETER, , __VA_ARGS__)); \
        _HPyAPI_UNLESS_VOID(RETURNS, return _HPyAPI_TO_OBJECT(RETURNS, result);) \
    }
#define _HPyAPI_EXPAND(...) __VA_ARGS__

#ifdef HPY_ABI_CPYTHON
#  define _HPyAPI_STUBS(RETURNS, NAME, ...) \
    _HPyAPI_CONTEXT_STUB(0, RETURNS, NAME, __VA_ARGS__) \
    _HPyAPI_OBJECT_STUBS(0, NAME##_impl, (&_hpy_cpython_context), RETURNS, NAME, __VA_ARGS__)
#else
#  define _HPyAPI_STUBS(RETURNS, NAME, ...) \
    _HPyAPI_STUBS_OF(0, RETURNS, NAME, __VA_ARGS__) \
    _HPyAPI_STUBS_OF(1, RETURNS, NAME, __VA_ARGS__) \
    _HPyAPI_STUBS_OF(2, RETURNS, NAME, __VA_ARGS__) \
    _HPyAPI_STUBS_OF(3, RETURNS, NAME, __VA_ARGS__)
#  define _HPyAPI_STUBS_OF(SLOT, RETURNS, NAME, ...) \
    _HPyAPI_CONTEXT_STUB(SLOT, RETURNS, NAME, __VA_ARGS__) \
    _HPyAPI_OBJECT_STUBS(SLOT, NAME##_pass, (_ctx_for_trampolines, SLOT), RETURNS, NAME, __VA_ARGS__)
#endif

/* Tables of them: for lines of a list, the function of the kind and slot in the macro's name. */
#define _HPyAPI_USE_same(SINCE, RETURNS, NAME, ...) NAME##_impl,
#define _HPyAPI_USE_TYPE_same(SINCE, STRUCT, VERSION) STRUCT##_AsStruct_impl,
#define _HPyAPI_USE_function(SINCE, RETURNS, NAME, ...) &NAME##_function,
#define _HPyAPI_USE_TYPE_function(SINCE, STRUCT, VERSION) &STRUCT##_AsStruct_function,
#define _HPyAPI_USE_context_0(SINCE, RETURNS, NAME, ...) NAME##_context_0,
#define _HPyAPI_USE_TYPE_context_0(SINCE, STRUCT, VERSION) STRUCT##_AsStruct_context_0,
#define _HPyAPI_USE_handles_0(SINCE, RETURNS, NAME, ...) NAME##_handles_0,
#define _HPyAPI_USE_TYPE_handles_0(SINCE, STRUCT, VERSION) STRUCT##_AsStruct_handles_0,
#define _HPyAPI_USE_objects_0(SINCE, RETURNS, NAME, ...) (HPyCFunction)NAME##_objects_0,
#define _HPyAPI_USE_TYPE_objects_0(SINCE, STRUCT, VERSION) (HPyCFunction)STRUCT##_AsStruct_objects_0,
#define _HPyAPI_USE_context_1(SINCE, RETURNS, NAME, ...) NAME##_context_1,
#define _HPyAPI_USE_TYPE_context_1(SINCE, STRUCT, VERSION) STRUCT##_AsStruct_context_1,
#define _HPyAPI_USE_handles_1(SINCE, RETURNS, NAME, ...) NAME##_handles_1,
#define _HPyAPI_USE_TYPE_handles_1(SINCE, STRUCT, VERSION) STRUCT##_AsStruct_handles_1,
#define _HPyAPI_USE_objects_1(SINCE, RETURNS, NAME, ...) (HPyCFunction)NAME##_objects_1,
#define _HPyAPI_USE_TYPE_objects_1(SINCE, STRUCT, VERSION) (HPyCFunction)STRUCT##_AsStruct_objects_1,
#define _HPyAPI_USE_context_2(SINCE, RETURNS, NAME, ...) NAME##_context_2,
#define _HPyAPI_USE_TYPE_context_2(SINCE, STRUCT, VERSION) STRUCT##_AsStruct_context_2,
#define _HPyAPI_USE_handles_2(SINCE, RETURNS, NAME, ...) NAME##_handles_2,
#define _HPyAPI_USE_TYPE_handles_2(SINCE, STRUCT, VERSION) STRUCT##_AsStruct_handles_2,
#define _HPyAPI_USE_objects_2(SINCE, RETURNS, NAME, ...) (HPyCFunction)NAME##_objects_2,
#define _HPyAPI_USE_TYPE_objects_2(SINCE, STRUCT, VERSION) (HPyCFunction)STRUCT##_AsStruct_objects_2,
#define _HPyAPI_USE_context_3(SINCE, RETURNS, NAME, ...) NAME##_context_3,
#define _HPyAPI_USE_TYPE_context_3(SINCE, STRUCT, VERSION) STRUCT##_AsStruct_context_3,
#define _HPyAPI_USE_handles_3(SINCE, RETURNS, NAME, ...) NAME##_handles_3,
#define _HPyAPI_USE_TYPE_handles_3(SINCE, STRUCT, VERSION) STRUCT##_AsStruct_handles_3,
#define _HPyAPI_USE_objects_3(SINCE, RETURNS, NAME, ...) (HPyCFunction)NAME##_objects_3,
#define _HPyAPI_USE_TYPE_objects_3(SINCE, STRUCT, VERSION) (HPyCFunction)STRUCT##_AsStruct_objects_3,

#define _HPyAPI_TABLES_OF(SLOT, API, LIST) \
    static const API API##_contexts_##SLOT = {LIST(_HPyAPI_USE_context_##SLOT, _HPyAPI_USE_TYPE_context_##SLOT)}; \
    static const API API##_handles_##SLOT = {LIST(_HPyAPI_USE_handles_##SLOT, _HPyAPI_USE_TYPE_handles_##SLOT)}; \
    static const HPyCFunction API##_object_functions_##SLOT[] = { \
        LIST(_HPyAPI_USE_objects_##SLOT, _HPyAPI_USE_TYPE_objects_##SLOT)}; \
    static const _HPyAPI_Head API##_objects_##SLOT = {_HPyAPI_MARK_OBJECTS, API##_major, API##_minor, API##_count, \
                                                      API##_objects_name, API##_entries, API##_object_functions_##SLOT};

#ifdef HPY_ABI_CPYTHON
#  define _HPyAPI_KIND_OF_TABLE _HPyAPI_WITH_OBJECTS
#  define _HPyAPI_TABLES(API, LIST) _HPyAPI_TABLES_OF(0, API, LIST)
#  define _HPyAPI_OF_ALL_SLOTS(NAME) {&NAME##0}
#else
#  define _HPyAPI_KIND_OF_TABLE _HPyAPI_WITH_CONTEXT
#  define _HPyAPI_TABLES(API, LIST) \
    _HPyAPI_TABLES_OF(0, API, LIST) \
    _HPyAPI_TABLES_OF(1, API, LIST) \
    _HPyAPI_TABLES_OF(2, API, LIST) \
    _HPyAPI_TABLES_OF(3, API, LIST)
#  define _HPyAPI_OF_ALL_SLOTS(NAME) {&NAME##0, &NAME##1, &NAME##2, &NAME##3}
#endif

/* `HPyDef_API`. */
#define _HPyDef_API(API, LIST) \
    LIST(_HPyAPI_DEFINE, _HPyAPI_DEFINE_TYPE) \
    static const API API##_same = {LIST(_HPyAPI_USE_same, _HPyAPI_USE_TYPE_same)}; \
    static _HPyAPI_Function *const API##_functions[] = {LIST(_HPyAPI_USE_function, _HPyAPI_USE_TYPE_function)}; \
    _HPyAPI_TABLES(API, LIST) \
    static _HPyAPI_Table API##_table = { \
        {_HPyAPI_MARK_HANDLES, API##_major, API##_minor, API##_count, API##_name, API##_entries, NULL}, \
        _HPyAPI_KIND_OF_TABLE, \
        (uint32_t)sizeof(struct _HPyContext_s), \
        API##_functions, \
        &API##_same, \
        _HPyAPI_OF_ALL_SLOTS(API##_contexts_), \
        _HPyAPI_OF_ALL_SLOTS(API##_handles_), \
        _HPyAPI_OF_ALL_SLOTS(API##_objects_), \
        0, \
    };

#endif /* HPY_EXTENSION_API_DEFINE_H */
