/* Callbacks of a C library that come later than the call that set them up, and from where there is no context: the read
 * function when the next line is wanted, the end function when the object dies.
 *
 *   streams.Lines(file) -> an iterator over the lines of a binary Python file, which it closes when it is destroyed
 *
 * The context of `__init__` must not be kept for them. What the library keeps, as its `void *`, is a closure: with a
 * context for each call, and the Python file.
 */
#include <hpy.h>
#include <string.h>

#include "linestream.h"

typedef struct {
    linestream *stream;
    HPyClosure *closure; /* with the file; the stream has the same pointer */
} Lines;

HPyType_HELPERS(Lines)

/* What a callback wants, and what comes of it. */
typedef struct {
    enum { READ, CLOSE } operation;
    char *buffer;
    size_t size;
    long result;
} Request;

static long read_file(HPyContext *ctx, HPy file, char *buffer, size_t size)
{
    HPy bytes = HPy_NULL, name = HPyUnicode_FromString(ctx, "read");
    HPy args[] = {file, HPyLong_FromSize_t(ctx, size)};
    if (!HPy_IsNull(name) && !HPy_IsNull(args[1]))
        bytes = HPy_CallMethod(ctx, name, args, 2, HPy_NULL);
    HPy_Close(ctx, name);
    HPy_Close(ctx, args[1]);
    if (HPy_IsNull(bytes))
        return -1;
    long got = -1;
    if (!HPyBytes_Check(ctx, bytes))
        HPyErr_SetString(ctx, ctx->h_TypeError, "the file must be a binary one");
    else if ((size_t)HPyBytes_Size(ctx, bytes) > size)
        HPyErr_SetString(ctx, ctx->h_ValueError, "read() returned more bytes than were asked for");
    else {
        got = (long)HPyBytes_Size(ctx, bytes);
        memcpy(buffer, HPyBytes_AsString(ctx, bytes), (size_t)got);
    }
    HPy_Close(ctx, bytes);
    return got;
}

/* Nobody can be told of an exception, since the object dies. One that is set already is none of this function's. */
static void close_file(HPyContext *ctx, HPy file)
{
    HPy name = HPyUnicode_FromString(ctx, "close");
    HPy result = HPy_IsNull(name) ? HPy_NULL : HPy_CallMethod(ctx, name, &file, 1, HPy_NULL);
    if (HPy_IsNull(result))
        HPyErr_WriteUnraisable(ctx, file);
    HPy_Close(ctx, result);
    HPy_Close(ctx, name);
}

/* What the closure calls. */
static void *serve(HPyContext *ctx, HPy file, void *data)
{
    Request *request = data;
    if (request->operation == READ)
        request->result = read_file(ctx, file, request->buffer, request->size);
    else
        close_file(ctx, file);
    return NULL;
}

/* What the library calls. Where the closure can't be called, after the end of Python, reading fails. */

static long on_read(void *closure, char *buffer, size_t size)
{
    Request request = {READ, buffer, size, -1};
    HPyClosure_Call((HPyClosure *)closure, &request);
    return request.result;
}

static void on_end(void *closure)
{
    Request request = {CLOSE, NULL, 0, 0};
    HPyClosure_Call((HPyClosure *)closure, &request);
}

HPyDef_SLOT(Lines_new, HPy_tp_new)
static HPy Lines_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    (void)kw;
    HPy file;
    if (!HPyArg_Parse(ctx, NULL, args, (size_t)nargs, "O:Lines", &file))
        return HPy_NULL;
    Lines *lines;
    HPy self = HPy_New(ctx, type, &lines);
    if (HPy_IsNull(self))
        return HPy_NULL;
    lines->closure = HPyClosure_New(ctx, serve, file);
    if (lines->closure != NULL) {
        lines->stream = linestream_open(on_read, on_end, lines->closure);
        if (lines->stream != NULL)
            return self;
        HPyErr_NoMemory(ctx);
    }
    HPy_Close(ctx, self);
    return HPy_NULL;
}

HPyDef_SLOT(Lines_iter, HPy_tp_iter)
static HPy Lines_iter_impl(HPyContext *ctx, HPy self)
{
    return HPy_Dup(ctx, self);
}

HPyDef_SLOT(Lines_next, HPy_tp_iternext)
static HPy Lines_next_impl(HPyContext *ctx, HPy self)
{
    const char *line;
    long length = linestream_next(Lines_AsStruct(ctx, self)->stream, &line);
    if (length == -2 && !HPyErr_Occurred(ctx))
        return HPyErr_NoMemory(ctx);
    return length < 0 ? HPy_NULL : HPyBytes_FromStringAndSize(ctx, line, length);
}

/* The collector sees the file through the closure. */
HPyDef_SLOT(Lines_traverse, HPy_tp_traverse)
static int Lines_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPyClosure_VISIT(((Lines *)self)->closure);
    return 0;
}

/* Runs before the collector takes the file away: this one may call Python. */
HPyDef_SLOT(Lines_finalize, HPy_tp_finalize)
static void Lines_finalize_impl(HPyContext *ctx, HPy self)
{
    Lines *lines = Lines_AsStruct(ctx, self);
    if (lines->stream != NULL)
        linestream_close(lines->stream);
    lines->stream = NULL;
}

HPyDef_SLOT(Lines_destroy, HPy_tp_destroy)
static void Lines_destroy_impl(void *data)
{
    Lines *lines = data;
    if (lines->stream != NULL)
        linestream_close(lines->stream);
    HPyClosure_Free(lines->closure);
}

static HPyDef *Lines_defines[] = {
    &Lines_new, &Lines_iter, &Lines_next, &Lines_traverse, &Lines_finalize, &Lines_destroy, NULL,
};

static HPyType_Spec Lines_spec = {
    .name = "streams.Lines",
    .basicsize = sizeof(Lines),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(Lines),
    .defines = Lines_defines,
};

HPyDef_SLOT(streams_exec, HPy_mod_exec)
static int streams_exec_impl(HPyContext *ctx, HPy module)
{
    return HPyHelpers_AddType(ctx, module, "Lines", &Lines_spec, NULL) ? 0 : -1;
}

static HPyDef *defines[] = {&streams_exec, NULL};

static HPyModuleDef streams = {
    .doc = "Lines of files, read by a C library.",
    .defines = defines,
};

HPy_MODINIT(streams, streams)
