/* The buffer protocol: giving others direct access to the memory of an object.
 *
 * A type offers it with the slots `HPy_bf_getbuffer` and `HPy_bf_releasebuffer`. Nothing here reads the
 * buffers of other objects.
 */
#ifndef HPY_BUFFER_H
#define HPY_BUFFER_H

#include "hpy/context.h"

/** What `HPy_bf_getbuffer` fills in. The members are those of CPython's `Py_buffer`, in the same order,
 *  and mean the same; only `obj` is a handle. `flags` of the slot are CPython's `PyBUF_...` numbers. */
struct _HPy_buffer_s {
    /** The start of the memory. */
    void *buf;
    /** A new handle to the object that owns the memory: it belongs to the buffer, and is closed by the
     *  engine. */
    HPy obj;
    /** Size of the memory in bytes. */
    HPy_ssize_t len;
    /** Size of one item in bytes. */
    HPy_ssize_t itemsize;
    /** 1 if the memory must not be written to, else 0. */
    int readonly;
    /** Number of dimensions. */
    int ndim;
    /** Format of an item, as in the module `struct`; NULL means unsigned bytes. */
    char *format;
    /** The length of each dimension, or NULL. */
    HPy_ssize_t *shape;
    /** The distance in bytes between items along each dimension, or NULL. */
    HPy_ssize_t *strides;
    /** For memory with pointers in between; else NULL. */
    HPy_ssize_t *suboffsets;
    /** For the use of the exporting object. */
    void *internal;
};

#endif /* HPY_BUFFER_H */
