"""Is the language model that is named the one that is read, and only when it is asked?"""

import json
from pathlib import Path

import pytest

from social_rl.cli import main
from social_rl.human_feedback import understanding
from social_rl.human_feedback.understanding import NO_MODEL, model_named, understander


@pytest.fixture
def read(monkeypatch):
    """Which models were read; each answers by its name. There is a shipped one, and one at runs/mine."""
    found: list[Path] = []

    def find(path):
        if path not in (None, Path("runs/mine")):
            raise ValueError(f"{path} holds no language model")
        return path or Path("shipped")

    def reader(path):
        found.append(path)
        return lambda texts: [ANSWERS[path.name].get(text, "I do not understand") for text in texts]

    monkeypatch.setattr(understanding, "_find", find)
    monkeypatch.setattr(understanding, "_reader", reader)
    return found


ANSWERS = {
    "shipped": {
        "it's dark in here": "switch on the lamp",
        "my usual cup": "which cup: the red one or the blue one?",
    },
    "mine": {"it's dark in here": "open the window"},  # is no instruction
}


def test_a_model_is_read_when_it_is_first_asked(read):
    shipped, mine = model_named(), model_named("runs/mine")
    assert read == [] and shipped is not None and mine is not None
    assert shipped("it's dark in here") == "switch on the lamp"
    assert mine("it's dark in here") == "open the window"
    assert read == [Path("shipped"), Path("runs/mine")]


def test_a_model_that_is_named_must_be_there(read):
    with pytest.raises(ValueError, match="runs/none holds no language model"):
        model_named("runs/none")


def test_without_a_shipped_model_the_grammar_refuses_alone(read, monkeypatch):
    def find(path):
        raise ValueError("none is shipped")

    monkeypatch.setattr(understanding, "_find", find)
    refusals = [understander(named)("it's dark in here") for named in ("", NO_MODEL)]
    assert refusals[0] == refusals[1] and refusals[0].goal is None and refusals[0].by == "grammar"


def parsed(capsys, *arguments: str) -> tuple[int, str]:
    status = main(["parse", *arguments])
    said = capsys.readouterr()
    return status, " ".join((said.out + said.err).split())


def test_parse_says_that_a_model_read_it(read, capsys, tmp_path):
    status, said = parsed(capsys, "it's dark in here", "--json", str(tmp_path / "goal.json"))
    assert status == 0
    assert (
        "The grammar does not understand this. A language model says: I take that as: switch on the lamp"
        in said
    )
    assert "Stage 1 of 1 switch on the lamp verb switch on" in said and "In plain words" not in said
    assert json.loads((tmp_path / "goal.json").read_text())["by"] == "model"


def test_parse_shows_the_question_that_a_model_would_ask(read, capsys, tmp_path):
    status, said = parsed(capsys, "my usual cup", "--json", str(tmp_path / "goal.json"))
    assert status == 2 and not (tmp_path / "goal.json").exists()
    assert "A language model would ask: which cup: the red one or the blue one?" in said
    status, said = parsed(capsys, "you dance")
    assert status == 2 and "A language model says: I do not understand" in said


def test_parse_asks_no_model_about_what_the_grammar_understands(read, capsys, tmp_path):
    status, said = parsed(capsys, "go to the bed", "--json", str(tmp_path / "goal.json"))
    assert status == 0 and "In plain words: go to the bed" in said
    assert json.loads((tmp_path / "goal.json").read_text())["by"] == "grammar"
    assert parsed(capsys, "it's dark in here", "--model", "none")[1].startswith("social-rl: ")
    assert read == []


def test_parse_reads_the_model_that_is_named(read, capsys):
    status, said = parsed(capsys, "it's dark in here", "--model", "runs/mine")
    assert status == 2 and said.startswith("social-rl: "), (
        "its answer is none, so the grammar's refusal stands"
    )
    assert read == [Path("runs/mine")]
    assert parsed(capsys, "go to the bed", "--model", "runs/none") == (
        2,
        "social-rl: runs/none holds no language model",
    )
