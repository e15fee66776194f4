"""Do curricula come back from files as they went, in parts and in any order?"""

import numpy as np
import pytest

from adversarial_design.curriculum import (
    Curriculum,
    Opened,
    levels_of,
    read_curriculum,
    shuffled,
    split,
    write_jsonl,
    write_parquet,
)
from adversarial_design.designer import Proposal, Scores
from tests.small import SMALL_MAZES
from tests.toys import LADDERS


def curriculum_of(kind, n=12):
    """Levels that students trained on; each of the second half is a child of one of the first."""
    rng, found = np.random.default_rng(0), Curriculum(kind, seed=3)
    levels = kind.draw(n // 2, rng)
    children, edits = kind.edit(levels, rng, 3)
    ids, nan = kind.ids(levels), float("nan")
    first = Proposal(levels, ids)
    second = Proposal(children, kind.ids(children), parents=ids, edits=edits)
    for cycle, proposal in enumerate((first, second, first), 1):
        value = np.where(np.arange(n // 2) == 0, nan, cycle / 2)
        found.note(proposal, Scores(value, value, value, np.ones(n // 2, int)), cycle)
    return found


@pytest.mark.parametrize("kind", [LADDERS, SMALL_MAZES.kind], ids=["ladders", "mazes"])
def test_a_curriculum_comes_back_from_a_file(tmp_path, kind):
    records = curriculum_of(kind).records()
    write_jsonl(records, tmp_path / "c.jsonl")
    again = read_curriculum(tmp_path / "c.jsonl")
    assert again == records and len(records) == 12
    levels = levels_of(again, kind)
    assert kind.ids(levels) == [record["id"] for record in records]
    assert records[0]["visits"] == [[1, None, None], [3, None, None]] and records[0]["replays"] == 1
    assert records[1]["visits"] == [[1, 0.5, 0.5], [3, 1.5, 1.5]] and records[1]["solved"] == 1.5
    assert records[6]["parent"] == records[0]["id"] and records[6]["edit"] and records[6]["born"] == 2
    assert {"seed", "grammar", "rules", "kind", "solvable", "optimum", "numbers"} <= records[0].keys()


def test_a_curriculum_comes_back_from_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    records = curriculum_of(SMALL_MAZES.kind).records()
    write_parquet(records, tmp_path / "c.parquet")
    assert read_curriculum(tmp_path / "c.parquet") == records
    opened = Opened(tmp_path / "c.parquet")
    assert len(opened) == 12 and opened.read([7, 2]) == [records[7], records[2]]


def test_order_and_parts_depend_on_the_seed_alone_and_families_stay_together():
    records = curriculum_of(LADDERS).records()
    assert shuffled(records, 1) == shuffled(records, 1) != shuffled(records, 2)
    assert sorted(r["id"] for r in shuffled(records, 1)) == sorted(r["id"] for r in records)
    one, other = split(records, 0.5, 0)
    assert len(one) == len(other) == 6 and split(records, 0.5, 0) == (one, other)
    assert not {r["parent"] for r in one} & {r["id"] for r in other}


def test_levels_that_nobody_trained_on_are_not_in_it():
    levels = LADDERS.draw(4, np.random.default_rng(0))
    found, nothing = Curriculum(LADDERS), np.full(4, np.nan)
    found.note(
        Proposal(levels, LADDERS.ids(levels), trains=False), Scores(nothing, nothing, nothing, nothing), 1
    )
    assert found.records() == []


def test_the_least_visited_are_dropped_first():
    rng, found = np.random.default_rng(0), Curriculum(LADDERS, capacity=8)
    one = np.ones(4)
    often = LADDERS.draw(4, rng)
    for cycle in range(10):
        for levels in (often, LADDERS.draw(4, rng)):
            found.note(Proposal(levels, LADDERS.ids(levels)), Scores(one, one, one, one), cycle)
    assert set(LADDERS.ids(often)) <= found.entries.keys() and len(found.entries) <= 16


def test_what_is_no_curriculum_is_refused(tmp_path):
    path = tmp_path / "c.jsonl"
    for text, said in (("{", "line 1 is no JSON"), ('{"id": 1}', "no level"),
                       ('{"id":1,"level":"","kind":"maze","format":99}', "format 99")):  # fmt: skip
        path.write_text(text)
        with pytest.raises(ValueError, match=said):
            read_curriculum(path)
    with pytest.raises(ValueError, match="of kind 'ladders', not 'maze'"):
        levels_of(curriculum_of(LADDERS).records(), SMALL_MAZES.kind)
