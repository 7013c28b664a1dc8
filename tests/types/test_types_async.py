"""The slots of `await` and `async for`, and sending to iterators. The tests send, without an event loop."""

import sys

import pytest
from support import NULL, function, module_fixture
from support.specs import METACLASS, maker, type_spec

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    """
typedef struct { HPyField of; } Asking;
HPyType_HELPERS(Asking)

HPyDef_SLOT(new, HPy_tp_new)
static HPy new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Asking *asking;
    HPy self = HPy_New(ctx, type, &asking);
    if (!HPy_IsNull(self) && nargs == 1)
        HPyField_Store(ctx, self, &asking->of, args[0]);
    return self;
}
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Asking *)self)->of);
    return 0;
}

/* Calls what the instance was made with. */
static HPy ask(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy of = HPyField_Load(ctx, self, Asking_AsStruct(ctx, self)->of);
    HPy result = HPy_Call(ctx, of, args, nargs, HPy_NULL);
    HPy_Close(ctx, of);
    return result;
}

HPyDef_SLOT(await, HPy_am_await)
static HPy await_impl(HPyContext *ctx, HPy self) { return ask(ctx, self, NULL, 0); }
HPyDef_SLOT(aiter, HPy_am_aiter)
static HPy aiter_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
HPyDef_SLOT(anext, HPy_am_anext)
static HPy anext_impl(HPyContext *ctx, HPy self) { return ask(ctx, self, NULL, 0); }

/* The answer is a pair of status and value, `...` for no value; it may be left out beside an exception. */
HPyDef_SLOT(send, HPy_am_send)
static int send_impl(HPyContext *ctx, HPy self, HPy value, HPy *result)
{
    HPy answer = ask(ctx, self, &value, 1);
    if (HPy_IsNull(answer))
        return HPy_SEND_ERROR;
    HPy status = HPy_GetItem_i(ctx, answer, 0);
    HPy stored = HPy_GetItem_i(ctx, answer, 1);
    int number = (int)HPyLong_AsLong(ctx, status);
    if (HPy_Is(ctx, stored, ctx->h_Ellipsis))
        HPy_Close(ctx, stored);
    else
        *result = stored;
    HPy_Close(ctx, status);
    HPy_Close(ctx, answer);
    return number;
}
HPyDef_METH(send_method, "send", HPyFunc_O)
static HPy send_method_impl(HPyContext *ctx, HPy self, HPy value)
{
    HPy result = HPy_NULL;
    int status = send_impl(ctx, self, value, &result);
    if (status == HPy_SEND_RETURN)
        HPyErr_SetObject(ctx, ctx->h_StopIteration, result);
    if (status != HPy_SEND_NEXT) {
        HPy_Close(ctx, result);
        return HPy_NULL;
    }
    return result;
}
HPyDef_SLOT(iter, HPy_tp_iter)
static HPy iter_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
HPyDef_SLOT(iternext, HPy_tp_iternext)
static HPy iternext_impl(HPyContext *ctx, HPy self) { return send_method_impl(ctx, self, ctx->h_None); }

static HPy send_once(HPyContext *ctx, HPy iter, HPy arg)
{
    HPy result = ctx->h_None; /* not null before */
    int status = HPyIter_Send(ctx, iter, arg, &result);
    if (status == HPy_SEND_ERROR)
        return HPy_IsNull(result) ? HPy_NULL : HPyErr_NoMemory(ctx);
    HPy pair = HPy_BuildValue(ctx, "(iO)", status, result);
    HPy_Close(ctx, result);
    return pair;
}
"""
    + "".join(
        type_spec(
            name,
            "new",
            "traverse",
            *slots,
            basicsize="sizeof(Asking)",
            flags="HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC",
        )
        for name, slots in {
            "Awaited": ["await"],
            "Stream": ["aiter", "anext"],
            "Sent": ["send", "send_method", "iter", "iternext"],
        }.items()
    )
    + function("send_to", 2, "send_once(ctx, a, b)")
    + function("send_nowhere", 2, "HPyIter_Send(ctx, a, b, NULL)", "signed")
    + function("check", 1, "HPyAIter_Check(ctx, a)", "status")
    + maker("Awaited", "Stream", "Sent"),
    methods=["make", "method_send_to", "method_send_nowhere", "method_check"],
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)

ERROR, RETURN, NEXT = -1, 0, 1


class Meta(type):
    pass


@pytest.fixture(params=[(), (METACLASS, Meta)], ids=["type", "metaclass"])
def make(mod, request):
    """`make(name)`, also with a metaclass: before CPython 3.12 that is another way to fill slots."""
    return lambda name: mod.make(name, *request.param)


def run(coroutine, *values):
    """What a coroutine yields for None and each of the values, and what it returns."""
    yielded = []
    try:
        yielded.append(coroutine.send(None))
        for value in values:
            yielded.append(coroutine.send(value))
    except StopIteration as stop:
        return yielded, stop.value
    raise AssertionError(yielded)


@pytest.mark.smoke
def test_await(make):
    def generator():
        return (yield "first"), (yield "second")

    async def main():
        return await make("Awaited")(generator)

    assert run(main(), 1, 2) == (["first", "second"], (1, 2))


def test_await_needs_an_iterator(make):
    async def main():
        await make("Awaited")(int)

    with pytest.raises(TypeError, match="non-iterator of type 'int'"):
        run(main())


def test_exception_of_await(make):
    async def main():
        await make("Awaited")(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        run(main())


@pytest.mark.smoke
def test_async_for(make):
    numbers = iter(range(3))

    async def following():
        for number in numbers:
            return number
        raise StopAsyncIteration

    async def main():
        return [number async for number in make("Stream")(following)]

    assert run(main()) == ([], [0, 1, 2])


def test_exception_of_anext(make):
    def failing():
        raise StopAsyncIteration("end")

    async def main():
        return [number async for number in make("Stream")(failing)]

    assert run(main()) == ([], [])


@pytest.mark.smoke
def test_awaiting_what_has_the_slot_send(make):
    answers = iter([(NEXT, "a"), (NEXT, "b"), (RETURN, "end")])
    seen = []

    def answer(value):
        seen.append(value)
        return next(answers)

    sent = make("Sent")(answer)

    async def main():
        return await make("Awaited")(lambda: sent)

    assert run(main(), 1, 2) == (["a", "b"], "end")
    assert seen == [None, 1, 2]


def test_exception_of_send(mod, make):
    with pytest.raises(ZeroDivisionError):
        mod.send_to(make("Sent")(lambda value: 1 // value), 0)


needs_slot = pytest.mark.skipif(sys.version_info < (3, 10), reason="CPython 3.9 does not use HPy_am_send")
NO_RESULT = "^HPy_am_send returned no result without setting an exception$"


@needs_slot
@pytest.mark.parametrize("answer", [(NEXT, ...), (RETURN, ...), (7, "x")])
def test_send_without_a_result(mod, make, answer):
    with pytest.raises(SystemError, match=NO_RESULT):
        mod.send_to(make("Sent")(lambda value: answer), None)


@needs_slot
@pytest.mark.breaks_rules("no-exception", reason="what the engine makes of it")
@pytest.mark.parametrize("answer", [(ERROR, ...), (ERROR, "x")])
def test_send_that_fails_without_an_exception(mod, make, answer):
    with pytest.raises(SystemError, match=NO_RESULT):
        mod.send_to(make("Sent")(lambda value: answer), None)


# HPyIter_Send


def test_send_to_a_generator(mod):
    def generator():
        got = yield 1
        return got * 2

    instance = generator()
    assert mod.send_to(instance, None) == (NEXT, 1)
    assert mod.send_to(instance, 21) == (RETURN, 42)
    assert mod.send_to(instance, None) == (RETURN, None)


def test_send_to_an_iterator(mod):
    iterator = iter([5])
    assert mod.send_to(iterator, None) == (NEXT, 5)
    assert mod.send_to(iterator, None) == (RETURN, None)


def test_send_to_what_has_the_slot(mod, make):
    assert mod.send_to(make("Sent")(lambda value: (NEXT, value)), 3) == (NEXT, 3)
    assert mod.send_to(make("Sent")(lambda value: (RETURN, [value])), None) == (RETURN, [None])


def test_send_that_raises(mod):
    def generator():
        yield 1 / 0

    with pytest.raises(ZeroDivisionError):
        mod.send_to(generator(), None)
    with pytest.raises(TypeError, match="can't send non-None value to a just-started generator"):
        mod.send_to(generator(), 1)


def test_send_to_what_takes_nothing(mod):
    for x in [3, [], iter([])]:
        with pytest.raises(AttributeError, match="send"):
            mod.send_to(x, 1)


def test_send_of_null_is_an_error(mod):
    for call in [
        lambda: mod.send_to(NULL, None),
        lambda: mod.send_to(iter([]), NULL),
        lambda: mod.send_nowhere(iter([]), None),
    ]:
        with pytest.raises(SystemError, match="^null argument to HPyIter_Send$"):
            call()


# HPyAIter_Check


def test_check_of_asynchronous_iterators(mod, make):
    async def generator():
        yield

    class OnlyNext:
        async def __anext__(self):
            return 1

    assert mod.check(generator()) == mod.check(OnlyNext()) == mod.check(make("Stream")()) == 1
    assert mod.check(make("Awaited")()) == mod.check(iter([])) == mod.check(3) == mod.check(NULL) == 0
