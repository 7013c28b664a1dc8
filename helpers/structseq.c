/* Struct sequences: HPyStructSequence_NewType, HPyStructSequence_New. Declared in include/hpy/structseq.h.
 *
 * A struct sequence type is a named tuple whose class also has the attribute `n_fields`, which tells it from other
 * types. CPython's own struct sequences cannot be created with the functions of the context.
 */
#define _HPY_HELPER
#include "hpy.h"

#include <stdbool.h>
#include <string.h>

const char *const HPyStructSequence_UnnamedField = "_";

static HPy_ssize_t count_fields(const HPyStructSequence_Desc *desc)
{
    HPy_ssize_t count = 0;
    if (desc->fields != NULL) {
        while (desc->fields[count].name != NULL)
            count++;
    }
    return count;
}

static HPy field_names(HPyContext *ctx, const HPyStructSequence_Desc *desc, HPy_ssize_t count)
{
    HPyTupleBuilder names = HPyTupleBuilder_New(ctx, count);
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy name = HPyUnicode_FromString(ctx, desc->fields[i].name);
        if (HPy_IsNull(name)) {
            HPyTupleBuilder_Cancel(ctx, names);
            return HPy_NULL;
        }
        HPyTupleBuilder_Set(ctx, names, i, name);
        HPy_Close(ctx, name);
    }
    return HPyTupleBuilder_Build(ctx, names);
}

/* `count` times None: as the defaults of a named tuple they make every argument of its constructor optional. */
static HPy field_defaults(HPyContext *ctx, HPy_ssize_t count)
{
    HPyTupleBuilder defaults = HPyTupleBuilder_New(ctx, count);
    for (HPy_ssize_t i = 0; i < count; i++)
        HPyTupleBuilder_Set(ctx, defaults, i, ctx->h_None);
    return HPyTupleBuilder_Build(ctx, defaults);
}

/* The keyword arguments of collections.namedtuple. Invalid field names are replaced by the position of the field. */
static HPy namedtuple_options(HPyContext *ctx, const char *module, size_t module_size, HPy_ssize_t count)
{
    HPy defaults = field_defaults(ctx, count);
    if (HPy_IsNull(defaults))
        return HPy_NULL;
    HPy options = HPy_BuildValue(ctx, "{s:O,s:O}", "rename", ctx->h_True, "defaults", defaults);
    HPy_Close(ctx, defaults);
    if (HPy_IsNull(options) || module_size == 0)
        return options;

    HPy bytes = HPyBytes_FromStringAndSize(ctx, module, (HPy_ssize_t)module_size);
    HPy name = HPy_IsNull(bytes) ? HPy_NULL : HPyUnicode_FromEncodedObject(ctx, bytes, "utf-8", "strict");
    bool ok = !HPy_IsNull(name) && HPy_SetItem_s(ctx, options, "module", name) >= 0;
    HPy_Close(ctx, name);
    HPy_Close(ctx, bytes);
    if (!ok) {
        HPy_Close(ctx, options);
        return HPy_NULL;
    }
    return options;
}

static HPy call_namedtuple(HPyContext *ctx, HPy namedtuple, const char *name, HPy names, HPy options)
{
    HPy args = HPy_BuildValue(ctx, "(sO)", name, names);
    if (HPy_IsNull(args))
        return HPy_NULL;
    HPy type = HPy_CallTupleDict(ctx, namedtuple, args, options);
    HPy_Close(ctx, args);
    return type;
}

static bool set_names(HPyContext *ctx, HPy type, const char *name)
{
    HPy string = HPyUnicode_FromString(ctx, name);
    if (HPy_IsNull(string))
        return false;
    bool ok = HPy_SetAttr_s(ctx, type, "__name__", string) >= 0 && HPy_SetAttr_s(ctx, type, "__qualname__", string) >= 0;
    HPy_Close(ctx, string);
    return ok;
}

/* The name of a named tuple must be an identifier, that of a struct sequence need not: then it is set afterwards. */
static HPy make_namedtuple(HPyContext *ctx, const char *name, HPy names, HPy options)
{
    HPy collections = HPyImport_ImportModule(ctx, "collections");
    if (HPy_IsNull(collections))
        return HPy_NULL;
    HPy namedtuple = HPy_GetAttr_s(ctx, collections, "namedtuple");
    HPy_Close(ctx, collections);
    if (HPy_IsNull(namedtuple))
        return HPy_NULL;
    HPy type = call_namedtuple(ctx, namedtuple, name, names, options);
    if (HPy_IsNull(type) && HPyErr_ExceptionMatches(ctx, ctx->h_ValueError)
        && !HPyErr_ExceptionMatches(ctx, ctx->h_UnicodeError)) {
        HPyErr_Clear(ctx);
        type = call_namedtuple(ctx, namedtuple, "struct_sequence", names, options);
        if (!HPy_IsNull(type) && !set_names(ctx, type, name)) {
            HPy_Close(ctx, type);
            type = HPy_NULL;
        }
    }
    HPy_Close(ctx, namedtuple);
    return type;
}

static HPy make_type(HPyContext *ctx, const HPyStructSequence_Desc *desc, HPy_ssize_t count)
{
    const char *last_dot = strrchr(desc->name, '.');
    const char *name = last_dot == NULL ? desc->name : last_dot + 1;
    size_t module_size = last_dot == NULL ? 0 : (size_t)(last_dot - desc->name);

    HPy names = field_names(ctx, desc, count);
    if (HPy_IsNull(names))
        return HPy_NULL;
    HPy options = namedtuple_options(ctx, desc->name, module_size, count);
    HPy type = HPy_IsNull(options) ? HPy_NULL : make_namedtuple(ctx, name, names, options);
    HPy_Close(ctx, options);
    HPy_Close(ctx, names);
    return type;
}

/* `text` may be NULL, for None. */
static bool set_doc(HPyContext *ctx, HPy object, const char *text)
{
    HPy doc = text == NULL ? HPy_Dup(ctx, ctx->h_None) : HPyUnicode_FromString(ctx, text);
    if (HPy_IsNull(doc))
        return false;
    bool ok = HPy_SetAttr_s(ctx, object, "__doc__", doc) >= 0;
    HPy_Close(ctx, doc);
    return ok;
}

static bool set_field_doc(HPyContext *ctx, HPy type, HPy names, HPy_ssize_t index, const char *text)
{
    HPy name = HPy_GetItem_i(ctx, names, index);
    HPy field = HPy_IsNull(name) ? HPy_NULL : HPy_GetAttr(ctx, type, name);
    bool ok = !HPy_IsNull(field) && set_doc(ctx, field, text);
    HPy_Close(ctx, field);
    HPy_Close(ctx, name);
    return ok;
}

/* Fields are looked up by the name that they were given, which may differ from the one in the description. */
static bool set_field_docs(HPyContext *ctx, HPy type, const HPyStructSequence_Desc *desc, HPy_ssize_t count)
{
    HPy names = HPy_GetAttr_s(ctx, type, "_fields");
    if (HPy_IsNull(names))
        return false;
    bool ok = true;
    for (HPy_ssize_t i = 0; i < count && ok; i++) {
        if (desc->fields[i].doc != NULL)
            ok = set_field_doc(ctx, type, names, i, desc->fields[i].doc);
    }
    HPy_Close(ctx, names);
    return ok;
}

static bool set_field_count(HPyContext *ctx, HPy type, HPy_ssize_t count)
{
    HPy number = HPyLong_FromSsize_t(ctx, count);
    if (HPy_IsNull(number))
        return false;
    bool ok = HPy_SetAttr_s(ctx, type, "n_fields", number) >= 0;
    HPy_Close(ctx, number);
    return ok;
}

HPyAPI_HELPER HPy HPyStructSequence_NewType(HPyContext *ctx, HPyStructSequence_Desc *desc)
{
    if (desc->name == NULL)
        return HPyErr_SetString(ctx, ctx->h_SystemError,
                                "Struct sequence descriptor does not define the name field.");
    HPy_ssize_t count = count_fields(desc);
    HPy type = make_type(ctx, desc, count);
    if (HPy_IsNull(type))
        return HPy_NULL;
    if (!set_doc(ctx, type, desc->doc) || !set_field_docs(ctx, type, desc, count) || !set_field_count(ctx, type, count)) {
        HPy_Close(ctx, type);
        return HPy_NULL;
    }
    return type;
}

/* The number of fields of `type`; -1 with an exception set if it is not a struct sequence type. */
static HPy_ssize_t get_field_count(HPyContext *ctx, HPy type)
{
    HPy number = HPy_GetAttr_s(ctx, type, "n_fields");
    if (HPy_IsNull(number)) {
        if (HPyErr_ExceptionMatches(ctx, ctx->h_AttributeError)) {
            HPyErr_Clear(ctx);
            HPyErr_Format(ctx, ctx->h_TypeError, "object '%R' does not look like a struct sequence type ", type);
        }
        return -1;
    }
    HPy_ssize_t count = HPyLong_AsSsize_t(ctx, number);
    HPy_Close(ctx, number);
    return count;
}

HPyAPI_HELPER HPy HPyStructSequence_New(HPyContext *ctx, HPy type, HPy_ssize_t nargs, HPy *args)
{
    HPy_ssize_t count = get_field_count(ctx, type);
    if (count < 0 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    if (count != nargs)
        return HPyErr_Format(ctx, ctx->h_TypeError, "expected exactly %zd arguments but got %zd", count, nargs);
    return HPy_Call(ctx, type, args, (size_t)nargs, HPy_NULL);
}
