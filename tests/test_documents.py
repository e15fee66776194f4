"""Does what the documents show work? Blocks of Python, each in a process of its own, and commands, shortened."""

import os
import re
import shlex
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from social_rl.cli import main, read_command
from social_rl.evaluation import mazes, orders
from social_rl.evaluation.protocols import Rule
from social_rl.human_feedback import quickstart
from social_rl.human_feedback.reward import start
from social_rl.human_feedback.tuning import asked
from tests.agents.network.test_pretrained import an_encoder
from tests.my_lab import my_lab_in
from tests.social_rl.human_feedback.made_up import made_up
from worlds.state import State

levels_of_maze = mazes.levels_of_maze
ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Those whose commands are carried out.
PLAYED = [
    ROOT / "README.md",
    *(
        ROOT / f"docs/{name}.md"
        for name in ("designing", "extending", "goals", "language", "social", "sweeps", "training", "viewer")
    ),
]
FEW_STEPS = {"--frames": "256", "--worlds": "8", "--workers": "1", "--steps": "8"}
SMALL_MIND = ["--hidden", "32", "--precision", "float32"]  # of runs in sweeps
# What stands in for an option, or is added, so that a command takes a second or two.
SHORT = {
    "run": {"--worlds": "8", "--episodes": "8"},
    "play": {"--frames": "2"},
    "guess": {"--episodes": "2"},
    "train": {
        **FEW_STEPS,
        "--minibatches": "2",
        "--levels": "32",
        "--episodes": "8",
        "--report": "1",
    },
    "train instruct": {"--read-first": "1"},
    "design": {**FEW_STEPS, "--report": "1", "--minibatches": "2", "--evaluate": "0"},
    "design accel": {"--capacity": "16"},
    "design learnability": {"--candidates": "16", "--every": "1"},
    "evaluate": {"--episodes": "1", "--seeds": "1", "--random-levels": "2"},
    "rlhf sft": {
        "--examples": "128",
        "--batch": "64",
        "--hidden": "32",
        "--heads": "2",
        "--layers": "1",
        "--report": "1",
        "--evaluate": "2",
    },
    "rlhf quickstart": {
        "--examples": "8",
        "--comparisons": "48",
        "--members": "1",
        "--updates": "1",
        "--worlds": "3",
        "--tests": "2",
    },
    "rlhf tutor": {"--rounds": "1", "--seeds": "1", "--sequences": "8", "--prior-steps": "2"},
    "rlhf offline": {"--seeds": "1", "--talks": "8", "--updates": "2", "--persons": "4"},
    "sweep": {"--results": "results.jsonl"},
}


def python_blocks() -> dict[str, str]:
    return {
        f"{path.name}-{i}": block
        for path in DOCUMENTS
        for i, block in enumerate(
            re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S)
        )
    }


@pytest.mark.parametrize("name", [*python_blocks()])
def test_a_block_of_python_runs(name, tmp_path):
    block = python_blocks()[name]
    done = subprocess.run(
        [sys.executable, "-c", block], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"{name}: {done.stderr}"


def commands(path: Path) -> list[list[str]]:
    """The lines of a document that begin with a command of ours, as words, without what is said of them."""
    lines = re.findall(
        r"^    (?:PYTHONPATH=\. )?((?:social-rl|torchrun) .*)$", path.read_text(encoding="utf-8"), re.M
    )
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("path", PLAYED, ids=lambda path: path.name)
def test_the_commands_of_a_document_run(path, tmp_path, monkeypatch, capsys):
    """One after another, in one empty folder: later ones go on with what earlier ones made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(asked, "STEPS", 20)
    monkeypatch.setattr(orders, "ASKED", (0, 1))
    monkeypatch.setattr(mazes, "levels_of_maze", short_mazes)
    monkeypatch.setattr(mazes, "TRIES", 1)
    monkeypatch.setattr(quickstart, "BATCH", 4)
    monkeypatch.setattr(quickstart, "_play", made_up)
    for module in (quickstart, start):  # of a handful of comparisons, a reward model may be chance
        monkeypatch.setattr(module, "refusal", lambda _: "")
    if path.name == "sweeps.md":
        write_sweeps(path)
    if path.name == "training.md":
        an_encoder(tmp_path / "path" / "to" / "encoder")
    with my_lab_in(tmp_path, monkeypatch) if path.name == "extending.md" else nullcontext():
        for words in commands(path):
            status = carried_out(words)
            assert status == 0, f"{shlex.join(words)}: {capsys.readouterr().err}"


def short_mazes(name: str, episodes: int, seed: int, rule: Rule) -> State:
    """Those of a maze, whose episodes end after a few steps."""
    return levels_of_maze(name, episodes, seed, rule._replace(steps=8))


def write_sweeps(path: Path) -> None:
    """The sweep files of a document, with one seed and shortened commands."""
    text = path.read_text(encoding="utf-8")
    for name, sweep in re.findall(r"^```toml\n# (\S+)\n(.*?)^```", text, re.M | re.S):
        for key, template in re.findall(r'^(command|evaluate) = "(.*)"$', sweep, re.M):
            words = shortened(["social-rl", *shlex.split(template)], 1)[1:]
            words += SMALL_MIND if key == "command" else []
            sweep = sweep.replace(f'{key} = "{template}"', f'{key} = "{shlex.join(words)}"')
        Path(name).write_text(re.sub(r"^seeds = .*$", "seeds = [1]", sweep, flags=re.M), encoding="utf-8")


def carried_out(words: list[str]) -> int:
    if words[:2] == ["social-rl", "bench"]:  # measured in tests/social_rl/bench
        read_command(words[1:])
        return 0
    if words[0] == "social-rl":
        return main(shortened(words, 1)[1:])
    rest = shortened(words, words.index("train"))[1:]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *rest],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    print(done.stderr, file=sys.stderr)
    return done.returncode


def shortened(words: list[str], at: int) -> list[str]:
    """A command whose name stands at `at`, with the options of SHORT in place of, or beside, its own."""
    words = [*words]
    if "--resume" in words or "show" in words:
        return words
    for option, value in {
        **SHORT.get(words[at], {}),
        **SHORT.get(" ".join(words[at : at + 2]), {}),
    }.items():
        if option in words:
            words[words.index(option) + 1] = value
        else:
            words += [option, value]
    return words


def test_commands_are_found_and_shortened():
    assert [len(commands(path)) for path in PLAYED] == [22, 11, 3, 2, 10, 13, 5, 8, 7]
    assert shortened(["social-rl", "run", "maze", "--worlds", "64"], 1) == [
        "social-rl", "run", "maze", "--worlds", "8", "--episodes", "8",
    ]  # fmt: skip
    assert "--capacity" in shortened(["social-rl", "design", "accel"], 1)
