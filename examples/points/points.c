/* A type in HPy: `points.Path`, a growing list of 2-D points in one block of memory.
 *
 * It shows, in this order: the struct behind a type, construction and destruction, methods, slots, members and
 * getsets, a reference to a Python object that the garbage collector can follow, and the buffer protocol, through
 * which `memoryview(path)` (or numpy) reads the coordinates without a copy.
 */
#include <hpy.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
    double *coords; /* x0, y0, x1, y1, ... */
    HPy_ssize_t npoints;
    HPy_ssize_t capacity; /* in points */
    HPy_ssize_t exports;  /* buffers handed out; while there are any, `coords` must not move */
    HPy_ssize_t shape[2]; /* what the buffers point to: npoints and 2 */
    HPy_ssize_t strides[2];
    double scale;  /* a plain member: length() multiplies by it */
    HPyField owner; /* any Python object, or unset */
} Path;

/* Defines `Path *Path_AsStruct(HPyContext *, HPy)`. The struct lives as long as the object's handle. */
HPyType_HELPERS(Path)

/* ---- life of an object ---- */

HPyDef_SLOT(Path_new, HPy_tp_new)
static HPy Path_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    static const char *keywords[] = {"owner", "scale", NULL};
    HPyTracker tracker; /* owns the handles that the parser makes: here `owner` */
    HPy owner = HPy_NULL;
    double scale = 1.0;
    if (!HPyArg_ParseKeywordsDict(ctx, &tracker, args, nargs, kw, "|Od:Path", keywords, &owner, &scale))
        return HPy_NULL;

    Path *path;
    HPy self = HPy_New(ctx, type, &path); /* the struct is filled with zeros */
    if (!HPy_IsNull(self)) {
        path->scale = scale;
        if (!HPy_IsNull(owner))
            HPyField_Store(ctx, self, &path->owner, owner);
    }
    HPyTracker_Close(ctx, tracker);
    return self;
}

/* Frees everything other than objects. It has no context: it may run on any thread, and must not use the API. */
HPyDef_SLOT(Path_destroy, HPy_tp_destroy)
static void Path_destroy_impl(void *data)
{
    free(((Path *)data)->coords);
}

/* Shows every HPyField of the struct to the garbage collector, which can also clear them, to break cycles. */
HPyDef_SLOT(Path_traverse, HPy_tp_traverse)
static int Path_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Path *)data)->owner);
    return 0;
}

/* ---- methods ---- */

HPyDef_METH(Path_append, "append", HPyFunc_VARARGS, .doc = "append($self, x, y)\n--\n\nAdd a point.")
static HPy Path_append_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    double x, y;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "dd:append", &x, &y))
        return HPy_NULL;

    Path *path = Path_AsStruct(ctx, self);
    if (path->exports > 0)
        return HPyErr_SetString(ctx, ctx->h_BufferError, "a path cannot grow while a buffer of it exists");
    if (path->npoints == path->capacity) {
        HPy_ssize_t capacity = path->capacity ? 2 * path->capacity : 8;
        double *coords = realloc(path->coords, (size_t)capacity * 2 * sizeof(double));
        if (coords == NULL)
            return HPyErr_NoMemory(ctx);
        path->coords = coords;
        path->capacity = capacity;
    }
    path->coords[2 * path->npoints] = x;
    path->coords[2 * path->npoints + 1] = y;
    path->npoints++;
    return HPy_Dup(ctx, ctx->h_None); /* a result is always a handle of its own */
}

HPyDef_METH(Path_length, "length", HPyFunc_NOARGS,
            .doc = "length($self)\n--\n\nThe way along all points, multiplied by scale.")
static HPy Path_length_impl(HPyContext *ctx, HPy self)
{
    Path *path = Path_AsStruct(ctx, self);
    double sum = 0;
    for (HPy_ssize_t i = 1; i < path->npoints; i++) {
        const double *p = &path->coords[2 * i];
        sum += hypot(p[0] - p[-2], p[1] - p[-1]);
    }
    return HPyFloat_FromDouble(ctx, sum * path->scale);
}

/* ---- slots: len(path), path[i], path == other, repr(path) ---- */

HPyDef_SLOT(Path_len, HPy_sq_length)
static HPy_ssize_t Path_len_impl(HPyContext *ctx, HPy self)
{
    return Path_AsStruct(ctx, self)->npoints;
}

/* Python has already added the length to a negative index. An IndexError also ends a `for` loop. */
HPyDef_SLOT(Path_item, HPy_sq_item)
static HPy Path_item_impl(HPyContext *ctx, HPy self, HPy_ssize_t index)
{
    Path *path = Path_AsStruct(ctx, self);
    if (index < 0 || index >= path->npoints)
        return HPyErr_SetString(ctx, ctx->h_IndexError, "path index out of range");
    return HPy_BuildValue(ctx, "(dd)", path->coords[2 * index], path->coords[2 * index + 1]);
}

HPyDef_SLOT(Path_richcompare, HPy_tp_richcompare)
static HPy Path_richcompare_impl(HPyContext *ctx, HPy self, HPy other, HPy_RichCmpOp op)
{
    HPy type = HPy_Type(ctx, self);
    bool same_type = HPy_TypeCheck(ctx, other, type);
    HPy_Close(ctx, type);
    if (!same_type || (op != HPy_EQ && op != HPy_NE))
        return HPy_Dup(ctx, ctx->h_NotImplemented);

    Path *a = Path_AsStruct(ctx, self);
    Path *b = Path_AsStruct(ctx, other);
    bool equal = a->npoints == b->npoints;
    for (HPy_ssize_t i = 0; equal && i < 2 * a->npoints; i++)
        equal = a->coords[i] == b->coords[i];
    return HPyBool_FromBool(ctx, equal == (op == HPy_EQ));
}

HPyDef_SLOT(Path_repr, HPy_tp_repr)
static HPy Path_repr_impl(HPyContext *ctx, HPy self)
{
    return HPyUnicode_FromFormat(ctx, "<points.Path of %zd points>", Path_AsStruct(ctx, self)->npoints);
}

/* ---- attributes: Python itself reads and writes a member, a getset calls functions ---- */

HPyDef_MEMBER(Path_scale, "scale", HPyMember_DOUBLE, offsetof(Path, scale), .doc = "factor of length()")

HPyDef_GETSET(Path_owner, "owner", .doc = "any object, None when unset")
static HPy Path_owner_get(HPyContext *ctx, HPy self, void *closure)
{
    (void)closure;
    Path *path = Path_AsStruct(ctx, self);
    if (HPyField_IsNull(path->owner))
        return HPy_Dup(ctx, ctx->h_None);
    return HPyField_Load(ctx, self, path->owner);
}

static int Path_owner_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    (void)closure;
    /* `del path.owner` passes HPy_NULL, with which HPyField_Store clears the field. */
    HPyField_Store(ctx, self, &Path_AsStruct(ctx, self)->owner, value);
    return 0;
}

/* ---- the buffer protocol ---- */

HPyDef_SLOT(Path_getbuffer, HPy_bf_getbuffer)
static int Path_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    (void)flags; /* what we have, writable and contiguous memory, satisfies every request */
    Path *path = Path_AsStruct(ctx, self);
    path->shape[0] = path->npoints;
    path->shape[1] = 2;
    path->strides[0] = 2 * sizeof(double);
    path->strides[1] = sizeof(double);

    *view = (HPy_buffer){
        .buf = path->npoints ? (void *)path->coords : (void *)&path->shape, /* never NULL, not even when empty */
        .obj = HPy_Dup(ctx, self), /* the view keeps the object alive */
        .len = path->npoints * 2 * (HPy_ssize_t)sizeof(double),
        .itemsize = sizeof(double),
        .readonly = 0,
        .ndim = 2,
        .format = "d",
        .shape = path->shape,
        .strides = path->strides,
    };
    path->exports++;
    return 0;
}

HPyDef_SLOT(Path_releasebuffer, HPy_bf_releasebuffer)
static void Path_releasebuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view)
{
    (void)view;
    Path_AsStruct(ctx, self)->exports--;
}

/* ---- type and module ---- */

static HPyDef *Path_defines[] = {
    &Path_new,   &Path_destroy, &Path_traverse,    &Path_append, &Path_length, &Path_len,
    &Path_item,  &Path_richcompare, &Path_repr, &Path_scale,  &Path_owner,  &Path_getbuffer,
    &Path_releasebuffer, NULL,
};

static HPyType_Spec Path_spec = {
    .name = "points.Path",
    .doc = "Path(owner=None, scale=1.0)\n--\n\nA growing list of points.",
    .basicsize = sizeof(Path),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(Path),
    .defines = Path_defines,
};

/* Runs when the module is imported, once per interpreter. */
HPyDef_SLOT(points_exec, HPy_mod_exec)
static int points_exec_impl(HPyContext *ctx, HPy module)
{
    return HPyHelpers_AddType(ctx, module, "Path", &Path_spec, NULL) ? 0 : -1;
}

static HPyDef *points_defines[] = {&points_exec, NULL};

static HPyModuleDef points_module = {
    .doc = "Paths of points.",
    .defines = points_defines,
};

HPy_MODINIT(points, points_module)
