"""What is done with a type that was made: whatever Python code may do, with no regard to whether it works."""

import copy
import gc
import itertools
import operator
import pickle
import weakref

from fuzz.definitions import is_broken_promise

#: Values for attributes, arguments and operands.
VALUES = [0, 1, -1, 2**70, 1.5, "text", "x", None, (), [], {}, True, b"b"]
BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.matmul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
]
BINARY += [
    divmod,
    pow,
    operator.lshift,
    operator.rshift,
    operator.and_,
    operator.or_,
    operator.xor,
    operator.concat,
]
BINARY += [
    operator.iadd,
    operator.isub,
    operator.imul,
    operator.imatmul,
    operator.itruediv,
    operator.ifloordiv,
]
BINARY += [
    operator.imod,
    operator.ipow,
    operator.ilshift,
    operator.irshift,
    operator.iand,
    operator.ior,
    operator.ixor,
]
BINARY += [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge, operator.getitem]
UNARY = [
    abs,
    operator.neg,
    operator.pos,
    operator.invert,
    bool,
    int,
    float,
    operator.index,
    len,
    hash,
    repr,
    str,
    bytes,
]
UNARY += [iter, next, memoryview, reversed, callable, complex, ascii, dir, vars, copy.copy, weakref.ref, type]


class Uses:
    def __init__(self, rng, classes):
        self.rng = rng
        self.classes = classes
        self.instances = []

    def run(self, name):
        """Does one thing with each type."""
        for cls in list(self.classes):
            # Instances may be as large as the machine's memory, which says nothing. PyPy does not tell.
            size = getattr(cls, "__basicsize__", 0) + getattr(cls, "__itemsize__", 0)
            if size < 2**24 or name == "look":
                self.attempt(getattr(self, name), cls)

    def forget(self):
        self.instances.clear()
        self.classes = ()

    def attempt(self, function, *args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if is_broken_promise(error):
                raise

    def value(self):
        if self.instances and self.rng.random() < 0.3:
            return self.rng.choice(self.instances)
        return self.plain_value()

    def plain_value(self):
        """A value without instances in it, its own: what is put into it must not stay."""
        return copy.copy(self.rng.choice(VALUES))

    def instances_of(self, cls):
        """Some instances of the type, made now if there are none."""
        found = [instance for instance in self.instances if isinstance(instance, cls)]
        if not found:
            self.make_instances(cls)
            found = [instance for instance in self.instances if isinstance(instance, cls)]
        return found[:3]

    # ---- operations ----

    def make_instances(self, cls):
        if issubclass(cls, type):
            arguments = [("Made", (), {}), ("Made", (), {"__slots__": ("s",)}), ()]
        else:
            arguments = [(), (self.plain_value(),), (1, 2)]
        for args in arguments:
            instance = self.attempt(cls, *args)
            if isinstance(instance, cls):
                self.instances.append(instance)
        instance = self.attempt(cls.__new__, cls, *arguments[0])
        if isinstance(instance, cls):
            self.instances.append(instance)

    def look(self, cls):
        for name in dir(cls):
            self.attempt(repr, self.attempt(getattr, cls, name))
        for name in (
            "__module__",
            "__qualname__",
            "__doc__",
            "__text_signature__",
            "__basicsize__",
            "__mro__",
        ):
            self.attempt(getattr, cls, name)

    def look_at_instances(self, cls):
        for instance in self.instances_of(cls):
            for name in self.attempt(dir, instance) or ():
                self.attempt(getattr, instance, name)

    def set_attributes(self, cls):
        for instance in self.instances_of(cls):
            for name in [*vars(cls), "new", "a"]:
                # A finalizer that makes instances never ends.
                if name not in ("__class__", "__del__"):
                    self.attempt(setattr, instance, name, self.value())
                    self.attempt(getattr, instance, name)
                    if self.rng.random() < 0.3:
                        self.attempt(delattr, instance, name)

    def set_on_type(self, cls):
        name = self.rng.choice([*vars(cls), "new"])
        if name not in ("__class__", "__del__"):
            # Instances without garbage collection would never go away.
            self.attempt(setattr, cls, name, self.plain_value())
            self.attempt(delattr, cls, name)

    def call_methods(self, cls):
        for instance in self.instances_of(cls):
            for name in vars(cls):
                if name in ("__init_subclass__", "__subclasshook__"):
                    continue
                method = self.attempt(getattr, instance, name)
                if callable(method):
                    self.attempt(method, *[self.value() for _ in range(self.rng.randrange(3))])

    def call(self, cls):
        for instance in self.instances_of(cls):
            self.attempt(instance)
            self.attempt(instance, 1, 2, k=self.value())
            self.attempt(lambda instance=instance: instance(*(1,), **{"a": 1, "b": 2}))

    def operate(self, cls):
        for instance in self.instances_of(cls):
            for function in self.rng.sample(UNARY, 6):
                self.attempt(function, instance)
            for function in self.rng.sample(BINARY, 8):
                pair = [instance, self.value()]
                self.rng.shuffle(pair)
                # Large numbers to the power of others take their time.
                if 2**70 not in pair or function not in (
                    pow,
                    operator.ipow,
                    operator.lshift,
                    operator.ilshift,
                ):
                    self.attempt(function, *pair)

    def contain(self, cls):
        for instance in self.instances_of(cls):
            self.attempt(lambda: list(itertools.islice(instance, 5)))  # noqa: B023
            self.attempt(operator.contains, instance, 1)
            self.attempt(operator.setitem, instance, 0, 1)
            self.attempt(operator.delitem, instance, 0)
            self.attempt(operator.getitem, instance, slice(0, 2))

    def copy(self, cls):
        for instance in self.instances_of(cls):
            self.attempt(copy.copy, instance)
            self.attempt(copy.deepcopy, instance)
            self.attempt(pickle.dumps, instance)
            self.attempt(pickle.dumps, instance, 1)

    def derive(self, cls):
        name = self.rng.choice(["Derived", "Other"])
        for namespace in (
            {},
            {"__slots__": ("a", "b")},
            {"__slots__": ()},
            {"__eq__": lambda self, other: True},
        ):
            derived = self.attempt(type(cls), name, (cls,), namespace)
            self.use_derived(derived)

    def derive_twice(self, cls):
        other = self.rng.choice([int, list, dict, Exception, object, *self.classes])
        for bases in ((cls, other), (other, cls)):
            self.use_derived(self.attempt(type(cls), "Both", bases, {}))

    def use_derived(self, derived):
        if isinstance(derived, type):
            arguments = ("Made", (), {}) if issubclass(derived, type) else ()
            instance = self.attempt(derived, *arguments)
            if isinstance(instance, derived):
                self.attempt(setattr, instance, "a", [instance])
                self.attempt(setattr, instance, "member", [instance])
                self.instances.append(instance)

    def change_class(self, cls):
        for instance in self.instances_of(cls):
            self.attempt(setattr, instance, "__class__", self.rng.choice([*self.classes, object, int]))

    def make_cycle(self, cls):
        for instance in self.instances_of(cls):
            for name in ("member", "x", "method", "cycle"):
                self.attempt(setattr, instance, name, [instance, self.instances])

    def view(self, cls):
        for instance in self.instances_of(cls):
            view = self.attempt(memoryview, instance)
            if view is not None:
                self.attempt(bytes, view)
                self.attempt(view.release)

    def collect(self, cls):
        gc.collect()

    def forget_instances(self, cls):
        self.instances.clear()


USES = [name for name in vars(Uses) if not name.startswith("_")]
USES = USES[USES.index("make_instances") :]
USES.remove("use_derived")
