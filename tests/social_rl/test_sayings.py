"""Do the lists of words and of splits hold what the tables do?"""

import re

from social_rl.cli import main
from worlds.generators.splits import SPLITS, held_out_pairs, held_out_shades
from worlds.goal import VERBS
from worlds.language.instructions import parse
from worlds.objects import COLOURS, KINDS


def listing(capsys, *command: str) -> str:
    """What a command prints, in one line."""
    assert main(command) == 0
    return re.sub(r"\s+", " ", capsys.readouterr().out)


def test_words_lists_every_verb_thing_and_colour(capsys):
    said = listing(capsys, "words")
    for name in (*(verb.name for verb in VERBS[1:]), *KINDS[1:], *COLOURS):
        assert name in said, name
    assert "mug | [teacup]; any colour" in said and "then B" in said and "told apart by" in said
    assert said.isascii()


def test_words_end_with_an_example_that_is_understood(capsys):
    assert parse(re.findall('parse "(.+)"', listing(capsys, "words"))[0]).clauses


def test_splits_lists_what_each_holds_out(capsys):
    said = listing(capsys, "splits")
    assert all(f"{name} " in said for name in SPLITS)
    assert "clauses 3 to 4 instead of 1 to 2" in said and "distractors 18 instead of 2 to 4" in said
    assert "crossed houses of S0 in which what agents are told gets in each other's way" in said
    assert f"S1: {len(held_out_pairs())} pairs orange bed, desk" in said
    assert f"S2: {len(held_out_shades())} shades" in said and "ball purple, grey" in said


def test_parse_shows_what_was_understood_in_plain_words(capsys):
    said = listing(capsys, "parse", "hey Ann, take the cup from the table and put it on the sofa, thanks!")
    assert "In plain words: pick up the cup on the table, then put the cup on the table on the sofa" in said
    assert "Agents are told" not in said, "the same"
    assert "Agents are told: haul the cup into the hall" in listing(
        capsys, "parse", "Haul the cup into the hall"
    )


def test_parse_says_how_many_with_the_article_and_the_number_that_belong_there(capsys):
    assert "thing an orange place Eve" in listing(capsys, "parse", "bring an orange to Eve")
    assert "thing two red cups place a table" in listing(capsys, "parse", "put two red cups on a table")


def test_words_tell_rooms_and_agents_from_things(capsys):
    said = listing(capsys, "words")
    assert "go to go to THING |" in said and "go to go to ROOM |" in said
    assert "bring to room bring THING to ROOM |" in said and "give to give THING to AGENT |" in said


def test_parse_knows_who_speaks(capsys):
    assert "give the cup to Bob" in listing(capsys, "parse", "bring me the cup", "--speaker", "Bob")
    assert main(["parse", "bring me the cup", "--speaker", "Bobb"]) == 2
    assert "did you mean 'Bob'?" in capsys.readouterr().err
