"""Do words come with meaning? The shipped table, and words that it lacks."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from agents.network.word_meanings import TABLE, word_vectors
from worlds.language.grammar import PADDING, TOKEN, UNKNOWN, VOCABULARY
from worlds.language.lexicon import NAMES_OF_KIND
from worlds.objects import KINDS

ROOT = Path(__file__).resolve().parents[3]
SAID = [(name, kind) for kind, names in enumerate(NAMES_OF_KIND) for name in names.said if name]


@pytest.fixture(scope="module")
def vectors():
    return word_vectors()


def test_the_table_has_every_word_and_no_two_alike(vectors):
    with safe_open(TABLE, framework="numpy") as file:
        known = set(json.loads(file.metadata()["words"]))
    lacking = [word for word in VOCABULARY if word.lower() not in known]
    assert not lacking, f"make the table anew with benchmarks/long/word_vectors.py: it lacks {lacking}"
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(VOCABULARY), 128)
    assert len(np.unique(vectors, axis=0)) == len(VOCABULARY) - 1, "padding and unknown are both zeros"


def test_marks_are_zeros_and_words_about_as_long_as_each_other(vectors):
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths[[PADDING, UNKNOWN]].tolist() == [0, 0]
    words = np.delete(lengths, [PADDING, UNKNOWN])
    assert 0.95 < words.min() <= words.max() < 1.6


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("settee", "sofa"),
        ("tangerine", "orange"),
        ("urn", "vase"),
        ("canteen", "bottle"),
        ("armchair", "chair"),
    ],
)
def test_a_word_that_is_never_trained_lies_nearest_to_a_name_of_the_same_thing(vectors, word, kind):
    assert KINDS[nearest(vectors, word)] == kind


def test_most_reserved_names_lie_nearest_to_a_name_of_the_same_thing(vectors):
    asked = [(name, kind) for kind, names in enumerate(NAMES_OF_KIND) for name in names.reserved]
    right = sum(nearest(vectors, name) == kind for name, kind in asked)
    assert (right, len(asked)) == (33, 38)


def test_forms_of_a_word_are_near_and_small_words_are_not(vectors):
    assert cosine(vectors, "plate", "plates") > 0.8
    assert cosine(vectors, "take", "taking") > 0.8
    assert cosine(vectors, "to", "on") < 0.5
    assert cosine(vectors, "then", "before") < 0.5


def test_an_unknown_word_has_a_vector_of_its_own_that_stays(vectors):
    first, again = word_vectors(["zeppelin", "sofa", "gondola"]), word_vectors(["gondola", "Zeppelin"])
    assert (first[1] == vectors[TOKEN["sofa"]]).all()
    assert (first[0] == again[1]).all()
    assert (first[2] == again[0]).all()
    assert np.linalg.norm(first, axis=1) == pytest.approx([np.sqrt(2)] * 3, abs=0.01)
    assert abs(first[0] @ first[2]) < 0.8, "chance words are near none"
    assert first[0, :3] == pytest.approx([0.070399, 0.071477, -0.110255], abs=1e-6), (
        "the same on every machine"
    )


def test_the_table_is_shipped_with_its_sources():
    assert files("agents.network").joinpath("word_meanings.safetensors").is_file()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "*.safetensors" in project["tool"]["setuptools"]["package-data"]["agents.network"]
    with safe_open(TABLE, framework="numpy") as file:
        about = file.metadata()
    assert "WordNet 3.1" in about["sources"]
    assert "Copyright 2011 by Princeton University" in about["notice"]
    assert (ROOT / about["made_by"]).is_file()


def nearest(vectors, name):
    """The kind whose said name lies nearest; a name of several words lies at their mean."""
    near = [cosine(vectors, name, other) for other, _ in SAID]
    return SAID[int(np.argmax(near))][1]


def cosine(vectors, one, other):
    a, b = (vectors[[TOKEN[word.lower()] for word in name.split()]].mean(axis=0) for name in (one, other))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)
