/* A type with a column of integers, and functions that look at the data of others. */
#include <hpy/arrow.h>

#include <pthread.h>

/* The provider. */

typedef struct {
    int64_t length;
    int64_t *items;
    /* The bits of odd places are 0. */
    uint8_t *validity;
    int8_t *indices;
    char kind;
    int is_failing;
} Column;
HPyType_HELPERS(Column)

static HPyGlobal column_type;
static long freed;

HPyDef_SLOT(column_destroy, HPy_tp_destroy)
static void column_destroy_impl(void *data)
{
    Column *self = (Column *)data;
    free(self->items);
    free(self->validity);
    free(self->indices);
    freed++;
}

/* make(length, kind): the items are 0, 1, 2 and so on; kind is 'p'lain, with 'n'ulls, 's'truct of two such columns, or
 * 'd'ictionary. */
HPyDef_METH(make, "make", HPyFunc_VARARGS)
static HPy make_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    long length;
    const char *kind;
    Column *column;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ls", &length, &kind))
        return HPy_NULL;
    HPy type = HPyGlobal_Load(ctx, column_type);
    HPy h = HPy_New(ctx, type, &column);
    HPy_Close(ctx, type);
    if (HPy_IsNull(h))
        return HPy_NULL;
    column->length = length;
    column->kind = kind[0];
    column->is_failing = kind[0] == 'f';
    column->items = (int64_t *)malloc((size_t)length * sizeof(int64_t) + 1);
    column->validity = (uint8_t *)malloc((size_t)length / 8 + 1);
    column->indices = (int8_t *)malloc((size_t)length + 1);
    memset(column->validity, 0x55, (size_t)length / 8 + 1);
    for (long i = 0; i < length; i++) {
        column->items[i] = i;
        column->indices[i] = (int8_t)(length - 1 - i);
    }
    return h;
}

static int fail(HPyContext *ctx, Column *self)
{
    if (self->is_failing)
        HPyErr_SetString(ctx, ctx->h_ZeroDivisionError, "no data");
    return self->is_failing;
}

static int keep_field(HPyContext *ctx, HPy h, const char *format, const char *name, struct ArrowSchema *schema)
{
    memset(schema, 0, sizeof(*schema));
    schema->format = format;
    schema->name = name;
    schema->flags = ARROW_FLAG_NULLABLE;
    return HPyArrow_KeepSchema(ctx, h, schema);
}

static int schema_of(HPyContext *ctx, HPy h, struct ArrowSchema *schema)
{
    Column *self = Column_AsStruct(ctx, h);
    struct ArrowSchema parts[2], *pointers[2] = {&parts[0], &parts[1]};
    memset(parts, 0, sizeof(parts));
    memset(schema, 0, sizeof(*schema));
    if (fail(ctx, self))
        return -1;
    schema->format = self->kind == 's' ? "+s" : self->kind == 'd' ? "c" : "l";
    schema->name = "";
    schema->flags = self->kind == 's' ? 0 : ARROW_FLAG_NULLABLE;
    if (self->kind == 's') {
        if (keep_field(ctx, h, "l", "first", &parts[0]) < 0)
            return -1;
        if (keep_field(ctx, h, "l", "second", &parts[1]) < 0) {
            HPyArrow_ReleaseSchema(&parts[0]);
            return -1;
        }
        schema->n_children = 2;
        schema->children = pointers;
    } else if (self->kind == 'd') {
        if (keep_field(ctx, h, "l", "", &parts[0]) < 0)
            return -1;
        schema->dictionary = &parts[0];
    }
    return HPyArrow_KeepSchema(ctx, h, schema);
}

static int keep_items(HPyContext *ctx, HPy h, struct ArrowArray *array)
{
    Column *self = Column_AsStruct(ctx, h);
    const void *buffers[2] = {self->kind == 'n' ? self->validity : NULL, self->items};
    memset(array, 0, sizeof(*array));
    array->length = self->length;
    array->null_count = self->kind == 'n' ? self->length / 2 : 0;
    array->n_buffers = 2;
    array->buffers = buffers;
    return HPyArrow_KeepArray(ctx, h, array);
}

static int array_of(HPyContext *ctx, HPy h, struct ArrowArray *array)
{
    Column *self = Column_AsStruct(ctx, h);
    struct ArrowArray parts[2], *pointers[2] = {&parts[0], &parts[1]};
    const void *buffers[2] = {NULL, self->indices};
    memset(parts, 0, sizeof(parts));
    if (self->kind != 's' && self->kind != 'd')
        return keep_items(ctx, h, array);
    memset(array, 0, sizeof(*array));
    array->length = self->length;
    array->n_buffers = self->kind == 's' ? 1 : 2;
    array->buffers = buffers;
    if (keep_items(ctx, h, &parts[0]) < 0)
        return -1;
    if (self->kind == 's') {
        if (keep_items(ctx, h, &parts[1]) < 0) {
            HPyArrow_ReleaseArray(&parts[0]);
            return -1;
        }
        array->n_children = 2;
        array->children = pointers;
    } else {
        array->dictionary = &parts[0];
    }
    return HPyArrow_KeepArray(ctx, h, array);
}

/* The column three times. One that is failing fails at the second. */
static int next_of(HPyContext *ctx, HPy h, int64_t index, struct ArrowArray *array)
{
    Column *self = Column_AsStruct(ctx, h);
    if (index == 1 && self->kind == 'l') {
        HPyErr_SetString(ctx, ctx->h_ZeroDivisionError, "no more data");
        return -1;
    }
    if (index == 3)
        return 0;
    return array_of(ctx, h, array) < 0 ? -1 : 1;
}

HPyDef_METH(column_schema, "__arrow_c_schema__", HPyFunc_NOARGS)
static HPy column_schema_impl(HPyContext *ctx, HPy self)
{
    struct ArrowSchema schema;
    return schema_of(ctx, self, &schema) < 0 ? HPy_NULL : HPyArrow_FromSchema(ctx, &schema);
}

HPyDef_METH(column_array, "__arrow_c_array__", HPyFunc_KEYWORDS)
static HPy column_array_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    if (schema_of(ctx, self, &schema) < 0)
        return HPy_NULL;
    if (array_of(ctx, self, &array) < 0) {
        HPyArrow_ReleaseSchema(&schema);
        return HPy_NULL;
    }
    return HPyArrow_FromArray(ctx, &schema, &array);
}

HPyDef_METH(column_stream, "__arrow_c_stream__", HPyFunc_KEYWORDS)
static HPy column_stream_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    struct ArrowArrayStream stream;
    if (HPyArrow_NewStream(ctx, self, schema_of, next_of, &stream) < 0)
        return HPy_NULL;
    return HPyArrow_FromStream(ctx, &stream);
}

HPyDef_METH(address, "address", HPyFunc_O)
static HPy address_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPyLong_FromSize_t(ctx, (size_t)Column_AsStruct(ctx, arg)->items);
}

HPyDef_METH(get_freed, "get_freed", HPyFunc_NOARGS)
static HPy get_freed_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, freed);
}

/* The consumer. */

static HPy show(HPyContext *ctx, const struct ArrowSchema *schema, const struct ArrowArray *array)
{
    const void *last = array->n_buffers == 0 ? NULL : array->buffers[array->n_buffers - 1];
    return HPy_BuildValue(ctx, "(ssLLLiL)", schema->format, schema->name == NULL ? "" : schema->name,
                          (long long)array->length, (long long)array->null_count, (long long)array->offset,
                          (int)array->n_buffers, (long long)(intptr_t)last);
}

/* look(object, requested schema or None) */
HPyDef_METH(look, "look", HPyFunc_VARARGS)
static HPy look_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    HPy requested = HPy_Is(ctx, args[1], ctx->h_None) ? HPy_NULL : args[1];
    HPy result = HPy_NULL;
    if (HPyArrow_GetArray(ctx, args[0], requested, &schema, &array) >= 0)
        result = show(ctx, &schema, &array);
    /* Nothing happens where nothing was given. */
    HPyArrow_ReleaseSchema(&schema);
    HPyArrow_ReleaseArray(&array);
    HPyArrow_ReleaseArray(&array);
    return result;
}

/* look_at_schema(object): format, name and formats of the children */
HPyDef_METH(look_at_schema, "look_at_schema", HPyFunc_O)
static HPy look_at_schema_impl(HPyContext *ctx, HPy self, HPy arg)
{
    struct ArrowSchema schema;
    char children[64] = "";
    if (HPyArrow_GetSchema(ctx, arg, &schema) < 0) {
        HPyArrow_ReleaseSchema(&schema);
        return HPy_NULL;
    }
    for (int64_t i = 0; i < schema.n_children && i < 8; i++)
        strncat(children, schema.children[i]->format, 4);
    HPy result = HPy_BuildValue(ctx, "(sss)", schema.format, schema.name, children);
    HPyArrow_ReleaseSchema(&schema);
    return result;
}

/* read(object): what each array of a stream shows; an errno and a text at last. */
HPyDef_METH(read_stream, "read", HPyFunc_O)
static HPy read_stream_impl(HPyContext *ctx, HPy self, HPy arg)
{
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray array;
    if (HPyArrow_GetStream(ctx, arg, HPy_NULL, &stream) < 0) {
        HPyArrow_ReleaseStream(&stream);
        return HPy_NULL;
    }
    HPy result = HPyList_New(ctx, 0);
    int error = stream.get_schema(&stream, &schema);
    while (error == 0) {
        HPy_BEGIN_LEAVE_PYTHON(ctx)
        error = stream.get_next(&stream, &array);
        HPy_END_LEAVE_PYTHON(ctx)
        if (error != 0 || array.release == NULL)
            break;
        HPy shown = show(ctx, &schema, &array);
        HPyList_Append(ctx, result, shown);
        HPy_Close(ctx, shown);
        HPyArrow_ReleaseArray(&array);
    }
    const char *text = error == 0 ? "" : stream.get_last_error(&stream);
    HPy end = HPy_BuildValue(ctx, "(is)", error, text == NULL ? "" : text);
    HPyList_Append(ctx, result, end);
    HPy_Close(ctx, end);
    HPyArrow_ReleaseSchema(&schema);
    HPyArrow_ReleaseStream(&stream);
    return result;
}

static struct ArrowArray held;

HPyDef_METH(hold, "hold", HPyFunc_O)
static HPy hold_impl(HPyContext *ctx, HPy self, HPy arg)
{
    struct ArrowSchema schema;
    if (HPyArrow_GetArray(ctx, arg, HPy_NULL, &schema, &held) < 0)
        return HPy_NULL;
    HPyArrow_ReleaseSchema(&schema);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(sum_of_held, "sum_of_held", HPyFunc_NOARGS)
static HPy sum_of_held_impl(HPyContext *ctx, HPy self)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < held.length; i++)
        sum += ((const int64_t *)held.buffers[1])[held.offset + i];
    return HPyLong_FromInt64_t(ctx, sum);
}

static void *release_it(void *ignored)
{
    HPyArrow_ReleaseArray(&held);
    return ignored;
}

/* release_held(in another thread) */
HPyDef_METH(release_held, "release_held", HPyFunc_O)
static HPy release_held_impl(HPyContext *ctx, HPy self, HPy arg)
{
    if (!HPy_IsTrue(ctx, arg)) {
        HPyArrow_ReleaseArray(&held);
        return HPy_Dup(ctx, ctx->h_None);
    }
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    pthread_t thread;
    if (pthread_create(&thread, NULL, release_it, NULL) == 0)
        pthread_join(thread, NULL);
    HPy_END_LEAVE_PYTHON(ctx)
    return HPy_Dup(ctx, ctx->h_None);
}

/* The module. */

static HPyDef *column_defines[] = {&column_destroy, &column_schema, &column_array, &column_stream, NULL};
static HPyType_Spec column_spec = {
    .name = "mod.Column",
    .basicsize = sizeof(Column),
    .builtin_shape = SHAPE(Column),
    .defines = column_defines,
};

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    HPy type = HPyType_FromSpec(ctx, &column_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &column_type, type);
    int status = HPy_SetAttr_s(ctx, module, "Column", type);
    HPy_Close(ctx, type);
    return status;
}
