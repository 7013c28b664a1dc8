/* Arrays of numbers in plain C, which both extensions make a Python type of. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    double *items;
    intptr_t size, capacity;
    char unit[16];
} Numbers;

typedef enum { OK, NO_MEMORY, BAD_INDEX, BAD_VALUE } Status;
typedef enum { ASCENDING, DESCENDING } Order;
typedef enum { NORM_1, NORM_2, NORM_MAX } Norm;

static Status numbers_reserve(Numbers *v, intptr_t capacity)
{
    if (capacity <= v->capacity)
        return OK;
    if (capacity > INTPTR_MAX / 16)
        return NO_MEMORY;
    capacity += capacity / 2 + 4;
    double *items = (double *)realloc(v->items, (size_t)capacity * sizeof(double));
    if (items == NULL)
        return NO_MEMORY;
    v->items = items;
    v->capacity = capacity;
    return OK;
}

static Status numbers_init(Numbers *v, intptr_t size, double x)
{
    if (size < 0)
        return BAD_VALUE;
    if (numbers_reserve(v, size) != OK)
        return NO_MEMORY;
    for (v->size = 0; v->size < size; v->size++)
        v->items[v->size] = x;
    return OK;
}

static void numbers_free(Numbers *v)
{
    free(v->items);
}

static double *numbers_at(Numbers *v, intptr_t index)
{
    if (index < 0)
        index += v->size;
    return index < 0 || index >= v->size ? NULL : &v->items[index];
}

static Status numbers_set(Numbers *v, intptr_t index, double x)
{
    double *place = numbers_at(v, index);
    if (place == NULL)
        return BAD_INDEX;
    *place = x;
    return OK;
}

static intptr_t numbers_size(const Numbers *v)
{
    return v->size;
}

/* Limits the indices as slices do. */
static void numbers_range(const Numbers *v, intptr_t *start, intptr_t *stop)
{
    for (intptr_t **index = (intptr_t *[]){start, stop, NULL}; *index != NULL; index++) {
        if (**index < 0)
            **index = **index + v->size < 0 ? 0 : **index + v->size;
        if (**index > v->size)
            **index = v->size;
    }
}

static Status numbers_insert(Numbers *v, intptr_t index, double x)
{
    if (index < 0)
        index = index + v->size < 0 ? 0 : index + v->size;
    if (index > v->size)
        index = v->size;
    if (numbers_reserve(v, v->size + 1) != OK)
        return NO_MEMORY;
    memmove(v->items + index + 1, v->items + index, (size_t)(v->size - index) * sizeof(double));
    v->items[index] = x;
    v->size++;
    return OK;
}

static Status numbers_append(Numbers *v, double x)
{
    return numbers_insert(v, v->size, x);
}

static Status numbers_extend(Numbers *v, const Numbers *other)
{
    intptr_t size = other->size;
    if (numbers_reserve(v, v->size + size) != OK)
        return NO_MEMORY;
    memcpy(v->items + v->size, other->items, (size_t)size * sizeof(double));
    v->size += size;
    return OK;
}

static Status numbers_pop(Numbers *v, intptr_t index, double *x)
{
    double *place = numbers_at(v, index);
    if (place == NULL)
        return BAD_INDEX;
    *x = *place;
    memmove(place, place + 1, (size_t)(v->items + v->size - place - 1) * sizeof(double));
    v->size--;
    return OK;
}

static intptr_t numbers_index(const Numbers *v, double x, intptr_t start, intptr_t stop)
{
    numbers_range(v, &start, &stop);
    for (; start < stop; start++)
        if (v->items[start] == x)
            return start;
    return -1;
}

static intptr_t numbers_count(const Numbers *v, double x)
{
    intptr_t count = 0;
    for (intptr_t i = 0; i < v->size; i++)
        count += v->items[i] == x;
    return count;
}

static void numbers_fill(Numbers *v, double x, intptr_t start, intptr_t stop)
{
    numbers_range(v, &start, &stop);
    for (; start < stop; start++)
        v->items[start] = x;
}

static void numbers_reverse(Numbers *v)
{
    for (intptr_t i = 0, j = v->size - 1; i < j; i++, j--) {
        double x = v->items[i];
        v->items[i] = v->items[j];
        v->items[j] = x;
    }
}

static int numbers_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void numbers_sort(Numbers *v, Order order)
{
    if (v->size > 0)
        qsort(v->items, (size_t)v->size, sizeof(double), numbers_compare);
    if (order == DESCENDING)
        numbers_reverse(v);
}

static double numbers_sum(const Numbers *v, double sum)
{
    for (intptr_t i = 0; i < v->size; i++)
        sum += v->items[i];
    return sum;
}

static double numbers_dot(const Numbers *v, const Numbers *other)
{
    double sum = 0;
    for (intptr_t i = 0; i < v->size; i++)
        sum += v->items[i] * other->items[i];
    return sum;
}

static double numbers_norm(const Numbers *v, Norm kind)
{
    double norm = 0;
    if (kind == NORM_2)
        return sqrt(numbers_dot(v, v));
    for (intptr_t i = 0; i < v->size; i++)
        norm = kind == NORM_1 ? norm + fabs(v->items[i]) : fmax(norm, fabs(v->items[i]));
    return norm;
}

static void numbers_scale(Numbers *v, double factor, double offset)
{
    for (intptr_t i = 0; i < v->size; i++)
        v->items[i] = v->items[i] * factor + offset;
}

static Status numbers_add(Numbers *v, const Numbers *other, double weight)
{
    if (v->size != other->size)
        return BAD_VALUE;
    for (intptr_t i = 0; i < v->size; i++)
        v->items[i] += weight * other->items[i];
    return OK;
}

static void numbers_clip(Numbers *v, double low, double high)
{
    for (intptr_t i = 0; i < v->size; i++)
        v->items[i] = fmin(fmax(v->items[i], low), high);
}

static Status numbers_slice(Numbers *part, const Numbers *v, intptr_t start, intptr_t stop)
{
    numbers_range(v, &start, &stop);
    if (numbers_init(part, stop > start ? stop - start : 0, 0) != OK)
        return NO_MEMORY;
    memcpy(part->items, v->items + start, (size_t)part->size * sizeof(double));
    strcpy(part->unit, v->unit);
    return OK;
}

static int numbers_close(const Numbers *v, const Numbers *other, double rel_tol, double abs_tol)
{
    if (v->size != other->size)
        return 0;
    for (intptr_t i = 0; i < v->size; i++) {
        double a = v->items[i], b = other->items[i];
        if (fabs(a - b) > fmax(rel_tol * fmax(fabs(a), fabs(b)), abs_tol))
            return 0;
    }
    return 1;
}

static const char *numbers_unit(const Numbers *v)
{
    return v->unit;
}

static Status numbers_set_unit(Numbers *v, const char *unit)
{
    if (strlen(unit) >= sizeof(v->unit))
        return BAD_VALUE;
    strcpy(v->unit, unit);
    return OK;
}

#endif /* NUMBERS_H */
