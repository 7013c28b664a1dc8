"""Runs the benchmark cases of hpy_bench and capi_bench, side by side in this process.

    python run.py time                   nanoseconds of an iteration in each run: {case: [[hpy, capi], …]}
    python run.py count                  to be run under callgrind, which counts; prints {case: iterations}
    python run.py list                   the cases, as JSON [[name, group, what one iteration does]]
    python run.py calls                  the names of the cases that are calls from Python, as JSON

`count` calls `capi_bench.mark()` around each measurement. It runs every case n and 2n times, so that the
difference of the two, divided by n, is what one iteration costs, without the loop's setup. Per case it does
hpy n, hpy 2n, capi n, capi 2n, with a mark before and after each.
"""

import functools
import gc
import itertools
import json
import sys
import time

import capi_bench
import hpy_bench


class Holder:
    """A plain Python object with attributes."""

    def __init__(self):
        self.name = "value"


def identity(x):
    return x


def in_c(name, *objects):
    """A case whose loop is in C: `name(n, *objects)`."""

    def make(module):
        function = getattr(module, name)

        def run(n):
            function(n, *[o.make(module) if isinstance(o, Fresh) else o for o in objects])

        return run

    make.is_in_c = True
    return make


class Fresh:
    """An argument made anew for each run."""

    def __init__(self, make):
        self.make = make


def thing(module, field=None):
    made = module.Thing()
    module.field_store(1, made, field)
    return made


# The loops below are written out, because what surrounds the call is part of the measure and must be small.


def loop_noargs(name):
    """A case whose loop calls `name()`, a function or a type."""

    def make(module):
        f = getattr(module, name)

        def run(n):
            for _ in itertools.repeat(None, n):
                f()

        return run

    return make


def global_load_several(module):
    """As `global_load`, while another interpreter has imported the module, and stored its value."""
    import_in_another_interpreter()
    return in_c("global_load")(module)


global_load_several.is_in_c = True


@functools.cache
def import_in_another_interpreter():
    if sys.version_info >= (3, 13):
        import _interpreters as interpreters

        created, run = interpreters.create("legacy"), interpreters.exec
    else:
        import _xxsubinterpreters as interpreters

        created, run = interpreters.create(isolated=False), interpreters.run_string
    run(created, f"import sys; sys.path[:] = {sys.path!r}; import hpy_bench")
    return created


def over_api(name, *objects):
    """A case whose loop is in C, and calls a function of another extension: here of the same, by its
    table."""

    def make(module):
        module.import_api()
        return in_c(name, *objects)(module)

    make.is_in_c = True
    return make


def loop_call_o(module):
    f = module.call_o

    def run(n):
        for _ in itertools.repeat(None, n):
            f(None)

    return run


def loop_numbers(name):
    """A case whose loop calls `name()` with a list of 100 numbers."""

    def make(module):
        f = getattr(module, name)
        numbers = list(range(1, 101))

        def run(n):
            for _ in itertools.repeat(None, n):
                f(numbers)

        return run

    return make


def loop_two(name):
    def make(module):
        f = getattr(module, name)

        def run(n):
            for _ in itertools.repeat(None, n):
                f(1, 2.0)

        return run

    return make


def loop_keywords(name):
    def make(module):
        f = getattr(module, name)

        def run(n):
            for _ in itertools.repeat(None, n):
                f(1, b=2.0)

        return run

    return make


def loop_one(name):
    def make(module):
        f = getattr(module, name)

        def run(n):
            for _ in itertools.repeat(None, n):
                f(1)

        return run

    return make


def loop_argument(name, argument):
    def make(module):
        f = getattr(module, name)

        def run(n):
            for _ in itertools.repeat(None, n):
                f(argument)

        return run

    return make


def loop_ints(name):
    def make(module):
        f = getattr(module, name)

        def run(n):
            for _ in itertools.repeat(None, n):
                f(1, 2)

        return run

    return make


def loop_one_keyword(name):
    def make(module):
        f = getattr(module, name)

        def run(n):
            for _ in itertools.repeat(None, n):
                f(1, k=1)

        return run

    return make


def loop_four_keywords(module):
    f = module.clinic_four

    def run(n):
        for _ in itertools.repeat(None, n):
            f(a=1, b=2, c=3, d=4)

    return run


def on_thing(loop):
    """A case whose loop, `loop(thing, n)`, is a Python function over an object."""

    def make(module):
        made = thing(module)
        return lambda n: loop(made, n)

    return make


def on_instance(name, loop):
    """The same for an instance of another type."""

    def make(module):
        made = getattr(module, name)()
        return lambda n: loop(made, n)

    return make


def on_point(loop):
    """The same for a point."""

    def make(module):
        made = module.Point(1000, 2)
        return lambda n: loop(made, n)

    return make


def empty(module):
    """The loop itself."""

    def run(n):
        for _ in itertools.repeat(None, n):
            pass

    return run


def method_get_x(obj, n):
    for _ in itertools.repeat(None, n):
        obj.get_x()


def getset_x(obj, n):
    for _ in itertools.repeat(None, n):
        obj.x  # noqa: B018


def method_noargs(obj, n):
    for _ in itertools.repeat(None, n):
        obj.method_noargs()


def method_o(obj, n):
    for _ in itertools.repeat(None, n):
        obj.method_o(None)


def slot_len(obj, n):
    for _ in itertools.repeat(None, n):
        len(obj)


def slot_add(obj, n):
    for _ in itertools.repeat(None, n):
        obj + obj  # noqa: B018


def slot_subscript(obj, n):
    for _ in itertools.repeat(None, n):
        obj[0]  # noqa: B018


def slot_call(obj, n):
    for _ in itertools.repeat(None, n):
        obj(None)


def member_get(obj, n):
    for _ in itertools.repeat(None, n):
        obj.member  # noqa: B018


def member_set(obj, n):
    for _ in itertools.repeat(None, n):
        obj.member = 1


def getset_get(obj, n):
    for _ in itertools.repeat(None, n):
        obj.getset  # noqa: B018


def getset_set(obj, n):
    for _ in itertools.repeat(None, n):
        obj.getset = 1


ITEMS = ["zero", "one", "two"]
MAPPING = {"name": "value", "other": 1}
PLAIN = Fresh(lambda module: module.Plain)
THING = Fresh(lambda module: module.Thing)
HOLDER = Holder()

MODULE = Fresh(lambda module: module)
STATEFUL = Fresh(lambda module: module.Stateful)

# name: (group, what one iteration does, maker of `run(n)` for a module)
CASES = {
    "empty": ("calls", "the loop of such cases, without a call", empty),
    "call_noargs": ("calls", "f()", loop_noargs("call_noargs")),
    "call_o": ("calls", "f(x)", loop_call_o),
    "call_fast": ("calls", "f(x, y)", loop_two("call_fast")),
    "call_keywords": ("calls", "f(x, b=y)", loop_keywords("call_keywords")),
    "int_one": ("numbers and text", "f(int), an int", loop_argument("int_one", 1000)),
    "int_two": ("numbers and text", "f(int, int), an int", loop_ints("int_two")),
    "float_one": ("numbers and text", "f(float), a float", loop_argument("float_one", 1.5)),
    "str_length": ("numbers and text", "f(str), its length", loop_argument("str_length", "a few words")),
    "method_int": ("numbers and text", "obj.method(), an int", on_point(method_get_x)),
    "getset_int": ("numbers and text", "obj.getset, an int", on_point(getset_x)),
    "method_noargs": ("methods", "obj.method()", on_thing(method_noargs)),
    "method_o": ("methods", "obj.method(x)", on_thing(method_o)),
    "slot_len": ("slots", "len(obj)", on_thing(slot_len)),
    "slot_add": ("slots", "obj + obj", on_thing(slot_add)),
    "slot_subscript": ("slots", "obj[key]", on_thing(slot_subscript)),
    "slot_call": ("slots", "obj(x)", on_instance("Caller", slot_call)),
    "member_get": ("attributes", "obj.member", on_thing(member_get)),
    "member_set": ("attributes", "obj.member = x", on_thing(member_set)),
    "getset_get": ("attributes", "obj.getset", on_thing(getset_get)),
    "getset_set": ("attributes", "obj.getset = x", on_thing(getset_set)),
    "getattr": ("attributes", "HPy_GetAttr", in_c("getattr", HOLDER, "name")),
    "getattr_s": ("attributes", "HPy_GetAttr_s", in_c("getattr_s", HOLDER)),
    "setattr": ("attributes", "HPy_SetAttr", in_c("setattr", HOLDER, "name", "value")),
    "setattr_s": ("attributes", "HPy_SetAttr_s", in_c("setattr_s", HOLDER, "name", "value")),
    "constructor_plain": ("allocation", "Plain()", loop_noargs("Plain")),
    "constructor_gc": ("allocation", "Thing(), with GC", loop_noargs("Thing")),
    "constructor_point": ("allocation", "Point(1, 2)", loop_ints("Point")),
    "constructor_point_vectorcall": (
        "allocation",
        "the same, beside tp_vectorcall",
        loop_ints("PointVectorcall"),
    ),
    "constructor_init": ("allocation", "Point(1, 2), with HPy_tp_init", loop_ints("PointInit")),
    "new_plain": ("allocation", "HPy_New, free", in_c("new_plain", PLAIN)),
    "new_gc": ("allocation", "HPy_New, free, with GC", in_c("new_gc", THING)),
    "dup_close": ("handles", "HPy_Dup, HPy_Close", in_c("dup_close", HOLDER)),
    "field_load": ("handles", "HPyField_Load", in_c("field_load", Fresh(lambda module: thing(module, "x")))),
    "field_store": ("handles", "HPyField_Store", in_c("field_store", Fresh(thing), "x")),
    "global_load": ("handles", "HPyGlobal_Load", in_c("global_load")),
    "type_check": ("handles", "HPy_TypeCheck", in_c("type_check", HOLDER, Holder)),
    "tuple_item": ("items", "HPy_GetItem_i of a tuple", in_c("tuple_item", tuple(ITEMS))),
    "list_item": ("items", "HPy_GetItem_i of a list", in_c("list_item", ITEMS)),
    "list_item_object": ("items", "HPy_GetItem of a list", in_c("list_item_object", ITEMS, 1)),
    "list_set_item": ("items", "HPy_SetItem_i of a list", in_c("list_set_item", list(ITEMS), "x")),
    "list_length": ("items", "HPy_Length of a list", in_c("list_length", ITEMS)),
    "list_append": ("items", "HPyList_Append", in_c("list_append", Fresh(lambda module: []), "x")),
    "dict_lookup": ("items", "HPy_GetItem of a dict", in_c("dict_lookup", MAPPING, "name")),
    "dict_lookup_s": ("items", "HPy_GetItem_s of a dict", in_c("dict_lookup_s", MAPPING)),
    "dict_set": ("items", "HPy_SetItem of a dict", in_c("dict_set", dict(MAPPING), "name", "x")),
    "call_python": ("calling out", "HPy_Call of a Python function", in_c("call_python", identity, None)),
    "call_builtin": ("calling out", "HPy_Call of a builtin", in_c("call_builtin", id, None)),
    "call_tuple": ("calling out", "HPy_CallTupleDict", in_c("call_tuple", identity, (None,))),
    "call_method": ("calling out", "HPy_CallMethod", in_c("call_method", "upper", "x")),
    "add": ("values", "HPy_Add of ints", in_c("add", 1000, 2000)),
    "long_round_trip": ("values", "HPyLong_AsLong, FromLong", in_c("long_round_trip", 123456789)),
    "float_round_trip": ("values", "HPyFloat_AsDouble, FromDouble", in_c("float_round_trip", 1.5)),
    "unicode_from_string": ("values", "HPyUnicode_FromString", in_c("unicode_from_string")),
    "unicode_as_utf8": ("values", "HPyUnicode_AsUTF8AndSize", in_c("unicode_as_utf8", "a few words")),
    "error_set_clear": ("values", "HPyErr_SetString, Clear", in_c("error_set_clear")),
    "parse_positional": ("arguments", 'HPyArg_Parse "ld"', loop_two("parse_positional")),
    "parse_keywords": ("arguments", 'HPyArg_ParseKeywords "ld"', loop_keywords("parse_keywords")),
    "parse_objects": ("arguments", 'HPyArg_ParseKeywords "O|O"', loop_one_keyword("parse_objects")),
    "clinic_one": ("clinic", "f(x), beside METH_O", loop_one("clinic_one")),
    "clinic_two": ("clinic", "f(x, y)", loop_two("clinic_two")),
    "clinic_numbers": ("clinic", "f(1, 2.0)", loop_two("clinic_numbers")),
    "clinic_keyword": ("clinic", "f(x, k=y)", loop_one_keyword("clinic_keyword")),
    "clinic_four": ("clinic", "f(a=, b=, c=, d=), beside _PyArg_UnpackKeywords", loop_four_keywords),
    "typed_call": (
        "clinic",
        "a typed function by its pointer",
        in_c("typed_call", Fresh(lambda module: module.typed_function)),
    ),
    "build_value": ("building", 'HPy_BuildValue "(lds)"', in_c("build_value")),
    "tuple_from_array": ("building", "HPyTuple_FromArray of 2", in_c("tuple_from_array", 1, 2)),
    "tuple_build": ("building", "HPyTupleBuilder of 2", in_c("tuple_build", 1, 2)),
    "list_build": ("building", "HPyListBuilder of 2", in_c("list_build", 1, 2)),
    "vm_inside": ("without a context", "HPyVM_OpenContext, Close", in_c("vm_inside")),
    "vm_attached": ("without a context", "the same outside Python", in_c("vm_attached")),
    "view_inside": ("without a context", "HPyVM, PyInterpreterView", in_c("view_inside")),
    "closure_call": ("without a context", "HPyClosure_Call, a C function", in_c("closure_call")),
    "state_argument": ("module state", "f(), beside one without state", loop_noargs("state_argument")),
    "state_method": (
        "module state",
        "obj.method(), with PyType_GetModuleState",
        on_instance("Stateful", method_noargs),
    ),
    "state_of_module": ("module state", "HPyModule_GetState", in_c("state_of_module", MODULE)),
    "state_of_type": ("module state", "HPyType_GetModuleState", in_c("state_of_type", STATEFUL)),
    "sum_items": ("data", "sum of 100 ints, HPy_GetItem_i", loop_numbers("sum_items")),
    "sum_in_bulk": ("data", "the same, HPySequence_AsInt64s", loop_numbers("sum_in_bulk")),
    "sum_bulk_items": ("data", "the same, HPySequence_GetItems", loop_numbers("sum_bulk_items")),
    "buffer": ("data", "HPy_GetBuffer, HPyBuffer_Release of bytes", in_c("buffer", b"some bytes")),
    "cached_in_state": ("kept between calls", "HPyField_Load, of the state", in_c("cached_in_state")),
    "cached_struct_in_state": (
        "kept between calls",
        "a number in the state",
        in_c("cached_struct_in_state"),
    ),
    "cached_struct_in_capsule": (
        "kept between calls",
        "a number in a capsule in a global",
        in_c("cached_struct_in_capsule"),
    ),
    "global_type_check": (
        "kept between calls",
        "HPyGlobal_TypeCheck",
        in_c("global_type_check", Fresh(thing)),
    ),
    "global_load_type_check": (
        "kept between calls",
        "HPyGlobal_Load, HPy_TypeCheck, HPy_Close",
        in_c("global_load_type_check", Fresh(thing)),
    ),
    "dict_missing": ("missing", "HPyDict_GetItemRef", in_c("dict_missing", MAPPING, "absent")),
    "dict_missing_by_error": (
        "missing",
        "HPy_GetItem, HPyErr_Clear",
        in_c("dict_missing_by_error", MAPPING, "absent"),
    ),
    "check_slot": ("types", "HPyType_CheckSlot", in_c("check_slot", THING)),
    "api_direct_numbers": ("between extensions", "f(double, double)", over_api("api_direct_numbers")),
    "api_direct_handles": ("between extensions", "f(h, h), new handle", over_api("api_direct_handles", 1, 2)),
    "api_trampoline_numbers": (
        "between extensions",
        "the same by a trampoline",
        over_api("api_trampoline_numbers"),
    ),
    "api_trampoline_handles": (
        "between extensions",
        "the same by a trampoline",
        over_api("api_trampoline_handles", 1, 2),
    ),
    # Last, as nothing is any more as it was with a single interpreter.
    "global_load_several": ("module state", "HPyGlobal_Load, several interpreters", global_load_several),
}


# The groups that HPy 0.9 has not got.
NEWER = (
    "without a context",
    "module state",
    "kept between calls",
    "missing",
    "types",
    "between extensions",
    "data",
    "clinic",
)


def is_there(case):
    """Whether both modules have it: not all of HPy is in HPy 0.9, nor all of CPython in each version."""
    if case == "view_inside" and not hasattr(capi_bench, case):
        return False
    # PyPy has one interpreter, and its functions do not tell their module.
    if sys.implementation.name == "pypy" and case in {"global_load_several", "typed_call"}:
        return False
    if case.startswith("api_") and not hasattr(hpy_bench, case):
        return False
    return CASES[case][0] not in NEWER or hasattr(hpy_bench, "vm_inside")


def seconds(run, n):
    start = time.perf_counter()
    run(n)
    return time.perf_counter() - start


def measure_time(case, target=0.004, repeats=15):
    """The nanoseconds per iteration of each run, for both modules.

    They take turns, so that both meet the same weather.
    """
    runs = [CASES[case][2](module) for module in (hpy_bench, capi_bench)]
    n = 100
    while seconds(runs[0], n) < target:
        n *= 2
    return [[seconds(run, n) / n * 1e9 for run in runs] for _ in range(repeats)]


def count(case, n):
    for module in (hpy_bench, capi_bench):
        run = CASES[case][2](module)
        run(100)  # lets the interpreter specialise its instructions
        for times in (n, 2 * n):
            capi_bench.mark()
            run(times)
            capi_bench.mark()


def main():
    command, *cases = sys.argv[1:]
    cases = [case for case in cases or CASES if is_there(case)]
    if command == "list":
        print(json.dumps([[case, *CASES[case][:2]] for case in cases]))
        return
    if command == "calls":
        print(json.dumps([case for case in cases if not hasattr(CASES[case][2], "is_in_c")]))
        return
    gc.disable()
    if command == "time":
        print(json.dumps({case: measure_time(case) for case in cases}))
    elif command == "count":
        n = 500
        # In debug mode closed handles are kept, and used again only once there are many: let it be so in
        # every case.
        CASES["dup_close"][2](hpy_bench)(2000)
        for case in cases:
            count(case, n)
        print(json.dumps({"n": n, "cases": cases}))


if __name__ == "__main__":
    main()
