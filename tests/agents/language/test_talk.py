"""Who said what, and which kinds does a talk name?"""

import pytest

from agents.language.talk import MAX_TURNS, Turn, kinds_named, said
from worlds.objects import KINDS


def test_a_talk_keeps_its_last_turns_and_no_silence():
    talk = ()
    for n in range(MAX_TURNS + 3):
        talk = said(talk, "Bob", f"word {n}")
    talk = said(talk, "Bob", " \u200b")
    assert len(talk) == MAX_TURNS
    assert talk[-1] == Turn("Bob", f"word {MAX_TURNS + 2}")


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("put the mug on a couch", {"cup", "sofa"}),
        ("Bookshelves and the LIVING ROOM", {"shelf", "living room"}),
        ("some fruit for Bob", {"orange", "apple", "banana", "Bob"}),
        ("the cupboard", {"cupboard"}),
        ("embedded boxing", set()),
        ("it is over there", set()),
    ],
)
def test_kinds_that_are_named(words, kinds):
    assert {KINDS[kind] for kind in kinds_named(said((), "Bob", words))} == kinds
