/* Closures: functions that get a context and an object of their own, wherever they are called from.
 *
 * A C library that calls back passes on one pointer, which it was given with the function. Let it be a closure:
 *
 *     static void *on_event(HPyContext *ctx, HPy captured, void *event)
 *     {
 *         ... // `captured` is the object that the closure was made with
 *     }
 *
 *     self->closure = HPyClosure_New(ctx, on_event, listener);
 *     library_connect(source, library_callback, self->closure);
 *
 *     static void library_callback(struct event *event, void *user_data)
 *     {
 *         HPyClosure_Call((HPyClosure *)user_data, event);
 *     }
 *
 * A closure can be called by any thread, whenever `HPyVM_OpenContext` gives a context; see vm.h for what happens
 * otherwise, and for how a thread gets into Python. It belongs to the interpreter that it was made in.
 *
 * What a closure captures lives as long as the closure. Where the closure in turn belongs to an object, let the traverse
 * function of that visit it with `HPyClosure_VISIT`, and its destroy function free it: then the garbage collector finds
 * cycles through closures.
 *
 * A closure that was freed is recognized, also when another one has its place: until 64 more have been made in that place,
 * and each place rests for the next 1024 that are freed.
 */
#ifndef HPY_CLOSURE_H
#define HPY_CLOSURE_H

#include "hpy/vm.h"

/**
 * Makes a closure, which is to be freed by `HPyClosure_Free`. The handle remains the caller's.
 *
 * `function` has to be there as long as the closure is called.
 */
HPy_ID(278, since=0.1, python=yes, error=NULL)
HPyAPI_FUNC HPyClosure *HPyClosure_New(HPyContext *ctx, HPy_KEPT HPyFunc_closure function, HPy captured);

/* What an engine does with closures that this header cannot do alone. Outlives the interpreter. */
struct _HPyClosure_Record_s;
typedef HPyVM_Status (*_HPyClosure_call)(HPyClosure *closure, void *arg, void **result);
typedef void (*_HPyClosure_free)(HPyClosure *closure);
typedef void (*_HPyClosure_finish)(struct _HPyClosure_Record_s *record);
typedef struct {
    /* Of engines whose threads are alone with an interpreter while they are inside, and whose fields are handles. */
    _HPyVM_Inside _inside;
    _HPyClosure_call _call;
    _HPyClosure_free _free;
    /* The last call has returned of a closure that was freed meanwhile. */
    _HPyClosure_finish _finish;
} _HPyClosure_Functions;

/* The memory of a closure, which is never given back, but used again. It is aligned to its size. The pointer to a closure
 * is that to its record and, in the bits below, how often the record was used again. */
typedef struct _HPyClosure_Record_s {
    /* The closure as long as it is alive; anything below 64 then. */
    uintptr_t _alive;
    HPyField _captured;
    /* How many calls have not returned; negative once the closure was freed. */
    intptr_t _running;
    HPyContext *_context;
    HPyFunc_closure _function;
    const _HPyClosure_Functions *_functions;
    /* The engine's. */
    uint64_t _interpreter;
    uint64_t _reserved;
} _HPyClosure_Record;

#if HPY_TARGET_ABI_VERSION >= 0x00000001

HPyAPI_FUNC _HPyClosure_Record *_HPyClosure_record(HPyClosure *closure)
{
    return (_HPyClosure_Record *)((uintptr_t)closure & ~(uintptr_t)63);
}

HPyAPI_FUNC int _HPyClosure_is_alive(HPyClosure *closure)
{
    return closure != NULL && _HPyClosure_record(closure)->_alive == (uintptr_t)closure;
}

/* Whether it can be called right here. */
HPyAPI_FUNC int _HPyClosure_is_ready(HPyClosure *closure)
{
    return _HPyClosure_is_alive(closure) && _HPyVM_is_inside(&_HPyClosure_record(closure)->_functions->_inside) &&
           !HPyField_IsNull(_HPyClosure_record(closure)->_captured);
}

HPyAPI_FUNC void *_HPyClosure_run(_HPyClosure_Record *record, void *arg)
{
    HPy captured;
    captured._i = record->_captured._i;
    record->_running++;
    void *result = record->_function(record->_context, captured, arg);
    if (--record->_running < 0)
        record->_functions->_finish(record);
    return result;
}

/**
 * Calls a closure. An exception that its function leaves set is there for the caller if the thread is inside Python, and
 * is otherwise reported by `sys.unraisablehook`.
 *
 * Returns `HPyVM_Opened` and stores what the function has returned; or stores NULL and returns why it was not called:
 * `HPyVM_Freed`, `HPyVM_Invalid` for NULL in place of the closure, or what `HPyVM_TryOpenContext` would.
 */
HPy_FACTS(since=0.1, python=yes, error=none, pending)
HPyAPI_FUNC HPyVM_Status HPyClosure_TryCall(HPy_NULLABLE HPyClosure *closure, HPy_NULLABLE HPy_INOUT void *arg,
                                            HPy_NULLABLE HPy_OUT void **result)
{
    void *ignored;
    if (result == NULL)
        result = &ignored;
    *result = NULL;
    if (closure == NULL)
        return HPyVM_Invalid;
    if (_HPyClosure_is_ready(closure)) {
        *result = _HPyClosure_run(_HPyClosure_record(closure), arg);
        return HPyVM_Opened;
    }
    if (!_HPyClosure_is_alive(closure))
        return HPyVM_Freed;
    return _HPyClosure_record(closure)->_functions->_call(closure, arg, result);
}

/** `HPyClosure_TryCall` for callers to whom the reason does not matter. Returns what the function has returned, or NULL if
 *  it was not called. */
HPy_FACTS(since=0.1, python=yes, error=none, pending)
HPyAPI_FUNC void *HPyClosure_Call(HPy_NULLABLE HPyClosure *closure, HPy_NULLABLE HPy_INOUT void *arg)
{
    if (_HPyClosure_is_ready(closure))
        return _HPyClosure_run(_HPyClosure_record(closure), arg);
    void *result;
    HPyClosure_TryCall(closure, arg, &result);
    return result;
}

/** Calls a closure with NULL as `arg`: a function for C libraries that take a `void *(*)(void *)`, such as
 *  `pthread_create`, with a closure as its argument. */
HPy_FACTS(since=0.1, python=yes, error=none, pending)
HPyAPI_FUNC void *HPyClosure_Run(HPy_NULLABLE HPy_INOUT void *closure)
{
    return HPyClosure_Call((HPyClosure *)closure, NULL);
}

/**
 * Frees a closure. It may be called by any thread, also by a destroy function, by the function of the closure, and after
 * the end of the interpreter. A call that has not returned goes on, and keeps what was captured until then. Does nothing
 * for NULL, or a closure that was freed before.
 */
HPy_FACTS(since=0.1, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyClosure_Free(HPy_NULLABLE HPyClosure *closure)
{
    if (_HPyClosure_is_alive(closure))
        _HPyClosure_record(closure)->_functions->_free(closure);
}

HPyAPI_FUNC void *_HPyClosure_do_nothing(HPyContext *ctx, HPy captured, void *arg)
{
    (void)ctx, (void)captured;
    return arg;
}

/* A closure that is not called: a reference to the object of `h` that any thread can give up by `HPyClosure_Free`. */
HPyAPI_FUNC HPyClosure *_HPyClosure_keep(HPyContext *ctx, HPy h)
{
    return HPyClosure_New(ctx, _HPyClosure_do_nothing, h);
}

/* The field to be visited, or NULL. While the closure runs it is not: then it is as if the caller had a handle. */
HPyAPI_FUNC HPyField *_HPyClosure_field(HPyClosure *closure)
{
    if (!_HPyClosure_is_alive(closure) || _HPyClosure_record(closure)->_running != 0)
        return NULL;
    return &_HPyClosure_record(closure)->_captured;
}

#endif

/**
 * Visits what a closure has captured, in the `HPy_tp_traverse` of the object that owns the closure, as `HPy_VISIT` visits
 * a field. Only one object may visit a closure. Does nothing for NULL.
 */
#define HPyClosure_VISIT(closure) \
    do { \
        HPyField *_hpy_captured = _HPyClosure_field(closure); \
        if (_hpy_captured != NULL) \
            HPy_VISIT(_hpy_captured); \
    } while (0)

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/closure.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_CLOSURE_H */
