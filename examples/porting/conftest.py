"""Runs the tests with each step of the port, in each ABI that it can be built for."""

import pytest

# Step 1 uses only the C API. Legacy code needs `Python.h`, so only the last step can be universal.
VARIANTS = [
    ("step1", None),
    ("step2", "hybrid"),
    ("step2", "cpython"),
    ("step3", "hybrid"),
    ("step3", "cpython"),
    ("step4", "universal"),
    ("step4", "hybrid"),
    ("step4", "cpython"),
]


@pytest.fixture(scope="session", params=VARIANTS, ids=lambda variant: "-".join(filter(None, variant)))
def ringbuf(request, build_example):
    """The module `ringbuf` of one step, built for one ABI."""
    step, abi = request.param
    return build_example(f"porting/{step}", "ringbuf", abi)
