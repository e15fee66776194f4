"""Do people's words come in clean, short and on one line?"""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worlds.language.cleaning import CUT, clean, clean_name
from worlds.language.tokens import MAX_CHARACTERS


@pytest.mark.parametrize(
    ("words", "cleaned"),
    [
        ("  put  the cup\ton the table ", "put the cup on the table"),
        ("take the cup\nopen the fridge!\n\nthanks", "take the cup. open the fridge! thanks"),
        ("take\u2028the cup", "take. the cup"),
        ("\u202ego to the bed\u202c\u200b\ufeff", "go to the bed"),
        ("go\x00 to\x1b[31m the bed", "go to[31m the bed"),
        ("ｇｏ ｔｏ the ﬁrst", "go to the first"),
        ("don’t \U0001f600", "don’t \U0001f600"),
        ("broken \ud800 text", "broken text"),
        ("caf" + "e\u200b\u0301", "caf\u00e9"),
        ("\u200b\u202e\x07", ""),
    ],
)
def test_words_are_cleaned(words, cleaned):
    assert clean(words) == cleaned


def test_long_words_are_cut_and_say_so():
    assert clean("a" * MAX_CHARACTERS) == "a" * MAX_CHARACTERS
    for words in ("a" * (MAX_CHARACTERS + 1), "go on " * 20_000, "\ufdfa" * 400):
        assert len(clean(words)) <= MAX_CHARACTERS
        assert clean(words).endswith(CUT)
    assert clean("go to the bed" + " " * 100_000 + "or not") == "go to the bed" + CUT
    assert clean("\n" * 100_000 + "go to the bed" + " " * 100_000) == "go to the bed"
    assert clean("\u200b" * 100_000) == "(cut)"


@settings(max_examples=300)
@given(st.text(max_size=3000))
def test_cleaned_words_are_one_line_of_what_can_be_seen(words):
    cleaned = clean(words)
    assert len(cleaned) <= MAX_CHARACTERS and len(cleaned.splitlines()) <= 1
    assert not any(unicodedata.category(character)[0] == "C" for character in cleaned)
    assert clean(cleaned) == cleaned


def test_a_speaker_is_one_short_name():
    assert clean_name("Bob: you\nAnn") == "Bob you. Ann"
    assert clean_name("\u202e") == clean_name("") == "somebody"
    assert len(clean_name("x" * 100_000)) <= 24


@settings(max_examples=200)
@given(st.text("aB:\u200b\u0301e \n\ufdfa", max_size=60))
def test_a_cleaned_name_stays_as_it_is(name):
    assert clean_name(clean_name(name)) == clean_name(name)
