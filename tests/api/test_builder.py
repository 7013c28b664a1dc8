"""List and tuple builders."""

import sys

import pytest
from support import NULL, c_text, module_fixture

# A builder that is at work cannot be handed to Python, so each function is one story.
TEMPLATE = c_text(__file__)

mod = module_fixture(TEMPLATE.replace("@", "List") + TEMPLATE.replace("@", "Tuple"))


@pytest.fixture(params=[list, tuple])
def kind(request):
    """The type that is built."""
    return request.param


@pytest.fixture
def story(mod, kind):
    """`story("build", ...)` calls the function of this kind."""
    return lambda name, *args: getattr(mod, f"{kind.__name__.capitalize()}_{name}")(*args)


@pytest.mark.smoke
def test_build(story, kind):
    for items in [(), (1,), (1, "a", None), tuple(range(100))]:
        result = story("build", *items)
        assert type(result) is kind
        assert result == kind(items)


def test_built_list_grows(mod):
    result = mod.List_build(1, 2)
    result.append(3)
    assert result == [1, 2, 3]


def test_set_duplicates_the_item(story):
    x = object()
    before = sys.getrefcount(x)
    result = story("build", x, x)
    assert sys.getrefcount(x) == before + 2
    del result
    assert sys.getrefcount(x) == before


@pytest.mark.smoke
def test_cancel_drops_the_items(story):
    x = object()
    before = sys.getrefcount(x)
    assert story("cancel", x) is True
    assert sys.getrefcount(x) == before


@pytest.mark.parametrize("size", [-1, 1 << 46])
def test_impossible_size_is_a_memory_error_in_build(story, size):
    with pytest.raises(MemoryError):
        story("impossible", size)


def test_cancel_of_a_null_builder_does_nothing(story):
    assert story("negative_cancel") is True


@pytest.mark.fixed_defect
def test_unset_item_is_an_error(story):
    x = object()
    before = sys.getrefcount(x)
    with pytest.raises(SystemError, match="1"):
        story("unset", x)
    assert sys.getrefcount(x) == before


@pytest.mark.fixed_defect
def test_null_item_is_an_error(story):
    with pytest.raises(SystemError):
        story("build", 1, NULL, 3)


@pytest.mark.fixed_defect
@pytest.mark.parametrize("index", [3, -1, 1 << 40, -(1 << 40)])
@pytest.mark.breaks_rules("builder-index", reason="what a wrong index does")
def test_index_out_of_range_is_an_error(story, index):
    x = object()
    before = sys.getrefcount(x)
    with pytest.raises(IndexError):
        story("set_at", 3, index, x)
    assert sys.getrefcount(x) == before


@pytest.mark.fixed_defect
@pytest.mark.breaks_rules("builder-index", reason="what a wrong index does")
def test_set_on_an_empty_builder_is_an_error(story):
    with pytest.raises(IndexError):
        story("set_at", 0, 0, 1)
