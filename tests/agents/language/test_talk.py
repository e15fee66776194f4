"""Who said what, and which kinds does a talk name?"""

import pytest

from agents.language.talk import MAX_TURNS, ME, Turn, is_reply, kinds_named, recent, said
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


def test_words_go_back_to_as_much_of_a_talk_as_they_point_at():
    first, taken = Turn("person", "take the red cup"), Turn(ME, "I take that as: pick up the red cup")
    for words in ("no, the other one", "put it on the bed", "not that", "go there again"):
        assert recent((Turn("Bob", "hi"), first, taken, Turn("person", words))) == (
            first,
            taken,
            Turn("person", words),
        )
    new = Turn("person", "close the fridge")
    assert recent((first, taken, new)) == (new,) and recent((new,)) == (new,) and recent(()) == ()
    asked, reply = Turn(ME, "what do you mean?"), Turn("person", "the plate")
    assert recent((Turn("Bob", "hi"), first, asked, reply)) == (first, asked, reply)
    assert is_reply((first, asked, reply)) and not is_reply((first, taken, new))
