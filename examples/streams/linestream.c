#include "linestream.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

struct linestream {
    linestream_read read;
    linestream_end end;
    void *user;
    char *buffer;
    size_t start, size, capacity; /* of what was read and not yet given out */
};

linestream *linestream_open(linestream_read read, linestream_end end, void *user)
{
    linestream *stream = calloc(1, sizeof(linestream));
    if (stream != NULL) {
        stream->read = read;
        stream->end = end;
        stream->user = user;
    }
    return stream;
}

/* Reads a block behind what is there. Returns as the user's function. */
static long fill(linestream *stream)
{
    memmove(stream->buffer, stream->buffer + stream->start, stream->buffer == NULL ? 0 : stream->size);
    stream->start = 0;
    if (stream->capacity - stream->size < BLOCK) {
        size_t capacity = 2 * stream->capacity + BLOCK;
        char *buffer = realloc(stream->buffer, capacity);
        if (buffer == NULL)
            return -1;
        stream->buffer = buffer;
        stream->capacity = capacity;
    }
    long got = stream->read(stream->user, stream->buffer + stream->size, BLOCK);
    if (got > 0)
        stream->size += (size_t)got;
    return got;
}

long linestream_next(linestream *stream, const char **line)
{
    for (;;) {
        char *start = stream->buffer + stream->start;
        char *newline = stream->size == 0 ? NULL : memchr(start, '\n', stream->size);
        long got = newline != NULL ? 0 : fill(stream);
        if (got < 0)
            return -2;
        if (got > 0)
            continue;
        start = stream->buffer + stream->start;
        size_t length = newline != NULL ? (size_t)(newline - start) + 1 : stream->size;
        if (length == 0)
            return -1;
        stream->start += length;
        stream->size -= length;
        *line = start;
        return (long)length;
    }
}

void linestream_close(linestream *stream)
{
    stream->end(stream->user);
    free(stream->buffer);
    free(stream);
}
