/* What clinic functions get from ABI 0.1 on: the state of the module, the defining class, buffers. */
typedef struct {
    long calls;
} State;

/*[clinic input]
module mod
class mod.Base "" ""
[clinic start generated code]*/

/*[clinic input]
mod.count as count -> long
    state: module_state(type="State *")
    by: long = 1
[clinic start generated code]*/

/*[clinic input]
mod.Base.defining as defining
    cls: defining_class
    *
    key: object = None
[clinic start generated code]*/

/*[clinic input]
mod.Base.count as count_method -> long
    state: module_state(type="State *")
    /
[clinic start generated code]*/

/*[clinic input]
mod.total as total -> long
    data: buffer
    more: buffer(accept={buffer, NoneType}) = None
    *
    fail: bool = False
[clinic start generated code]*/

/*[clinic input]
mod.zero as zero -> None
    data: Py_buffer(writable=True)
    /
[clinic start generated code]*/

#include "mod.clinic.h"

static long count_impl(HPyContext *ctx, State *state, HPy self, long by)
{
    return state->calls += by;
}

static HPy defining_impl(HPyContext *ctx, HPy cls, HPy self, HPy key)
{
    return HPyTuple_Pack(ctx, 2, cls, key);
}

static long count_method_impl(HPyContext *ctx, State *state, HPy self)
{
    return state->calls;
}

static long total_impl(HPyContext *ctx, HPy self, HPy_buffer *data_, HPy_buffer *more, int fail)
{
    long total = 0;
    for (HPy_ssize_t i = 0; i < data_->len; i++)
        total += ((const unsigned char *)data_->buf)[i];
    for (HPy_ssize_t i = 0; more != NULL && i < more->len; i++)
        total += ((const unsigned char *)more->buf)[i];
    if (fail) {
        HPyErr_SetString(ctx, ctx->h_ValueError, "as asked");
        return -1;
    }
    return total;
}

static int zero_impl(HPyContext *ctx, HPy self, HPy_buffer *data_)
{
    memset(data_->buf, 0, (size_t)data_->len);
    return 0;
}

static HPyDef *Base_defines[] = {mod_Base_CLINIC NULL};
static HPyType_Spec Base_spec = {
    .name = "mod.Base",
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Base_defines,
};
