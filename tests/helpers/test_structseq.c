#include <stdlib.h>

/* new_type(name, doc, fields): name and doc are bytes or None; fields a tuple of pairs (name, doc) of the
   same, where the name `...` is HPyStructSequence_UnnamedField. */
HPyDef_METH(new_type, "new_type", HPyFunc_VARARGS)
static HPy new_type_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyStructSequence_Field fields[20];
    HPy_ssize_t n = HPy_Length(ctx, args[2]);
    HPyTracker tracker = HPyTracker_New(ctx, 2 * n); /* the fields point into their data */
    for (HPy_ssize_t i = 0; i < n; i++) {
        HPy pair = HPy_GetItem_i(ctx, args[2], i);
        HPy name = HPy_GetItem_i(ctx, pair, 0);
        HPy doc = HPy_GetItem_i(ctx, pair, 1);
        fields[i].name = HPy_Is(ctx, name, ctx->h_Ellipsis) ? HPyStructSequence_UnnamedField
                                                            : HPyBytes_AsString(ctx, name);
        fields[i].doc = HPy_Is(ctx, doc, ctx->h_None) ? NULL : HPyBytes_AsString(ctx, doc);
        HPy_Close(ctx, pair);
        HPyTracker_Add(ctx, tracker, name);
        HPyTracker_Add(ctx, tracker, doc);
    }
    fields[n].name = NULL;
    HPyStructSequence_Desc desc;
    desc.name = HPy_Is(ctx, args[0], ctx->h_None) ? NULL : HPyBytes_AsString(ctx, args[0]);
    desc.doc = HPy_Is(ctx, args[1], ctx->h_None) ? NULL : HPyBytes_AsString(ctx, args[1]);
    desc.fields = fields;
    HPy type = HPyStructSequence_NewType(ctx, &desc);
    HPyTracker_Close(ctx, tracker);
    return type;
}

/* new(type, *items) */
HPyDef_METH(new, "new", HPyFunc_VARARGS)
static HPy new_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy items[20];
    for (size_t i = 1; i < nargs; i++) items[i - 1] = args[i];
    return HPyStructSequence_New(ctx, args[0], (HPy_ssize_t)nargs - 1, items);
}

/* unnamed() */
HPyDef_METH(unnamed, "unnamed", HPyFunc_NOARGS)
static HPy unnamed_impl(HPyContext *ctx, HPy self)
{
    return HPyBytes_FromString(ctx, HPyStructSequence_UnnamedField);
}
