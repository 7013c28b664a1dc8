import quickstart


def test_greets_a_name():
    assert quickstart.greet("HPy") == "Hello, HPy!"


def test_greets_any_object():
    assert quickstart.greet(42) == "Hello, 42!"


def test_greets_beyond_ascii():
    assert quickstart.greet("Žofie") == "Hello, Žofie!"
