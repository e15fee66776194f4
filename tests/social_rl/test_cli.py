"""Does the command line do what it is told, and say calmly what it cannot do?"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from social_rl.cli import main
from social_rl.doctor import (
    BROKEN,
    FINE,
    NOTE,
    examine_cache,
    examine_display,
    examine_packages,
    examine_pygame,
    examine_python,
)

ROOT = Path(__file__).resolve().parents[2]
HELP = (
    "import sys\n"
    "from social_rl.cli import main\n"
    "try:\n"
    "    main(['run', '--help'])\n"
    "except SystemExit as end:\n"
    "    assert not end.code\n"
    "print('LOADED', *({'torch', 'pygame', 'numba', 'transformers', 'PIL'} & set(sys.modules)))\n"
)


def test_help_names_the_options_and_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", HELP], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert "--cast" in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["LOADED"]


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ("run hose", "did you mean 'house'?"),
        ("run maze --cast ann=expart", "did you mean expert?"),
        ("run maze --cast zoe=expert", "there are Ann"),
        ("run maze --cast ann", "write it as NAME=POLICY"),
        ("run maze --cast ann=random ANN=still", "keep one of them"),
        ("run maze --cast ann=noisy:2", "allowed are 0 to 1"),
        ("run maze --cast ann=still:1", "only noisy does"),
        ("run maze --set side", "write it as CHOICE=VALUE"),
        ("run maze --set sid=5", "did you mean side?"),
        ("run maze --set side=big", "'big' is not a whole number"),
        ("run maze --set occluded=perhaps", "write yes or no"),
        ("run maze --set side=9 side=11", "keep one of them"),
        ("run maze --worlds 0", "--worlds is 0, allowed are 1 and more"),
        ("run maze --episodes 0", "--episodes is 0, allowed are 1 and more"),
        ("run maze --threads 100000", "--threads is 100000"),
        ("run maze --video film.avi", "a film ends in .gif, .mp4, .webp"),
        ("bench sim --runs 3 --record", "a record needs at least 5"),
        ("bench sim --scenario mazes", "did you mean 'maze'?"),
    ],
)
def test_bad_input_is_one_line_with_a_remedy(arguments, remedy, capsys):
    assert main(arguments.split()) == 2
    error = capsys.readouterr().err
    assert remedy in error
    assert error.startswith("social-rl: ")
    assert error.count("\n") == 1


def test_an_unknown_option_is_refused_with_a_suggestion(capsys):
    with pytest.raises(SystemExit) as end:
        main(["run", "maze", "--wrlds", "3"])
    assert end.value.code == 2
    assert "--worlds" in capsys.readouterr().err


# ---- parse --------------------------------------------------------------------------------------------
def test_parse_shows_plain_words_stages_and_constraints(capsys, tmp_path):
    text = "could you place the red cup onto the table, then shut the fridge without entering the kitchen?"
    assert main(["parse", text, "--json", str(tmp_path / "goal.json")]) == 0
    said = capsys.readouterr().out
    assert "put the red cup on the table, then close the fridge without entering the kitchen" in said
    assert "Stage 2 of 2" in said
    assert "Always" in said
    goal = json.loads((tmp_path / "goal.json").read_text(encoding="utf-8"))
    first = goal["stages"][0][0]
    assert first["verb"] == "put on"
    assert first["thing"] == {"quantity": "the", "kind": "cup", "colour": "red"}
    assert first["place"] == {"quantity": "the", "kind": "table"}
    assert [clause["verb"] for clause in goal["constraints"]] == ["avoid room"]


def test_parse_names_the_word_it_does_not_know(capsys):
    assert main(["parse", "put the ornge on the bed"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "did you mean 'orange'?" in said.err


# ---- scenarios ----------------------------------------------------------------------------------------
def test_scenarios_are_listed_with_their_choices(capsys):
    assert main(["scenarios"]) == 0
    said = capsys.readouterr().out
    assert "maze  Find the goal in a maze." in said
    assert "family=blocks" in said
    assert "split=S0" in said
    assert "rooms=1,3" in said, "fields of HouseConfig can be chosen too"


# ---- doctor -------------------------------------------------------------------------------------------
def test_doctor_finds_two_pygames():
    finding = examine_pygame({"pygame", "pygame-ce", "numpy"})
    assert finding.how == BROKEN
    assert "pip uninstall pygame pygame-ce, then pip install pygame-ce" in finding.detail
    assert examine_pygame({"pygame-ce"}).how == FINE


def test_doctor_names_what_is_missing():
    assert examine_python((3, 10)).how == BROKEN
    findings = list(examine_packages({"numpy": "2.4.6", "av": ""}))
    assert [finding.how for finding in findings] == [FINE, BROKEN]
    assert findings[1].detail == "missing: pip install av"


def test_doctor_says_what_happens_without_a_display():
    assert examine_display({"DISPLAY": ":0"}, "linux").how == FINE
    assert examine_display({}, "linux").how == NOTE
    assert "run --video" in examine_display({}, "linux").detail
    assert "SDL_VIDEODRIVER=dummy" in examine_display({"SDL_VIDEODRIVER": "dummy"}, "linux").detail
    assert examine_display({}, "darwin").how == FINE


def test_doctor_says_whether_rules_are_compiled(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    assert examine_cache(folder).how == NOTE
    (folder / "kernels.nbc").write_bytes(b"code")
    assert examine_cache(folder).how == FINE


def test_doctor_prints_a_table(capsys):
    assert main(["doctor"]) in (0, 1)
    said = capsys.readouterr().out
    assert "python" in said
    assert "torch" in said
