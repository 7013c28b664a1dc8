/* Step 4 of 4: pure HPy. It compiles for all ABIs, and the universal binary runs on every engine.
 *
 * There is no `PyObject` left. An object that a struct refers to is in an HPyField, the type that the module
 * keeps is in an HPyGlobal, and memory that is not Python's is freed by a destroy slot.
 */
#include <hpy.h>
#include <stdlib.h>

/* ---- the ring: plain C ---- */

/* [struct] */
typedef struct {
    double *items;
    HPy_ssize_t capacity;
    HPy_ssize_t first;   /* index of the oldest item */
    HPy_ssize_t length;  /* how many items there are */
    HPy_ssize_t exports; /* buffers handed out; while there are any, the items must stay where they are */
    size_t changes;      /* tells an iterator whether the ring is still what it was */
    HPyField on_drop;    /* called with each item that is pushed out, or null */
} Ring;

HPyType_HELPERS(Ring) /* defines Ring_AsStruct */
/* [end] */

static double Ring_at(const Ring *ring, HPy_ssize_t index)
{
    return ring->items[(ring->first + index) % ring->capacity];
}

/* Adds an item. Returns whether one was pushed out, and stores that in `*dropped`. */
static int Ring_add(Ring *ring, double item, double *dropped)
{
    int is_full = ring->length == ring->capacity;
    if (is_full) {
        *dropped = ring->items[ring->first];
        ring->items[ring->first] = item;
        ring->first = (ring->first + 1) % ring->capacity;
    } else {
        ring->items[(ring->first + ring->length) % ring->capacity] = item;
        ring->length++;
    }
    ring->changes++;
    return is_full;
}

/* Moves the items so that the oldest is at index 0 and they are contiguous. */
static int Ring_straighten(Ring *ring)
{
    if (ring->first == 0)
        return 0;
    double *items = malloc((size_t)ring->capacity * sizeof(double));
    if (items == NULL)
        return -1;
    for (HPy_ssize_t i = 0; i < ring->length; i++)
        items[i] = Ring_at(ring, i);
    free(ring->items);
    ring->items = items;
    ring->first = 0;
    return 0;
}

/* ---- creation and destruction ---- */

/* [new] */
HPyDef_SLOT(Ring_new, HPy_tp_new)
static HPy Ring_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    static const char *keywords[] = {"capacity", "on_drop", NULL};
    HPyTracker tracker;
    HPy_ssize_t capacity;
    HPy on_drop = HPy_NULL;
    if (!HPyArg_ParseKeywordsDict(ctx, &tracker, args, nargs, kw, "n|O:Ring", keywords, &capacity, &on_drop))
        return HPy_NULL;
    if (capacity < 1 || capacity > HPY_SSIZE_T_MAX / (HPy_ssize_t)sizeof(double)) {
        HPyTracker_Close(ctx, tracker);
        return HPyErr_SetString(ctx, ctx->h_ValueError, "capacity out of range");
    }

    Ring *ring;
    HPy self = HPy_New(ctx, type, &ring); /* filled with zeros */
    if (!HPy_IsNull(self)) {
        ring->capacity = capacity;
        ring->items = malloc((size_t)capacity * sizeof(double));
        if (ring->items == NULL) {
            HPy_Close(ctx, self);
            self = HPyErr_NoMemory(ctx);
        } else if (!HPy_IsNull(on_drop) && !HPy_Is(ctx, on_drop, ctx->h_None)) {
            HPyField_Store(ctx, self, &ring->on_drop, on_drop);
        }
    }
    HPyTracker_Close(ctx, tracker);
    return self;
}
/* [end] */

/* [destroy] */
HPyDef_SLOT(Ring_traverse, HPy_tp_traverse)
static int Ring_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Ring *)data)->on_drop);
    return 0;
}

HPyDef_SLOT(Ring_destroy, HPy_tp_destroy)
static void Ring_destroy_impl(void *data)
{
    free(((Ring *)data)->items);
}
/* [end] */

/* ---- methods ---- */

static int Ring_check_exports(HPyContext *ctx, const Ring *ring)
{
    if (ring->exports == 0)
        return 0;
    HPyErr_SetString(ctx, ctx->h_BufferError, "a ring cannot change while a buffer of it exists");
    return -1;
}

static int Ring_push_number(HPyContext *ctx, HPy h_self, HPy h_value)
{
    Ring *self = Ring_AsStruct(ctx, h_self);
    double item = HPyFloat_AsDouble(ctx, h_value);
    if (item == -1.0 && HPyErr_Occurred(ctx))
        return -1;
    double dropped;
    if (Ring_check_exports(ctx, self) < 0)
        return -1;
    if (!Ring_add(self, item, &dropped) || HPyField_IsNull(self->on_drop))
        return 0;

    HPy callback = HPyField_Load(ctx, h_self, self->on_drop); /* ours: the call may change self->on_drop */
    HPy h_dropped = HPyFloat_FromDouble(ctx, dropped);
    HPy result = HPy_NULL;
    if (!HPy_IsNull(callback) && !HPy_IsNull(h_dropped))
        result = HPy_Call(ctx, callback, &h_dropped, 1, HPy_NULL);
    int status = HPy_IsNull(result) ? -1 : 0;
    HPy_Close(ctx, callback);
    HPy_Close(ctx, h_dropped);
    HPy_Close(ctx, result);
    return status;
}

HPyDef_METH(Ring_push, "push", HPyFunc_O, .doc = "push($self, value, /)\n--\n\nAdd a number.")
static HPy Ring_push_impl(HPyContext *ctx, HPy self, HPy value)
{
    if (Ring_push_number(ctx, self, value) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(Ring_extend, "extend", HPyFunc_O,
            .doc = "extend($self, values, /)\n--\n\nAdd all numbers of a sequence.")
static HPy Ring_extend_impl(HPyContext *ctx, HPy self, HPy values)
{
    HPy_ssize_t count = HPy_Length(ctx, values);
    if (count < 0)
        return HPy_NULL;
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy value = HPy_GetItem_i(ctx, values, i);
        if (HPy_IsNull(value))
            return HPy_NULL;
        int status = Ring_push_number(ctx, self, value);
        HPy_Close(ctx, value);
        if (status < 0)
            return HPy_NULL;
    }
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(Ring_take, "take", HPyFunc_VARARGS,
            .doc = "take($self, count=1, /)\n--\n\nRemove the oldest items.")
static HPy Ring_take_impl(HPyContext *ctx, HPy h_self, const HPy *args, size_t nargs)
{
    Ring *self = Ring_AsStruct(ctx, h_self);
    HPy_ssize_t count = 1;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "|n:take", &count))
        return HPy_NULL;
    if (count < 0 || count > self->length)
        return HPyErr_Format(ctx, ctx->h_IndexError, "cannot take %zd of %zd items", count, self->length);
    if (Ring_check_exports(ctx, self) < 0)
        return HPy_NULL;

    HPyListBuilder builder = HPyListBuilder_New(ctx, count);
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy item = HPyFloat_FromDouble(ctx, Ring_at(self, i));
        if (HPy_IsNull(item)) {
            HPyListBuilder_Cancel(ctx, builder);
            return HPy_NULL;
        }
        HPyListBuilder_Set(ctx, builder, i, item);
        HPy_Close(ctx, item);
    }
    HPy list = HPyListBuilder_Build(ctx, builder);
    if (HPy_IsNull(list))
        return HPy_NULL;
    self->first = (self->first + count) % self->capacity;
    self->length -= count;
    self->changes++;
    return list;
}

/* ---- slots ---- */

HPyDef_SLOT(Ring_length, HPy_sq_length)
static HPy_ssize_t Ring_length_impl(HPyContext *ctx, HPy self)
{
    return Ring_AsStruct(ctx, self)->length;
}

HPyDef_SLOT(Ring_item, HPy_sq_item)
static HPy Ring_item_impl(HPyContext *ctx, HPy h_self, HPy_ssize_t index)
{
    Ring *self = Ring_AsStruct(ctx, h_self);
    if (index < 0 || index >= self->length)
        return HPyErr_SetString(ctx, ctx->h_IndexError, "ring index out of range");
    return HPyFloat_FromDouble(ctx, Ring_at(self, index));
}

HPyDef_SLOT(Ring_repr, HPy_tp_repr)
static HPy Ring_repr_impl(HPyContext *ctx, HPy h_self)
{
    Ring *self = Ring_AsStruct(ctx, h_self);
    return HPyUnicode_FromFormat(ctx, "<ringbuf.Ring of %zd, with %zd items>", self->capacity, self->length);
}

/* ---- attributes ---- */

/* [on_drop] */
HPyDef_MEMBER(Ring_capacity, "capacity", HPyMember_HPYSSIZET, offsetof(Ring, capacity), .readonly = 1,
              .doc = "how many items fit")

HPyDef_GETSET(Ring_on_drop, "on_drop", .doc = "called with what is pushed out")
static HPy Ring_on_drop_get(HPyContext *ctx, HPy self, void *closure)
{
    Ring *ring = Ring_AsStruct(ctx, self);
    (void)closure;
    if (HPyField_IsNull(ring->on_drop))
        return HPy_Dup(ctx, ctx->h_None);
    return HPyField_Load(ctx, self, ring->on_drop);
}

static int Ring_on_drop_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    (void)closure;
    if (HPy_Is(ctx, value, ctx->h_None)) /* a deleted attribute comes as HPy_NULL */
        value = HPy_NULL;
    HPyField_Store(ctx, self, &Ring_AsStruct(ctx, self)->on_drop, value);
    return 0;
}
/* [end] */

/* ---- the buffer protocol ---- */

/* [buffer] */
HPyDef_SLOT(Ring_getbuffer, HPy_bf_getbuffer)
static int Ring_getbuffer_impl(HPyContext *ctx, HPy h_self, HPy_buffer *view, int flags)
{
    static HPy_ssize_t strides[] = {sizeof(double)};
    Ring *self = Ring_AsStruct(ctx, h_self);
    (void)flags; /* writable and contiguous memory satisfies every request */
    if (Ring_straighten(self) < 0) {
        HPyErr_NoMemory(ctx);
        view->obj = HPy_NULL;
        return -1;
    }
    view->obj = HPy_Dup(ctx, h_self);
    view->buf = self->items;
    view->len = self->length * (HPy_ssize_t)sizeof(double);
    view->itemsize = sizeof(double);
    view->readonly = 0;
    view->ndim = 1;
    view->format = "d";
    view->shape = &self->length;
    view->strides = strides;
    view->suboffsets = NULL;
    view->internal = NULL;
    self->exports++;
    return 0;
}
/* [end] */

HPyDef_SLOT(Ring_releasebuffer, HPy_bf_releasebuffer)
static void Ring_releasebuffer_impl(HPyContext *ctx, HPy h_self, HPy_buffer *view)
{
    (void)view;
    Ring_AsStruct(ctx, h_self)->exports--;
}

/* ---- the iterator ---- */

/* [iterator] */
typedef struct {
    HPyField ring; /* null when all has been seen */
    HPy_ssize_t next;
    size_t changes; /* of the ring when the iteration began */
} RingIterator;

HPyType_HELPERS(RingIterator)

static HPyGlobal RingIterator_type;

HPyDef_SLOT(Ring_iter, HPy_tp_iter)
static HPy Ring_iter_impl(HPyContext *ctx, HPy h_self)
{
    HPy type = HPyGlobal_Load(ctx, RingIterator_type);
    RingIterator *iterator;
    HPy result = HPy_New(ctx, type, &iterator);
    if (!HPy_IsNull(result)) {
        HPyField_Store(ctx, result, &iterator->ring, h_self);
        iterator->changes = Ring_AsStruct(ctx, h_self)->changes;
    }
    HPy_Close(ctx, type);
    return result;
}

HPyDef_SLOT(RingIterator_next, HPy_tp_iternext)
static HPy RingIterator_next_impl(HPyContext *ctx, HPy h_self)
{
    RingIterator *self = RingIterator_AsStruct(ctx, h_self);
    if (HPyField_IsNull(self->ring))
        return HPy_NULL;
    HPy h_ring = HPyField_Load(ctx, h_self, self->ring);
    Ring *ring = Ring_AsStruct(ctx, h_ring);
    HPy result = HPy_NULL; /* without an exception: the end */
    if (ring->changes != self->changes)
        HPyErr_SetString(ctx, ctx->h_RuntimeError, "ring changed during iteration");
    else if (self->next == ring->length)
        HPyField_Store(ctx, h_self, &self->ring, HPy_NULL);
    else
        result = HPyFloat_FromDouble(ctx, Ring_at(ring, self->next++));
    HPy_Close(ctx, h_ring);
    return result;
}
/* [end] */

HPyDef_SLOT(RingIterator_iter, HPy_tp_iter)
static HPy RingIterator_iter_impl(HPyContext *ctx, HPy self)
{
    return HPy_Dup(ctx, self);
}

HPyDef_SLOT(RingIterator_traverse, HPy_tp_traverse)
static int RingIterator_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((RingIterator *)data)->ring);
    return 0;
}

/* ---- types ---- */

/* [type] */
static HPyDef *Ring_defines[] = {
    &Ring_new,      &Ring_traverse, &Ring_destroy,   &Ring_push,      &Ring_extend,
    &Ring_take,     &Ring_length,   &Ring_item,      &Ring_repr,      &Ring_iter,
    &Ring_capacity, &Ring_on_drop,  &Ring_getbuffer, &Ring_releasebuffer, NULL,
};

static HPyType_Spec Ring_spec = {
    .name = "ringbuf.Ring",
    .doc = "Ring(capacity, on_drop=None)\n--\n\nThe last numbers of a stream.",
    .basicsize = sizeof(Ring),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(Ring),
    .defines = Ring_defines,
};
/* [end] */

static HPyDef *RingIterator_defines[] = {
    &RingIterator_traverse, &RingIterator_iter, &RingIterator_next, NULL,
};

static HPyType_Spec RingIterator_spec = {
    .name = "ringbuf.RingIterator",
    .basicsize = sizeof(RingIterator),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(RingIterator),
    .defines = RingIterator_defines,
};

/* ---- the module ---- */

HPyDef_METH(smooth, "smooth", HPyFunc_KEYWORDS,
            .doc = "smooth(values, /, factor=0.5)\n--\n\nThe exponential moving average of a sequence.")
static HPy smooth_impl(HPyContext *ctx, HPy module, const HPy *args, size_t nargs, HPy kwnames)
{
    static const char *keywords[] = {"", "factor", NULL};
    HPyTracker tracker; /* owns the handles that the parser makes: here `values` */
    HPy values;
    double factor = 0.5;
    (void)module;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "O|d:smooth", keywords, &values, &factor))
        return HPy_NULL;

    HPy_ssize_t count = HPy_Length(ctx, values);
    HPy list = count < 0 ? HPy_NULL : HPyList_New(ctx, 0);
    double mean = 0;
    for (HPy_ssize_t i = 0; !HPy_IsNull(list) && i < count; i++) {
        int status = -1;
        HPy value = HPy_GetItem_i(ctx, values, i);
        double number = HPy_IsNull(value) ? -1.0 : HPyFloat_AsDouble(ctx, value);
        if (number != -1.0 || !HPyErr_Occurred(ctx)) {
            mean = i == 0 ? number : mean + factor * (number - mean);
            HPy item = HPyFloat_FromDouble(ctx, mean);
            status = HPy_IsNull(item) ? -1 : HPyList_Append(ctx, list, item);
            HPy_Close(ctx, item);
        }
        HPy_Close(ctx, value);
        if (status < 0) {
            HPy_Close(ctx, list);
            list = HPy_NULL;
        }
    }
    HPyTracker_Close(ctx, tracker);
    return list;
}

/* [module] */
HPyDef_SLOT(module_exec, HPy_mod_exec)
static int module_exec_impl(HPyContext *ctx, HPy module)
{
    HPy type = HPyType_FromSpec(ctx, &RingIterator_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &RingIterator_type, type);
    HPy_Close(ctx, type);
    return HPyHelpers_AddType(ctx, module, "Ring", &Ring_spec, NULL) ? 0 : -1;
}

static HPyDef *module_defines[] = {&smooth, &module_exec, NULL};

static HPyGlobal *module_globals[] = {&RingIterator_type, NULL};

static HPyModuleDef module_def = {
    .doc = "The last numbers of a stream.",
    .defines = module_defines,
    .globals = module_globals,
};

HPy_MODINIT(ringbuf, module_def)
/* [end] */
