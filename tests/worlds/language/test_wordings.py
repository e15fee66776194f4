"""Is the table of free wordings sound: meanings in plain words, enough of each kind, splits that share nothing?"""

import re
from collections import Counter

import pytest

from worlds.goal import VERBS
from worlds.language.instructions import InstructionError, canonical, parse
from worlds.language.lexicon import COLOUR_NAMES, NAMES_OF_KIND
from worlds.language.phrasing import PHRASINGS
from worlds.language.wordings import (
    ASK,
    CANNOT,
    SEVERAL,
    SPLITS,
    kind_of,
    read_wordings,
    same_words,
    split_of,
    wordings,
)

EVERY = [row for split in SPLITS for row in wordings(split)]
GOALS = [row for row in EVERY if row.meaning not in (ASK, CANNOT)]
KINDS = {*(verb.name for verb in VERBS[1:]), SEVERAL, ASK, CANNOT}


def grammar(text: str) -> str:
    try:
        return canonical(parse(text))
    except InstructionError:
        return ""


def test_meanings_are_plain_words_and_kinds_are_theirs():
    for row in EVERY:
        assert row.kind == kind_of(row.meaning), row
    for meaning in {row.meaning for row in GOALS}:
        assert canonical(parse(meaning)) == meaning


def test_every_kind_is_said_in_many_ways():
    counts = Counter(row.kind for row in EVERY)
    assert {*counts} == KINDS
    assert min(counts.values()) >= 12 and counts[ASK] >= 40 and counts[CANNOT] >= 40
    assert counts.total() >= 420


def test_every_split_has_its_share_and_every_kind():
    for split, wanted in zip(SPLITS, (0.60, 0.15, 0.25), strict=True):
        rows = wordings(split)
        assert len(rows) / len(EVERY) == pytest.approx(wanted, abs=0.03), split
        assert {row.kind for row in rows} == KINDS, split


def test_no_text_comes_twice_not_even_in_other_marks():
    twice = [words for words, n in Counter(same_words(row.text) for row in EVERY).items() if n > 1]
    assert twice == []


def test_a_text_that_differs_in_case_marks_and_spaces_is_in_the_same_split():
    assert same_words("Put it  on\tthe BED!") == same_words("put it on the bed") == "put it on the bed"
    assert same_words("don’t") == same_words("Don't")
    assert same_words("?!") != same_words("...")
    for row in EVERY:
        assert split_of(f" {row.text.upper()}  ") == split_of(row.text), row.text


def test_splits_are_the_same_for_ever():
    """Rows may be added; those that are there stay where they are."""
    was = {
        "orange": "train",
        "bed?": "test",
        "??": "test",
        "Kill the lamp!": "train",
        "bring it": "development",
    }
    assert {text: split_of(text) for text in was} == was


def test_the_grammar_understands_what_it_understands_as_it_was_meant():
    for row in EVERY:
        assert grammar(row.text) in ("", row.meaning), row


def test_most_wordings_are_beyond_the_grammar():
    understood = sum(grammar(row.text) == row.meaning for row in GOALS)
    assert 0.05 < understood / len(GOALS) < 0.35


def test_no_wording_uses_words_that_are_kept_for_the_split_of_reserved_phrasings():
    """Else who learns from them has read what S7 asks for."""
    names = [text for sayings in (*NAMES_OF_KIND, *COLOUR_NAMES) for text in sayings.reserved]
    drawn = {before_the_thing(text) for row in PHRASINGS for text in row.asked.said}
    verbs = (
        {before_the_thing(text) for row in PHRASINGS for text in row.asked.reserved}
        - drawn
        - {"without", "while"}
    )
    assert "approach" in verbs and "tangerine" in names
    kept = re.compile(rf"\b(?:{'|'.join(map(re.escape, (*names, *verbs)))})\b")
    assert [row.text for row in EVERY if kept.search(same_words(row.text))] == []


def before_the_thing(phrasing: str) -> str:
    return phrasing.partition(" {")[0]


# ---- files ---------------------------------------------------------------------------------------------
def read(tmp_path, text):
    path = tmp_path / "rows.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_wordings(path)


def test_a_file_may_leave_out_kinds_and_begin_with_the_names_of_its_columns(tmp_path):
    rows = read(
        tmp_path,
        "wording\tmeaning\r\nkill it\task\r\n\r\nlamp off\tswitch off the lamp\tmine\r\nhop!\tcannot\r\n",
    )
    assert rows == [
        ("kill it", "ask", "ask"),
        ("lamp off", "switch off the lamp", "mine"),
        ("hop!", "cannot", "cannot"),
    ]
    assert read(tmp_path, "\ufeffhop!\tcannot") == [("hop!", "cannot", "cannot")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hop!\tcannot\nhop!", r"rows.tsv line 2 has 1 columns, allowed are 2 and 3"),
        ("hop!\tcannot\ta\tb", r"line 1 has 4 columns"),
        ("\tcannot", r"line 1, column 1 \(wording\) is empty"),
        ("hop!\t ", r"line 1, column 2 \(meaning\) is empty"),
        ("a\task\nhop!\thop the lamp", r"line 2, column 2 \(meaning\): 'hop the lamp' is no instruction"),
        (b"a\task\nhop\xff!\task", r"line 2, byte 4: no UTF-8"),
        ("\n", r"has no rows"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_column(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text)


def test_a_split_is_one_of_three():
    with pytest.raises(ValueError, match=r"'tset'.*did you mean 'test'"):
        wordings("tset")
