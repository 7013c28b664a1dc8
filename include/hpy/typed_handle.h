/* Typed handles: a handle and the struct of its object, in a C type of their own.
 *
 *     HPyType_HELPERS(Point)
 *     static HPyGlobal point_type;
 *     HPyType_HANDLE(Point, point_type)
 *
 *     static double norm(HPyContext *ctx, PointHandle point)   // not any handle, and no second argument for the struct
 *     {
 *         Point *data = PointHandle_Data(ctx, &point);
 *         ...
 *
 *     PointHandle point = PointHandle_From(ctx, arg);          // checks the type
 *     if (HPy_IsNull(point.h))
 *         return HPy_NULL;
 *     norm(ctx, point);
 *
 * Passing a `CircleHandle` to `norm` is a compile error. The struct is fetched once and when it is needed. Both words of it are
 * passed in registers, and a function that is inlined passes none: a typed handle costs what a handle costs.
 *
 * A typed handle is not closed for itself: it is the handle `h` that it was made of, owned by whom that is owned by.
 */
#ifndef HPY_TYPED_HANDLE_H
#define HPY_TYPED_HANDLE_H

#include "hpy/context.h"
#include "hpy/err.h"
#include "hpy/field.h"
#include "hpy/format.h"
#include "hpy/global.h"
#include "hpy/handle.h"
#include "hpy/object.h"
#include "hpy/types.h"

/**
 * Behind `HPyType_HELPERS(STRUCT)`, without a semicolon. `TYPE` is an `HPyGlobal` that holds the type of the objects once they
 * are made. Defines the struct `STRUCTHandle` with the members `HPy h` and `STRUCT *data` (NULL until it is fetched), and for
 * it
 *
 * * `STRUCTHandle STRUCTHandle_From(HPyContext *ctx, HPy h)`: `h` with its type checked, which remains the caller's. A null
 *   handle with `TypeError` if it is of another type, also for `HPy_NULL`.
 * * `STRUCTHandle STRUCTHandle_Unchecked(HPy h)`: the same where the type is known, as that of `self` is.
 * * `STRUCTHandle STRUCTHandle_New(HPyContext *ctx, HPy type)`: a new object, as by `HPy_New`; a null handle with an exception.
 * * `STRUCT *STRUCTHandle_Data(HPyContext *ctx, STRUCTHandle *handle)`: the struct, which is fetched at the first call.
 * * `STRUCTHandle STRUCTHandle_Dup(HPyContext *ctx, STRUCTHandle handle)` and `void STRUCTHandle_Close(…)`: as `HPy_Dup` and
 *   `HPy_Close`, which C++ has as overloads, too.
 *
 * And the struct `STRUCTField` with the member `HPyField field`, for structs that refer to such an object, and
 *
 * * `void STRUCTField_Store(HPyContext *ctx, HPy owner, STRUCTField *field, STRUCTHandle handle)`: as `HPyField_Store`.
 * * `STRUCTHandle STRUCTField_Load(HPyContext *ctx, HPy owner, STRUCTField field)`: as `HPyField_Load`, a new handle or a null
 *   one. `HPy_VISIT(&data->name.field)` visits it.
 */
#define HPyType_HANDLE(STRUCT, TYPE) \
    typedef struct { \
        HPy h; \
        STRUCT *data; \
    } STRUCT##Handle; \
    typedef struct { \
        HPyField field; \
    } STRUCT##Field; \
    HPyAPI_FUNC STRUCT##Handle STRUCT##Handle_Unchecked(HPy h) \
    { \
        STRUCT##Handle handle = {h, NULL}; \
        return handle; \
    } \
    HPyAPI_FUNC STRUCT##Handle STRUCT##Handle_From(HPyContext *ctx, HPy h) \
    { \
        return STRUCT##Handle_Unchecked(_HPy_is_of_global(ctx, h, TYPE, #STRUCT) ? h : HPy_NULL); \
    } \
    HPyAPI_FUNC STRUCT##Handle STRUCT##Handle_New(HPyContext *ctx, HPy type) \
    { \
        STRUCT##Handle handle = {HPy_NULL, NULL}; \
        handle.h = HPy_New(ctx, type, &handle.data); \
        return handle; \
    } \
    HPyAPI_FUNC STRUCT *STRUCT##Handle_Data(HPyContext *ctx, STRUCT##Handle *handle) \
    { \
        if (handle->data == NULL) \
            handle->data = STRUCT##_AsStruct(ctx, handle->h); \
        return handle->data; \
    } \
    HPyAPI_FUNC STRUCT##Handle STRUCT##Handle_Dup(HPyContext *ctx, STRUCT##Handle handle) \
    { \
        handle.h = HPy_Dup(ctx, handle.h); \
        return handle; \
    } \
    HPyAPI_FUNC void STRUCT##Handle_Close(HPyContext *ctx, STRUCT##Handle handle) \
    { \
        HPy_Close(ctx, handle.h); \
    } \
    HPyAPI_FUNC void STRUCT##Field_Store(HPyContext *ctx, HPy owner, STRUCT##Field *field, STRUCT##Handle handle) \
    { \
        HPyField_Store(ctx, owner, &field->field, handle.h); \
    } \
    HPyAPI_FUNC STRUCT##Handle STRUCT##Field_Load(HPyContext *ctx, HPy owner, STRUCT##Field field) \
    { \
        return STRUCT##Handle_Unchecked(HPyField_IsNull(field.field) ? HPy_NULL \
                                                                     : HPyField_Load(ctx, owner, field.field)); \
    } \
    _HPyType_HANDLE_OVERLOADS(STRUCT)

#ifdef __cplusplus
/* The header that has it may be in `extern "C"`, where there are no overloads. */
#  define _HPyType_HANDLE_OVERLOADS(STRUCT) \
    extern "C++" { \
    HPyAPI_FUNC STRUCT##Handle HPy_Dup(HPyContext *ctx, STRUCT##Handle handle) \
    { \
        return STRUCT##Handle_Dup(ctx, handle); \
    } \
    HPyAPI_FUNC void HPy_Close(HPyContext *ctx, STRUCT##Handle handle) { STRUCT##Handle_Close(ctx, handle); } \
    }
#else
#  define _HPyType_HANDLE_OVERLOADS(STRUCT)
#endif

/* Whether the object is of this type, whose handle is closed. Raises TypeError if it is not. */
HPyAPI_FUNC int _HPy_is_instance(HPyContext *ctx, HPy h, HPy type, const char *name)
{
    int is_instance = HPy_IsNull(type) || HPy_IsNull(h) ? 0 : HPy_TypeCheck(ctx, h, type);
    if (HPy_IsNull(type)) {
        if (!HPyErr_Occurred(ctx))
            HPyErr_Format(ctx, ctx->h_TypeError, "there is no type %s yet", name);
    }
    else if (HPy_IsNull(h))
        HPyErr_Format(ctx, ctx->h_TypeError, "expected %s, HPy_NULL found", name);
    else if (is_instance == 0) {
        HPy found = HPy_Type(ctx, h);
        const char *found_name = HPy_IsNull(found) ? NULL : HPyType_GetName(ctx, found);
        if (found_name != NULL)
            HPyErr_Format(ctx, ctx->h_TypeError, "expected %s, %s found", name, found_name);
        HPy_Close(ctx, found);
    }
    HPy_Close(ctx, type);
    return is_instance > 0;
}

/* The same for the type in a global. */
HPyAPI_FUNC int _HPy_is_of_global(HPyContext *ctx, HPy h, HPyGlobal type, const char *name)
{
#if HPY_TARGET_ABI_VERSION >= 0x00000001
    /* Without a handle to the type. */
    if (HPyGlobal_TypeCheck(ctx, h, type))
        return 1;
#endif
    return _HPy_is_instance(ctx, h, HPyGlobal_Load(ctx, type), name);
}

#if !defined(HPY_H) && !defined(HPY_ABI_CPYTHON)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_TYPED_HANDLE_H */
