/* A small C library, as there are many: it reads a stream line by line through functions of the user, to which it
 * passes back a pointer of the user's. It knows nothing of Python. */
#ifndef LINESTREAM_H
#define LINESTREAM_H

#include <stddef.h>

typedef struct linestream linestream;

/* Stores up to `size` bytes in `buffer`. Returns how many, 0 at the end, or -1 for an error. */
typedef long (*linestream_read)(void *user, char *buffer, size_t size);

/* Called once, by `linestream_close`. */
typedef void (*linestream_end)(void *user);

/* NULL if there is no memory. Reads nothing yet. */
linestream *linestream_open(linestream_read read, linestream_end end, void *user);

/* The next line with its newline, which is valid until the next call, and its length; -1 at the end, -2 for an error. */
long linestream_next(linestream *stream, const char **line);

void linestream_close(linestream *stream);

#endif
