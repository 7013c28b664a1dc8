/* The buffer protocol: giving other code direct access to the memory of an object.
 *
 * A type supports it with the slots `HPy_bf_getbuffer` and `HPy_bf_releasebuffer`. There are no functions to read the
 * buffers of other objects.
 */
#ifndef HPY_BUFFER_H
#define HPY_BUFFER_H

#include "hpy/context.h"

/** What `HPy_bf_getbuffer` fills in. The members have the names, order and meaning of those of CPython's `Py_buffer`,
 *  except that `obj` is a handle. The `flags` of the slot are CPython's `PyBUF_...` numbers. */
struct _HPy_buffer_s {
    /** The start of the memory. */
    void *buf;
    /** A new handle to the object that owns the memory. It belongs to the buffer, and the engine closes it. */
    HPy obj;
    /** Size of the memory in bytes. */
    HPy_ssize_t len;
    /** Size of one item in bytes. */
    HPy_ssize_t itemsize;
    /** 1 if the memory must not be written to, otherwise 0. */
    int readonly;
    /** Number of dimensions. */
    int ndim;
    /** Format of an item, as in the module `struct`; NULL means unsigned bytes. */
    char *format;
    /** The length of each dimension, or NULL. */
    HPy_ssize_t *shape;
    /** The distance in bytes between items along each dimension, or NULL. */
    HPy_ssize_t *strides;
    /** Offsets to follow pointers within the memory, or NULL. */
    HPy_ssize_t *suboffsets;
    /** For the use of the exporting object. */
    void *internal;
};

#endif /* HPY_BUFFER_H */
