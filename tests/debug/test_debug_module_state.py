"""Debug mode: fields in the state of a module."""

import pytest
from support import debugging

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0]

SOURCE = """
typedef struct {
    HPyField visited;
    HPyField passed_by;
} module_state;

HPyDef_SLOT(state_traverse, HPy_mod_traverse)
static int state_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((module_state *)self)->visited);
    return 0;
}

HPyDef_METH(store_visited, "store_visited", HPyFunc_STATE_NOARGS)
static HPy store_visited_impl(HPyContext *ctx, void *state, HPy self)
{
    HPyField_Store(ctx, self, &((module_state *)state)->visited, self);
    return HPyField_Load(ctx, self, ((module_state *)state)->visited);
}

HPyDef_METH(store_passed_by, "store_passed_by", HPyFunc_STATE_NOARGS)
static HPy store_passed_by_impl(HPyContext *ctx, void *state, HPy self)
{
    HPyField_Store(ctx, self, &((module_state *)state)->passed_by, self);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(store_local, "store_local", HPyFunc_STATE_NOARGS)
static HPy store_local_impl(HPyContext *ctx, void *state, HPy self)
{
    static HPyField local;
    HPyField_Store(ctx, self, &local, self);
    return HPy_Dup(ctx, ctx->h_None);
}
"""
OPTIONS = {
    "size": "sizeof(module_state)",
    "macros": [("HPY_TARGET_ABI_VERSION", "0x00000001")],
}


@pytest.fixture
def call(compile_module):
    """`call(name, *defines)`: the end of a process that calls the function."""

    def run(name, *defines):
        return debugging.run(compile_module(SOURCE, defines=defines, **OPTIONS), f"mod.{name}()")

    return run


def test_a_field_that_is_visited(call):
    ended = call("store_visited", "state_traverse")
    assert ended.returncode == 0, ended.stderr


def test_a_field_that_the_traverse_function_passes_by(call):
    report = call("store_passed_by", "state_traverse").report
    assert report.rule == "field-not-traversed"
    assert report.object.startswith("module <module 'mod'")
    assert report.field == "at offset 8 of the state; HPy_mod_traverse does not visit it"
    assert "HPyField_Store in store_passed_by_impl" in report.misused


def test_a_field_of_a_module_without_a_traverse_function(call):
    report = call("store_visited").report
    assert report.rule == "field-not-traversed"
    assert report.field == "at offset 0 of the state; the module has no HPy_mod_traverse"


def test_a_field_outside_of_the_state(call):
    report = call("store_local", "state_traverse").report
    assert report.rule == "field-outside-object"
    assert "not in the struct of the object, or the state of the module" in report.field
