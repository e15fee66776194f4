"""How is a memory kept? What a policy hands itself from step to step, as named arrays and a few facts, and back again.

A memory is whatever a policy likes: named tuples, dataclasses, lists and dictionaries of arrays, tensors, numbers and
generators of random numbers. It is put back into a memory of the same make, as `start` returns it. Arrays that are
views into others are kept once, with those.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch

from worlds.typed import chance_of

Arrays = dict[str, np.ndarray]
Facts = dict[str, Any]
_PLAIN = (bool, int, float, str)


def save_memory(memory: Any) -> tuple[Arrays, Facts]:
    """Arrays, and what goes into JSON, by their place in the memory.

    Raises:
        ValueError: it holds something that cannot be kept: names the place and the type.
    """
    arrays: Arrays = {}
    facts: Facts = {}
    for place, part in _kept(memory):
        match part:
            case np.ndarray():
                arrays[place] = part.copy()
            case torch.Tensor():
                arrays[place] = part.detach().cpu().numpy().copy()
            case torch.Generator():
                arrays[place] = part.get_state().numpy()
            case np.random.Generator():
                facts[place] = part.bit_generator.state
            case _:
                facts[place] = part
    return arrays, facts


def restore_memory(memory: Any, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> Any:
    """A memory of the make of `memory` with what was saved; arrays and generators are changed in place.

    Raises:
        ValueError: what was saved is of another make: names the place.
    """
    kept = {**arrays, **facts}
    places = {place for place, _ in _kept(memory)}
    if places != kept.keys():
        odd = min(places ^ kept.keys())
        raise ValueError(f"{odd} is {'not in what was saved' if odd in places else 'not in this memory'}")
    return _rebuilt(memory, "memory", kept)


def _kept(memory: Any) -> list[tuple[str, Any]]:
    """All parts but arrays that are views into others."""
    leaves = _leaves(memory, "memory")
    whole: list[np.ndarray] = []
    views: set[str] = set()
    for place, part in sorted(leaves, key=lambda leaf: -getattr(leaf[1], "nbytes", 0)):
        if isinstance(part, np.ndarray):
            if any(np.may_share_memory(part, other) for other in whole):
                views.add(place)
            else:
                whole.append(part)
    return [(place, part) for place, part in leaves if place not in views]


def _leaves(part: Any, place: str) -> list[tuple[str, Any]]:
    inner = _inside(part)
    if inner is not None:
        return [leaf for name, one in inner.items() for leaf in _leaves(one, f"{place}/{name}")]
    arrays = (np.ndarray, torch.Tensor, torch.Generator, np.random.Generator, *_PLAIN)
    if part is not None and not isinstance(part, arrays):
        raise ValueError(
            f"{place} is a {type(part).__name__}, which cannot be kept: let memories be made of arrays, tensors, "
            "numbers, words and generators of random numbers"
        )
    return [(place, part)]


def _inside(part: Any) -> dict[str, Any] | None:
    """What a part is made of, by name; None if it is whole."""
    if isinstance(part, Mapping):
        return {str(name): one for name, one in part.items()}
    if is_dataclass(part) and not isinstance(part, type):
        return {
            field.name: getattr(part, field.name)
            for field in fields(part)
            if not field.metadata.get("derived")
        }
    if isinstance(part, tuple) and hasattr(part, "_asdict"):
        return part._asdict()  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(part, list | tuple):
        return {str(i): one for i, one in enumerate(part)}
    return None


def _rebuilt(part: Any, place: str, kept: Mapping[str, Any]) -> Any:
    inner = _inside(part)
    if inner is None:
        return _leaf(part, place, kept[place]) if place in kept else part  # a view has changed with its whole
    new = {name: _rebuilt(one, f"{place}/{name}", kept) for name, one in inner.items()}
    if isinstance(part, Mapping):
        return {name: new[str(name)] for name in part}
    if is_dataclass(part):
        for name, one in new.items():
            object.__setattr__(part, name, one)
        return part
    return type(part)(*new.values()) if hasattr(part, "_asdict") else type(part)(new.values())


def _leaf(part: Any, place: str, kept: Any) -> Any:
    match part:
        case torch.Generator():
            part.set_state(torch.from_numpy(kept.copy()))
            return part
        case np.random.Generator():
            part.bit_generator.state = chance_of(kept, place)
            return part
        case np.ndarray() | torch.Tensor():
            if not isinstance(kept, np.ndarray) or kept.shape != tuple(part.shape):
                found = kept.shape if isinstance(kept, np.ndarray) else type(kept).__name__
                raise ValueError(f"{place} was saved as {found}, here it is {tuple(part.shape)}")
            if isinstance(part, np.ndarray):
                part[...] = kept
                return part
            return torch.from_numpy(kept.copy()).to(part)
        case _:
            if part is not None and type(kept) is not type(part):
                raise ValueError(f"{place} was saved as {kept!r}, here it is a {type(part).__name__}")
            return kept
