"""Does JSON become what an annotation asks for, or a sentence that names the place?"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from worlds.typed import chance_of, counted, typed, typed_fields


@dataclass(frozen=True)
class Inner:
    n: int = 1

    def __post_init__(self):
        if self.n > 9:
            raise ValueError("n is too large")


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner = Inner()
    notes: list[str] = field(default_factory=list)


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        (int, 5, 5),
        (float, 5, 5),
        (float, 0.5, 0.5),
        (bool, False, False),
        (str, "a", "a"),
        (Path, "a/b", Path("a/b")),
        (Path | None, None, None),
        (int | str, "a", "a"),
        (Literal["a", 1], 1, 1),
        (tuple[str, ...], [], ()),
        (tuple[int, str], [1, "a"], (1, "a")),
        (list[list[float | None]], [[1, None]], [[1, None]]),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (Any, [None], [None]),
        (Outer, {"name": "a", "inner": {"n": 2}}, Outer("a", Inner(2))),
    ],
)
def test_a_value_of_the_right_type_is_read(kind, value, found):
    assert typed(kind, value, "x") == found and type(typed(kind, value, "x")) is type(found)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (int, True, "x is True, allowed is a whole number"),
        (int, 1.0, "x is 1.0, allowed is a whole number"),
        (int, 2**64, "x is a huge number, allowed is a whole number of a usual size"),
        (float, float("inf"), "x is inf, allowed is a number of a usual size"),
        (float, "1", "x is '1', allowed is a number"),
        (bool, 1, "x is 1, allowed is true or false"),
        (Path, 1, "x is 1, allowed is a text"),
        (Path | None, 1, "x is 1, allowed is a text"),
        (Literal["a", 1], True, "x is True, allowed are 'a', 1"),
        (tuple[int, str], [1], "x is a list, allowed is a list of 2"),
        (list[int], [1, "2"], "x[1] is '2', allowed is a whole number"),
        (dict[str, int], {"a": None}, "x.a is None, allowed is a whole number"),
        (Outer, [], "x is a list, allowed is an object"),
        (Outer, {}, "x lacks the field 'name'"),
        (Outer, {"nam": ""}, "x has an unknown field 'nam': did you mean 'name'?"),
        (Outer, {"name": "", "inner": {"n": "1"}}, "x: inner: n is '1', allowed is a whole number"),
        (Outer, {"name": "", "inner": {"n": 10}}, "x: inner: n is too large"),
    ],
)
def test_a_value_of_a_wrong_type_is_named(kind, value, said):
    with pytest.raises(ValueError) as raised:
        typed(kind, value, "x")
    assert str(raised.value) == said


def test_what_is_counted_is_whole_and_not_below_zero():
    assert counted(0, "n") == 0
    for wrong in (-1, 1.0, True, None, 2**64):
        with pytest.raises(ValueError, match=r"n is .*, allowed are whole numbers from 0"):
            counted(wrong, "n")


def test_only_the_state_of_a_generator_is_one():
    state = np.random.default_rng(3).bit_generator.state
    assert chance_of(state, "r") == state
    for wrong in (
        None,
        [],
        {},
        state | {"bit_generator": "MT19937"},
        state | {"state": {"state": -1, "inc": 1}},
    ):
        with pytest.raises(ValueError, match=r"^r is"):
            chance_of(wrong, "r")
    assert typed_fields(Inner, {}, "x") == Inner()
