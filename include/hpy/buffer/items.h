/* Parts of buffer.h: the items of a view, wherever they lie, and numbers among them. */
#ifndef HPY_BUFFER_ITEMS_H
#define HPY_BUFFER_ITEMS_H

#include <string.h>

/* CPython has no views of more dimensions. */
#define _HPyBuffer_MAX_NDIM 64

/* The item at `indices`. */
HPyAPI_FUNC char *_HPyBuffer_item(const HPy_buffer *view, const HPy_ssize_t *indices)
{
    char *item = (char *)view->buf;
    if (view->strides == NULL) {
        HPy_ssize_t number = 0;
        for (int i = 0; i < view->ndim; i++)
            number = view->shape == NULL ? indices[i] : number * view->shape[i] + indices[i];
        return item + number * view->itemsize;
    }
    for (int i = 0; i < view->ndim; i++) {
        item += indices[i] * view->strides[i];
        if (view->suboffsets != NULL && view->suboffsets[i] >= 0)
            item = *(char **)(void *)item + view->suboffsets[i];
    }
    return item;
}

/* Whether the items along a dimension lie at equal distances, which it stores. */
HPyAPI_FUNC int _HPyBuffer_has_stride(const HPy_buffer *view, int dimension, HPy_ssize_t *stride)
{
    if (view->strides != NULL)
        *stride = view->strides[dimension];
    else
        *stride = view->itemsize;
    return view->suboffsets == NULL || view->suboffsets[dimension] < 0;
}

/* Goes on to the next indices, of which the last varies fastest and stays below `shape`; 0 at the end. */
HPyAPI_FUNC int _HPyBuffer_advance(HPy_ssize_t *indices, const HPy_ssize_t *shape, int ndim)
{
    for (int i = ndim - 1; i >= 0; i--) {
        if (++indices[i] < shape[i])
            return 1;
        indices[i] = 0;
    }
    return 0;
}

/* Copies the items of a view to another of the same shape and size of items. */
HPyAPI_FUNC void _HPyBuffer_copy_items(const HPy_buffer *to, const HPy_buffer *from)
{
    HPy_ssize_t indices[_HPyBuffer_MAX_NDIM] = {0};
    HPy_ssize_t to_stride, from_stride;
    int last = from->ndim - 1;
    size_t size = (size_t)from->itemsize;
    if (from->len == 0)
        return;
    if (last < 0 || from->shape == NULL || to->shape == NULL) {
        memmove(to->buf, from->buf, (size_t)from->len);
        return;
    }
    int is_even = _HPyBuffer_has_stride(to, last, &to_stride) & _HPyBuffer_has_stride(from, last, &from_stride);
    do {
        char *target = _HPyBuffer_item(to, indices);
        char *source = _HPyBuffer_item(from, indices);
        memmove(target, source, size);
        for (HPy_ssize_t i = 1; is_even && i < from->shape[last]; i++)
            memmove(target + i * to_stride, source + i * from_stride, size);
        if (is_even)
            indices[last] = from->shape[last] - 1;
    } while (_HPyBuffer_advance(indices, from->shape, from->ndim));
}

/* A view of memory with the shape of another one, whose items follow each other in `order`. */
HPyAPI_FUNC HPy_buffer _HPyBuffer_contiguous(const HPy_buffer *like, void *memory, char order, HPy_ssize_t *strides)
{
    HPy_buffer view = *like;
    HPy_ssize_t stride = like->itemsize;
    for (int i = 0; i < like->ndim && like->shape != NULL; i++) {
        int dimension = order == 'F' ? i : like->ndim - 1 - i;
        strides[dimension] = stride;
        stride *= like->shape[dimension];
    }
    view.buf = memory;
    view.strides = like->shape == NULL ? NULL : strides;
    view.suboffsets = NULL;
    return view;
}

/* Kinds of numbers in C. */
typedef enum {
    _HPyNumber_NONE,
    _HPyNumber_INT8,
    _HPyNumber_UINT8,
    _HPyNumber_INT16,
    _HPyNumber_UINT16,
    _HPyNumber_INT32,
    _HPyNumber_UINT32,
    _HPyNumber_INT64,
    _HPyNumber_UINT64,
    _HPyNumber_FLOAT,
    _HPyNumber_DOUBLE,
} _HPyNumber;

HPyAPI_FUNC _HPyNumber _HPyNumber_of_size(size_t size, int is_signed)
{
    switch (size) {
    case 1: return is_signed ? _HPyNumber_INT8 : _HPyNumber_UINT8;
    case 2: return is_signed ? _HPyNumber_INT16 : _HPyNumber_UINT16;
    case 4: return is_signed ? _HPyNumber_INT32 : _HPyNumber_UINT32;
    case 8: return is_signed ? _HPyNumber_INT64 : _HPyNumber_UINT64;
    default: return _HPyNumber_NONE;
    }
}

/* What the items of a view are, by its format; none for what is not one number in the byte order of the machine. */
HPyAPI_FUNC _HPyNumber _HPyBuffer_number(const HPy_buffer *view)
{
    const uint16_t probe = 1;
    const char own_order = *(const unsigned char *)&probe ? '<' : '>';
    const char *format = view->format == NULL ? "B" : view->format;
    int is_native = 1;
    size_t size;
    _HPyNumber number;
    if (*format == '=' || *format == own_order || (*format == '!' && own_order == '>')) {
        is_native = 0;
        format++;
    }
    else if (*format == '@')
        format++;
    switch (*format) {
    case 'b': case 'B': size = 1; break;
    case 'h': case 'H': size = 2; break;
    case 'i': case 'I': size = 4; break;
    case 'l': case 'L': size = is_native ? sizeof(long) : 4; break;
    case 'q': case 'Q': size = 8; break;
    case 'n': case 'N': size = is_native ? sizeof(size_t) : 0; break;
    case 'f': size = 4; break;
    case 'd': size = 8; break;
    default: return _HPyNumber_NONE;
    }
    if (format[1] != '\0' || (size_t)view->itemsize != size)
        return _HPyNumber_NONE;
    if (*format == 'f')
        number = _HPyNumber_FLOAT;
    else if (*format == 'd')
        number = _HPyNumber_DOUBLE;
    else
        number = _HPyNumber_of_size(size, *format >= 'a');
    return number;
}

/* Stores the number at `item`, which need not be aligned; 0 if it does not fit. */
HPyAPI_FUNC int _HPyNumber_as_int64(_HPyNumber number, const void *item, void *value)
{
    int64_t *result = (int64_t *)value;
    uint64_t natural;
#define _HPy_LOAD(type) \
    do { \
        type loaded; \
        memcpy(&loaded, item, sizeof(loaded)); \
        *result = loaded; \
    } while (0)
    switch (number) {
    case _HPyNumber_INT8: _HPy_LOAD(int8_t); return 1;
    case _HPyNumber_UINT8: _HPy_LOAD(uint8_t); return 1;
    case _HPyNumber_INT16: _HPy_LOAD(int16_t); return 1;
    case _HPyNumber_UINT16: _HPy_LOAD(uint16_t); return 1;
    case _HPyNumber_INT32: _HPy_LOAD(int32_t); return 1;
    case _HPyNumber_UINT32: _HPy_LOAD(uint32_t); return 1;
    case _HPyNumber_INT64: _HPy_LOAD(int64_t); return 1;
    case _HPyNumber_UINT64:
        memcpy(&natural, item, sizeof(natural));
        if (natural > INT64_MAX)
            return 0;
        *result = (int64_t)natural;
        return 1;
    default: return 0;
    }
#undef _HPy_LOAD
}

/* The same as a double, which always fits. */
HPyAPI_FUNC int _HPyNumber_as_double(_HPyNumber number, const void *item, void *value)
{
    double *result = (double *)value;
    float single;
    uint64_t natural;
    int64_t integer;
    switch (number) {
    case _HPyNumber_DOUBLE: memcpy(result, item, sizeof(*result)); return 1;
    case _HPyNumber_FLOAT: memcpy(&single, item, sizeof(single)); *result = single; return 1;
    case _HPyNumber_UINT64: memcpy(&natural, item, sizeof(natural)); *result = (double)natural; return 1;
    default:
        if (!_HPyNumber_as_int64(number, item, &integer))
            return 0;
        *result = (double)integer;
        return 1;
    }
}

typedef int (*_HPyNumber_Store)(_HPyNumber number, const void *item, void *value);

/* Stores the numbers of a view from the one with this number on, in arrays of 8 bytes for each; inlined, so that `store` is
 * a constant. */
HPyAPI_FUNC HPy_ssize_t _HPyBuffer_numbers(HPyContext *ctx, const HPy_buffer *view, HPy_ssize_t start, HPy_ssize_t count,
                                           void *values, _HPyNumber_Store store)
{
    HPy_ssize_t indices[_HPyBuffer_MAX_NDIM] = {0};
    HPy_ssize_t length, rest, stride, stored;
    _HPyNumber number = view == NULL || values == NULL ? _HPyNumber_NONE : _HPyBuffer_number(view);
    if (start < 0 || count < 0) {
        HPyErr_SetString(ctx, ctx->h_ValueError, "start and count must not be negative");
        return -1;
    }
    if (number == _HPyNumber_NONE || (store == _HPyNumber_as_int64 && number >= _HPyNumber_FLOAT) ||
        view->ndim > _HPyBuffer_MAX_NDIM) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "the items of the view are no such numbers");
        return -1;
    }
    length = view->len / view->itemsize;
    if (start >= length)
        return 0;
    if (count > length - start)
        count = length - start;
    if (view->ndim <= 1 || view->shape == NULL) {
        if (view->ndim < 1 || view->shape == NULL)
            stride = view->itemsize;
        else if (!_HPyBuffer_has_stride(view, 0, &stride))
            stride = 0;
        if (stride != 0 || length == 1) {
            const char *first = (const char *)view->buf + start * stride;
            for (stored = 0; stored < count; stored++)
                if (!store(number, first + stored * stride, (int64_t *)values + stored))
                    break;
            return stored;
        }
    }
    rest = start;
    for (int i = view->ndim - 1; i >= 0; i--) {
        indices[i] = rest % view->shape[i];
        rest /= view->shape[i];
    }
    for (stored = 0; stored < count; stored++) {
        if (!store(number, _HPyBuffer_item(view, indices), (int64_t *)values + stored))
            break;
        _HPyBuffer_advance(indices, view->shape, view->ndim);
    }
    return stored;
}

#endif /* HPY_BUFFER_ITEMS_H */
