"""How does a way of learning of another package come in? By its name, MODULE:NAME: a function that returns a Method."""

from agents.training.methods import Method
from worlds.checks import imported


def outside_method(name: str) -> Method:
    """The method that `my_lab.methods:heading` names.

    Raises:
        ValueError: there is no such module or name, or it makes no Method.
    """
    make = imported(f"method {name}", name)
    if not callable(make):
        raise ValueError(
            f"method {name} is a {type(make).__name__}, needed is a function that returns a Method"
        )
    method = make()
    if not isinstance(method, Method):
        raise ValueError(
            f"method {name} returned a {type(method).__name__}, needed is a Method (see agents/training/methods.py)"
        )
    return method
