/* How structs are made that keep an object alive, and put into capsules. Not to be included directly; arrow.h explains
 * it.
 */
#ifndef HPY_ARROW_PROVIDER_H
#define HPY_ARROW_PROVIDER_H

#include "hpy/arrow.h"

/* The private data of a struct. Behind it are the structs and arrays that the struct points to. */
typedef union {
    HPyClosure *_owner;
    int64_t _alignment;
} _HPyArrow_Memory;

HPyAPI_FUNC _HPyArrow_Memory *_HPyArrow_allocate(HPyContext *ctx, HPy owner, size_t size)
{
    _HPyArrow_Memory *memory = (_HPyArrow_Memory *)malloc(sizeof(_HPyArrow_Memory) + size);
    if (memory == NULL) {
        HPyErr_NoMemory(ctx);
        return NULL;
    }
    memory->_owner = _HPyClosure_keep(ctx, owner);
    if (memory->_owner == NULL) {
        free(memory);
        return NULL;
    }
    return memory;
}

HPyAPI_FUNC void _HPyArrow_free(_HPyArrow_Memory *memory)
{
    HPyClosure *owner = memory->_owner;
    free(memory);
    HPyClosure_Free(owner);
}

/* Schemas. */

HPyAPI_FUNC void _HPyArrow_release_parts_of_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++)
        HPyArrow_ReleaseSchema(schema->children[i]);
    if (schema->dictionary != NULL)
        HPyArrow_ReleaseSchema(schema->dictionary);
}

HPyAPI_FUNC void _HPyArrow_release_schema(struct ArrowSchema *schema)
{
    _HPyArrow_Memory *memory = (_HPyArrow_Memory *)schema->private_data;
    _HPyArrow_release_parts_of_schema(schema);
    schema->release = NULL;
    _HPyArrow_free(memory);
}

HPyAPI_FUNC int _HPyArrow_keep_schema(HPyContext *ctx, HPy owner, struct ArrowSchema *schema)
{
    size_t count = (size_t)schema->n_children;
    size_t parts = count + (schema->dictionary != NULL);
    schema->release = NULL;
    _HPyArrow_Memory *memory = _HPyArrow_allocate(
        ctx, owner, parts * sizeof(struct ArrowSchema) + count * sizeof(struct ArrowSchema *));
    if (memory == NULL) {
        _HPyArrow_release_parts_of_schema(schema);
        return -1;
    }
    struct ArrowSchema *part = (struct ArrowSchema *)(void *)(memory + 1);
    struct ArrowSchema **children = (struct ArrowSchema **)(void *)(part + parts);
    for (size_t i = 0; i < count; i++) {
        children[i] = part++;
        *children[i] = *schema->children[i];
        schema->children[i]->release = NULL;
    }
    schema->children = count == 0 ? NULL : children;
    if (schema->dictionary != NULL) {
        *part = *schema->dictionary;
        schema->dictionary->release = NULL;
        schema->dictionary = part;
    }
    schema->private_data = memory;
    schema->release = _HPyArrow_release_schema;
    return 0;
}

/* Arrays. */

HPyAPI_FUNC void _HPyArrow_release_parts_of_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++)
        HPyArrow_ReleaseArray(array->children[i]);
    if (array->dictionary != NULL)
        HPyArrow_ReleaseArray(array->dictionary);
}

HPyAPI_FUNC void _HPyArrow_release_array(struct ArrowArray *array)
{
    _HPyArrow_Memory *memory = (_HPyArrow_Memory *)array->private_data;
    _HPyArrow_release_parts_of_array(array);
    array->release = NULL;
    _HPyArrow_free(memory);
}

HPyAPI_FUNC int _HPyArrow_keep_array(HPyContext *ctx, HPy owner, struct ArrowArray *array)
{
    size_t count = (size_t)array->n_children;
    size_t parts = count + (array->dictionary != NULL);
    size_t n_buffers = (size_t)array->n_buffers;
    array->release = NULL;
    _HPyArrow_Memory *memory =
        _HPyArrow_allocate(ctx, owner,
                           parts * sizeof(struct ArrowArray) + count * sizeof(struct ArrowArray *) +
                               n_buffers * sizeof(void *));
    if (memory == NULL) {
        _HPyArrow_release_parts_of_array(array);
        return -1;
    }
    struct ArrowArray *part = (struct ArrowArray *)(void *)(memory + 1);
    struct ArrowArray **children = (struct ArrowArray **)(void *)(part + parts);
    const void **buffers = (const void **)(void *)(children + count);
    for (size_t i = 0; i < n_buffers; i++)
        buffers[i] = array->buffers[i];
    array->buffers = n_buffers == 0 ? NULL : buffers;
    for (size_t i = 0; i < count; i++) {
        children[i] = part++;
        *children[i] = *array->children[i];
        array->children[i]->release = NULL;
    }
    array->children = count == 0 ? NULL : children;
    if (array->dictionary != NULL) {
        *part = *array->dictionary;
        array->dictionary->release = NULL;
        array->dictionary = part;
    }
    array->private_data = memory;
    array->release = _HPyArrow_release_array;
    return 0;
}

/* Streams. Their private data. */
typedef struct {
    HPyClosure *_owner;
    HPyArrow_SchemaOf _schema_of;
    HPyArrow_NextOf _next_of;
    int64_t _index;
    const char *_error;
    /* What the call that is running is to fill; one of both is NULL. */
    struct ArrowSchema *_schema;
    struct ArrowArray *_array;
    int _status;
} _HPyArrow_Stream;

/* The function of the closure, which has found a context for the thread that reads. */
HPyAPI_FUNC void *_HPyArrow_run(HPyContext *ctx, HPy owner, void *arg)
{
    _HPyArrow_Stream *self = (_HPyArrow_Stream *)arg;
    if (self->_schema != NULL)
        self->_status = self->_schema_of(ctx, owner, self->_schema);
    else
        self->_status = self->_next_of(ctx, owner, self->_index, self->_array);
    if (self->_status < 0) {
        self->_error = "the provider raised an exception, which sys.unraisablehook has reported";
        HPyErr_WriteUnraisable(ctx, owner);
    }
    return arg;
}

/* Returns an errno. */
HPyAPI_FUNC int _HPyArrow_read(_HPyArrow_Stream *self, struct ArrowSchema *schema, struct ArrowArray *array)
{
    self->_schema = schema;
    self->_array = array;
    self->_error = NULL;
    if (HPyClosure_Call(self->_owner, self) == NULL) {
        self->_error = "the interpreter that has the data of the stream has ended, or the thread is in another one";
        return EINVAL;
    }
    return self->_status < 0 ? EIO : 0;
}

HPyAPI_FUNC int _HPyArrow_get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    memset(out, 0, sizeof(*out));
    return _HPyArrow_read((_HPyArrow_Stream *)stream->private_data, out, NULL);
}

HPyAPI_FUNC int _HPyArrow_get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    _HPyArrow_Stream *self = (_HPyArrow_Stream *)stream->private_data;
    memset(out, 0, sizeof(*out));
    int status = _HPyArrow_read(self, NULL, out);
    if (status == 0 && self->_status > 0)
        self->_index++;
    return status;
}

HPyAPI_FUNC const char *_HPyArrow_get_last_error(struct ArrowArrayStream *stream)
{
    return ((_HPyArrow_Stream *)stream->private_data)->_error;
}

HPyAPI_FUNC void _HPyArrow_release_stream(struct ArrowArrayStream *stream)
{
    _HPyArrow_Stream *self = (_HPyArrow_Stream *)stream->private_data;
    stream->release = NULL;
    HPyClosure_Free(self->_owner);
    free(self);
}

HPyAPI_FUNC int _HPyArrow_new_stream(HPyContext *ctx, HPy owner, HPyArrow_SchemaOf schema_of, HPyArrow_NextOf next_of,
                                     struct ArrowArrayStream *stream)
{
    memset(stream, 0, sizeof(*stream));
    _HPyArrow_Stream *self = (_HPyArrow_Stream *)calloc(1, sizeof(_HPyArrow_Stream));
    if (self == NULL) {
        HPyErr_NoMemory(ctx);
        return -1;
    }
    self->_owner = HPyClosure_New(ctx, _HPyArrow_run, owner);
    if (self->_owner == NULL) {
        free(self);
        return -1;
    }
    self->_schema_of = schema_of;
    self->_next_of = next_of;
    stream->private_data = self;
    stream->get_schema = _HPyArrow_get_schema;
    stream->get_next = _HPyArrow_get_next;
    stream->get_last_error = _HPyArrow_get_last_error;
    stream->release = _HPyArrow_release_stream;
    return 0;
}

/* Capsules, of copies in memory of their own. */

HPyAPI_FUNC HPy _HPyArrow_capsule(HPyContext *ctx, const void *contents, size_t size, const char *name,
                                  HPyCapsule_Destructor *dtor)
{
    void *copy = malloc(size);
    if (copy == NULL)
        return HPyErr_NoMemory(ctx);
    memcpy(copy, contents, size);
    HPy capsule = HPyCapsule_New(ctx, copy, name, dtor);
    if (HPy_IsNull(capsule))
        free(copy);
    return capsule;
}

/* A function that moves a struct into a capsule, and the destructor of such capsules. */
#define _HPyArrow_DEFINE_CAPSULE(FUNCTION, STRUCT, NAME, RELEASE) \
    HPyCapsule_DESTRUCTOR(FUNCTION##_destructor) \
    static void FUNCTION##_destructor_impl(const char *name, void *pointer, void *context) \
    { \
        (void)name, (void)context; \
        RELEASE((STRUCT *)pointer); \
        free(pointer); \
    } \
    HPyAPI_FUNC HPy FUNCTION(HPyContext *ctx, STRUCT *contents) \
    { \
        HPy capsule = _HPyArrow_capsule(ctx, contents, sizeof(*contents), NAME, &FUNCTION##_destructor); \
        if (HPy_IsNull(capsule)) \
            RELEASE(contents); \
        contents->release = NULL; \
        return capsule; \
    }
_HPyArrow_DEFINE_CAPSULE(_HPyArrow_schema_capsule, struct ArrowSchema, "arrow_schema", HPyArrow_ReleaseSchema)
_HPyArrow_DEFINE_CAPSULE(_HPyArrow_array_capsule, struct ArrowArray, "arrow_array", HPyArrow_ReleaseArray)
_HPyArrow_DEFINE_CAPSULE(_HPyArrow_stream_capsule, struct ArrowArrayStream, "arrow_array_stream",
                         HPyArrow_ReleaseStream)

#endif /* HPY_ARROW_PROVIDER_H */
