"""Do commands go on where a terminal knows no ±, or where nobody listens any more?"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from social_rl.commands.streams import plain

ROOT = Path(__file__).resolve().parents[2]
RUN = "run maze --set side=9 --cast ann=random --worlds 4 --episodes 8 --json"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_of_few_characters_is_shown_what_it_can_show(tmp_path, encoding):
    with command(f"{RUN} {tmp_path / 'run.json'}", encoding) as done:
        shown, error = done.communicate()
    assert done.returncode == 0, error
    text = shown.decode(encoding)
    assert "Brackets and" in text and ("+-" if encoding == "ascii" else "±") in text


def test_results_are_kept_though_nobody_reads_what_is_printed(tmp_path):
    """As in `social-rl run ... | head -1`."""
    with command(f"{RUN} {tmp_path / 'run.json'}", "utf-8") as done:
        done.stdout.close()
        error = done.stderr.read()
    assert (done.returncode, error) == (0, b"")
    assert json.loads((tmp_path / "run.json").read_text())["agents"]


def command(words: str, encoding: str) -> subprocess.Popen:
    code = "import sys; from social_rl.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", code, *words.split()], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": "", "HOME": str(Path.home()), "PYTHONIOENCODING": encoding, "SOCIAL_RL_QUIET": "1"},
    )  # fmt: skip


def test_letters_lose_their_marks_and_what_is_unknown_becomes_a_question_mark():
    for text, shown in (("±", "+-"), ("é", "e"), ("│", "|"), ("猫", "?"), ("a→b", "->")):
        at = next(i for i, c in enumerate(text) if ord(c) > 127)
        assert plain(UnicodeEncodeError("ascii", text, at, at + 1, "no")) == (shown, at + 1)
