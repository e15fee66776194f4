"""Does the command line do what it is told, and say calmly what it cannot do?"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from social_rl.cli import main
from social_rl.commands.checks import check_file
from social_rl.doctor import (
    BROKEN,
    FINE,
    NOTE,
    examine_cache,
    examine_display,
    examine_numba,
    examine_packages,
    examine_pygame,
    examine_python,
)
from worlds.compiler.cache import SUFFIX, cache_folder, write
from worlds.compiler.compile import COMPILED

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


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("social-rl 0.")


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ("run hose", "did you mean 'house'?"),
        ("run maze --cast ann=expart", "did you mean 'expert'?"),
        ("run maze --cast zoe=expert", "allowed are Ann"),
        ("run maze --cast ann", "write it as NAME=POLICY"),
        ("run maze --cast ann=random ANN=still", "keep one of them"),
        ("run maze --cast ann=noisy:2", "allowed are 0 to 1"),
        ("run maze --cast ann=still:1", "only noisy does"),
        ("run maze --set side", "write it as CHOICE=VALUE"),
        ("run maze --set sid=5", "did you mean 'side'?"),
        ("run maze --set side=big", "'big' is not a whole number"),
        ("run maze --set occluded=perhaps", "write yes or no"),
        ("run maze --set side=9 side=11", "keep one of them"),
        ("run maze --worlds 0", "--worlds is 0, allowed are 1 and more"),
        ("run maze --episodes 0", "--episodes is 0, allowed are 1 and more"),
        ("run maze --threads 100000", "--threads is 100000"),
        ("run maze --video film.avi", "a film ends in .gif, .mp4, .webp"),
        ("run maze --video-frames 0", "--video-frames is 0, allowed are 1 and more"),
        ("run maze --tile 0", "--tile is 0, allowed are 1 to 256"),
        ("run maze --fps nan", "--fps is nan, allowed are more than 0 up to 100"),
        ("run maze --seed -1", "--seed is -1, allowed are 0 to 18446744073709551615"),
        (
            "run maze --json /dev/null/new/run.json",
            "--json /dev/null/new/run.json: it cannot be written (not a d",
        ),
        ("run maze --json .", "it cannot be written (is a directory); name another file"),
        ("run maze --video /dev/null/film.mp4", "name another file"),
        ("run maze --instruction ornge", "did you mean 'orange'?"),
        ("run maze --instruction one two three", "3 instructions for 1 agent: "),
        ("run house --set roms=3", "scenario house has no choice 'roms'; did you mean 'rooms'?"),
        ("run house --set rooms=3", "give 2 values with commas, such as 1,3"),
        ("run house --set rooms=abc", "give 2 values with commas, such as 1,3"),
        ("run whom_to_trust --set neighbours=expert,nosy", "did you mean 'noisy'?"),
        ("run house --set rooms=1,x", "'x' is not a whole number"),
        ("run house --set rooms=5,3", "--set rooms=5,3: rooms[1] is 3, allowed are 5 to 9"),
        (
            "run house --set split=S9",
            "split is 'S9', allowed are S0, S1, S2, S4, S5, S6, S7",
        ),
        ("run house --set split=s1", "did you mean 'S1'?"),
        ("run house --set agents=0", "agents is 0, allowed are 1 to 16"),
        ("run house --set kinds=opne", "did you mean 'open'?"),
        ("run house --set view=4", "view is 4, allowed are 5, 7, 9 and 11 cells"),
        ("run house --set message_tokens=99", "message tokens is 99, allowed are 0 to 16"),
        ("run tidy_up --set agents=17", "agents is 17, allowed are 1 to 16"),
        ("run tidy_up --set stlye=0", "did you mean 'style'?"),
        ("run maze --set agents=99", "agents is 99, allowed are 1 to 16"),
        ("run maze --set agents=0", "agents is 0, allowed are 1 to 16"),
        ("run maze --set family=block", "did you mean 'blocks'?"),
        ("run maze --set side=3", "side is 3, allowed are 5 to 256"),
        ("run maze --set split=S1", "scenario maze has no choice 'split'; allowed are agents, side, family"),
        ("run berry_bush --set agents=99", "agents is 99, allowed are 1 to 16"),
        ("run berry_bush --set agents=0", "agents is 0, allowed are 1 to 16"),
        ("run berry_bush --set side=2", "side is 2, allowed are 5 to 256"),
        ("run berry_bush --set steps=0", "steps is 0, allowed are 1 to 100000"),
        ("run berry_bush --set freeze=-1", "freeze is -1, allowed are 0 to 100000"),
        ("play hose", "did you mean 'house'?"),
        ("play maze --cast ann=expart", "did you mean 'expert'?"),
        ("play maze --tile 0", "--tile is 0, allowed are 1 to 256"),
        ("play maze --fps 0", "--fps is 0.0, allowed are more than 0 up to 100"),
        ("play maze --frames -1", "--frames is -1, allowed are 0 and more"),
        ("play maze --seed -1", "--seed is -1"),
        ("play maze --record film.avi", "a film ends in .gif, .mp4, .webp"),
        ("play maze --record /dev/null/film.mp4", "name another file"),
        ("play maze --instruction ornge", "did you mean 'orange'?"),
        ("parse ornge --model none", "did you mean 'orange'?"),
        ("parse go --json .", "--json .: it cannot be written (is a directory)"),
        ("bench sim --runs 3 --record", "a record needs at least 5"),
        ("bench sim --scenario mazes", "did you mean 'maze'?"),
        ("bench sim --agents 0", "--agents is 0, allowed are 1 to 16"),
        ("bench sim --agents 99", "--agents is 99, allowed are 1 to 16"),
        ("bench sim --worlds 0", "--worlds is 0, allowed are 1 and more"),
        ("bench sim --steps 0", "--steps is 0, allowed are 1 and more"),
        ("bench sim --runs 0", "--runs is 0, allowed are 1 and more"),
        ("bench sim --seed -1", "--seed is -1"),
        ("bench sim --threads -1", "--threads is -1"),
        ("bench sim --json .", "--json .: it cannot be written (is a directory)"),
        ("bench sim --set sid=5", "did you mean 'side'?"),
    ],
)
def test_bad_input_is_one_line_with_a_remedy(arguments, remedy, capsys):
    assert main(arguments.split()) == 2
    error = capsys.readouterr().err
    assert remedy in error
    assert error.startswith("social-rl: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "command", [["parse"], ["run", "maze", "--instruction"], ["play", "maze", "--instruction"]]
)
def test_an_instruction_of_no_words_is_refused(command, capsys):
    assert main([*command, "  "]) == 2
    assert "an empty instruction: say what to do" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["", "rnu", "bench cim", "bench sim --what stp", "run maze --worlds many"]
)
def test_an_unknown_command_is_refused(command, capsys):
    with pytest.raises(SystemExit) as end:
        main(command.split())
    assert end.value.code == 2
    assert "social-rl" in capsys.readouterr().err


def test_results_that_cannot_be_written_are_noticed_before_anything_is_played(capsys, tmp_path):
    (tmp_path / "a file").write_text("")
    assert main(["run", "maze", "--json", str(tmp_path / "a file" / "run.json")]) == 2
    assert capsys.readouterr().out == ""


def test_asking_whether_a_file_can_be_written_leaves_no_trace(tmp_path):
    (tmp_path / "kept.json").write_text("{}")
    check_file("--json", tmp_path / "kept.json")
    check_file("--json", tmp_path / "new" / "run.json")
    assert (tmp_path / "kept.json").read_text() == "{}"
    assert not (tmp_path / "new" / "run.json").exists()


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
    assert main(["parse", "put the ornge on the bed", "--model", "none"]) == 2
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
    kept = folder / f"worlds.kernels.advance-0{SUFFIX}"
    write(kept, b"code")
    assert examine_cache(folder).how == FINE
    kept.write_bytes(kept.read_bytes()[:-1])
    assert examine_cache(folder).how == NOTE
    assert kept.name in examine_cache(folder).detail


def test_doctor_names_a_cache_that_cannot_be_used(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SOCIAL_RL_CACHE", str(tmp_path / "file"))
    cache_folder.cache_clear()
    try:
        findings = {finding.what: finding for finding in examine_numba()}
    finally:
        cache_folder.cache_clear()
    assert findings["rules"].how == (BROKEN if COMPILED else NOTE)


def test_doctor_prints_a_table(capsys):
    assert main(["doctor"]) in (0, 1)
    said = capsys.readouterr().out
    assert "python" in said
    assert "torch" in said


def test_results_in_place_of_others_need_a_folder_that_can_be_written_before_anything_is_played(
    tmp_path, monkeypatch, capsys
):
    path = tmp_path / "old.json"
    path.write_text("{}")
    real_open = Path.open

    def only_what_is_there(self, *more, **named):
        if self.parent == tmp_path and not self.exists():
            raise PermissionError(13, "Permission denied")
        return real_open(self, *more, **named)

    monkeypatch.setattr(Path, "open", only_what_is_there)
    assert main(["parse", "go to the bed", "--json", str(path)]) == 2
    assert f"--json {path}: it cannot be written (permission denied)" in capsys.readouterr().err
    assert path.read_text() == "{}"
