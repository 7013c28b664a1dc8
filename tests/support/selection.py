"""What is left out of a run, for `conftest.py` of the suite and of the examples."""


def deselect(config, items, is_left_out):
    """Take out the tests that `is_left_out` names, and tell pytest of them."""
    left_out = [item for item in items if is_left_out(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
