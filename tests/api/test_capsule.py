"""Capsules: C pointers as Python objects."""

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    """
static int first = 1, second = 2, freed = 0;
static const char *const name = "pkg.capsule";
static const char *freed_name;
static void *freed_pointer, *freed_context;

HPyCapsule_DESTRUCTOR(release)
static void release_impl(const char *capsule_name, void *pointer, void *context)
{
    freed += 1;
    freed_name = capsule_name;
    freed_pointer = pointer;
    freed_context = context;
}

static HPyCapsule_Destructor incomplete = { NULL, NULL };

HPyDef_METH(freed_capsules, "freed_capsules", HPyFunc_NOARGS)
static HPy freed_capsules_impl(HPyContext *ctx, HPy self)
{
    int count = freed;
    freed = 0;
    return HPyLong_FromLong(ctx, count);
}

HPyDef_METH(freed_with_everything, "freed_with_everything", HPyFunc_NOARGS)
static HPy freed_with_everything_impl(HPyContext *ctx, HPy self)
{
    return HPyBool_FromBool(ctx, freed_name == name && freed_pointer == &first && freed_context == &second);
}

static void *capsule_get(HPyContext *ctx, HPy capsule, HPy key, const char *capsule_name)
{
    return HPyCapsule_Get(ctx, capsule, (_HPyCapsule_key)HPyLong_AsLong(ctx, key), capsule_name);
}
"""
    + function("new", 0, "HPyCapsule_New(ctx, &first, name, NULL)")
    + function("new_with_destructor", 0, "HPyCapsule_New(ctx, &first, name, &release)")
    + function("new_unnamed", 0, "HPyCapsule_New(ctx, &first, NULL, NULL)")
    + function("new_null", 0, "HPyCapsule_New(ctx, NULL, name, NULL)")
    + function("new_incomplete", 0, "HPyCapsule_New(ctx, &first, name, &incomplete)")
    + function("is_valid", 1, "HPyCapsule_IsValid(ctx, a, name)", "status")
    + function("is_valid_unnamed", 1, "HPyCapsule_IsValid(ctx, a, NULL)", "status")
    + function("pointer", 1, "HPyCapsule_GetPointer(ctx, a, name)", "int pointer")
    + function("pointer_wrong_name", 1, 'HPyCapsule_GetPointer(ctx, a, "other")', "int pointer")
    + function("pointer_unnamed", 1, "HPyCapsule_GetPointer(ctx, a, NULL)", "int pointer")
    + function("get", 2, "capsule_get(ctx, a, b, name)", "pointer")
    + function("name", 1, "HPyCapsule_GetName(ctx, a)", "string")
    + function("context", 1, "HPyCapsule_GetContext(ctx, a)", "pointer")
    + function("context_value", 1, "HPyCapsule_GetContext(ctx, a)", "int pointer")
    + function("set_pointer", 1, "HPyCapsule_SetPointer(ctx, a, &second)", "status")
    + function("set_null_pointer", 1, "HPyCapsule_SetPointer(ctx, a, NULL)", "status")
    + function("set_name", 1, 'HPyCapsule_SetName(ctx, a, "other")', "status")
    + function("set_context", 1, "HPyCapsule_SetContext(ctx, a, &second)", "status")
    + function("set_destructor", 1, "HPyCapsule_SetDestructor(ctx, a, &release)", "status")
    + function("remove_destructor", 1, "HPyCapsule_SetDestructor(ctx, a, NULL)", "status")
    + function("set_incomplete", 1, "HPyCapsule_SetDestructor(ctx, a, &incomplete)", "status")
    + function("set", 2, "HPyCapsule_Set(ctx, a, (_HPyCapsule_key)HPyLong_AsLong(ctx, b), &second)", "status")
)

POINTER, NAME, CONTEXT, DESTRUCTOR = range(4)


@pytest.fixture
def freed(mod):
    """The function that says how many capsules were freed since it was last called."""
    mod.freed_capsules()
    return mod.freed_capsules


@pytest.mark.smoke
def test_new(mod):
    capsule = mod.new()
    assert type(capsule).__name__ == "PyCapsule"
    assert mod.pointer(capsule) == 1
    assert mod.name(capsule) == b"pkg.capsule"
    assert mod.context(capsule) == 0


def test_new_null_pointer_text(mod):
    with pytest.raises(ValueError, match="^PyCapsule_New called with null pointer$"):
        mod.new_null()


def test_new_incomplete_destructor_text(mod):
    with pytest.raises(ValueError, match="^Invalid HPyCapsule destructor$"):
        mod.new_incomplete()


def test_unnamed(mod):
    capsule = mod.new_unnamed()
    assert mod.pointer_unnamed(capsule) == 1
    assert mod.is_valid_unnamed(capsule) == 1
    assert mod.is_valid(capsule) == 0


@pytest.mark.smoke
def test_is_valid(mod):
    assert mod.is_valid(mod.new()) == 1
    assert mod.is_valid_unnamed(mod.new()) == 0
    assert mod.is_valid(3) == 0
    assert mod.is_valid(NULL) == 0


def test_wrong_name_text(mod):
    with pytest.raises(ValueError, match="^PyCapsule_GetPointer called with incorrect name$"):
        mod.pointer_wrong_name(mod.new())


def test_set_pointer_name_and_context(mod):
    capsule = mod.new()
    assert mod.set_pointer(capsule) == mod.set_context(capsule) == 0
    assert mod.pointer(capsule) == 2
    assert mod.context_value(capsule) == 2
    assert mod.set_name(capsule) == 0
    assert mod.name(capsule) == b"other"
    assert mod.pointer_wrong_name(capsule) == 2


def test_set_null_pointer_text(mod):
    with pytest.raises(ValueError, match="^PyCapsule_SetPointer called with null pointer$"):
        mod.set_null_pointer(mod.new())


@pytest.mark.smoke
def test_destructor_runs_once(mod, freed):
    capsule = mod.new_with_destructor()
    assert freed() == 0
    del capsule
    assert freed() == 1


def test_destructor_gets_name_pointer_and_context(mod, freed):
    capsule = mod.new_with_destructor()
    mod.set_context(capsule)
    del capsule
    assert mod.freed_with_everything() is True


def test_set_destructor(mod, freed):
    capsule = mod.new()
    assert mod.set_destructor(capsule) == 0
    del capsule
    assert freed() == 1


def test_remove_destructor(mod, freed):
    capsule = mod.new_with_destructor()
    assert mod.remove_destructor(capsule) == 0
    del capsule
    assert freed() == 0


def test_set_incomplete_destructor_text(mod):
    with pytest.raises(ValueError, match="^Invalid HPyCapsule destructor$"):
        mod.set_incomplete(mod.new())


def test_destructor_runs_with_an_exception_pending(mod, freed):
    def fail(capsule):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(mod.new_with_destructor())
    assert freed() == 1


def test_keyed_access(mod):
    capsule = mod.new()
    assert mod.get(capsule, POINTER) != 0
    assert mod.get(capsule, NAME) != 0
    assert mod.get(capsule, CONTEXT) == 0
    assert mod.set(capsule, CONTEXT) == 0
    assert mod.context_value(capsule) == 2


def test_get_destructor_text(mod):
    with pytest.raises(ValueError, match="^Invalid operation: get HPyCapsule_key_Destructor$"):
        mod.get(mod.new(), DESTRUCTOR)


@pytest.mark.fixed_defect
@pytest.mark.breaks_rules("wrong-constant", reason="about such numbers")
def test_unknown_key_is_an_error(mod):
    for call in [mod.get, mod.set]:
        with pytest.raises(ValueError):
            call(mod.new(), 9)


@pytest.mark.parametrize("x", [3, NULL])
def test_what_is_no_capsule(mod, x):
    for call in ["pointer", "name", "context", "set_pointer", "set_name", "set_context", "set_destructor"]:
        with pytest.raises(ValueError, match="called with invalid PyCapsule object"):
            getattr(mod, call)(x)


LATE = """
#include <stdio.h>
static int value;
HPyCapsule_DESTRUCTOR(late)
static void late_impl(const char *name, void *pointer, void *context)
{
    puts("destroyed");
    fflush(stdout);
}
""" + function("capsule", 0, "HPyCapsule_New(ctx, &value, NULL, &late)")


def test_destructor_runs_when_nothing_else_is_left(run_in_subprocess):
    """CPython drops these hooks very late in its end."""
    code = """
import functools, os
os.register_at_fork(before=functools.partial(print, mod.capsule()))
del mod
"""
    done = run_in_subprocess(code, LATE)
    assert (done.returncode, done.stdout.split()) == (0, ["destroyed"]), done.stderr
