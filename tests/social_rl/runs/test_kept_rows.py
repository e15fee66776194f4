"""Does a comparison of many seeds go on where it was cut, and measure nothing twice?"""

import json

import pytest

from social_rl.cli import STOPPED, main
from social_rl.human_feedback.offline import compare as offline
from social_rl.human_feedback.tutor import compare as tutor

TUTOR = "rlhf tutor --task routine --rounds 1 --prior-steps 1 --sequences 5 --hidden 8"
OFFLINE = "rlhf offline --talks 10 --updates 1 --persons 4"
CASES = pytest.mark.parametrize(
    ("module", "words", "rows"),
    [
        (tutor, f"{TUTOR} --method psi rl", ["data", "prior", "psi", "rl"]),
        (
            offline,
            f"{OFFLINE} --method bc q kl_q --reward signals votes",
            ["log", "bc", "q, signals", "kl_q, signals", "q, votes", "kl_q, votes"],
        ),
    ],
)


def cut_after(times, learn):
    """Learns so many times, and is cut then; and what was learned."""
    learned = []

    def counted(*given):
        if len(learned) == times:
            raise KeyboardInterrupt
        learned.append(given[-1])
        return learn(*given)

    return counted, learned


@CASES
def test_a_comparison_that_was_cut_ends_as_one_that_was_not(
    module, words, rows, tmp_path, monkeypatch, capsys
):
    whole, cut = tmp_path / "whole.json", tmp_path / "cut.json"
    assert main([*words.split(), "--seeds", "2", "--json", str(whole)]) == 0
    learn, many = module.learn, len([row for row in rows if row in ("psi", "rl") or "," in row])
    monkeypatch.setattr(module, "learn", cut_after(many + 1, learn)[0])
    assert main([*words.split(), "--seeds", "2", "--json", str(cut)]) == STOPPED
    capsys.readouterr()
    kept = json.loads(cut.read_text())["rows"]
    assert [len(kept[row]) for row in rows].count(2) == len(rows) - many + 1, (
        "one of the second seed's is there"
    )
    again, learned = cut_after(2 * many, learn)
    monkeypatch.setattr(module, "learn", again)
    assert main([*words.split(), "--seeds", "2", "--json", str(cut)]) == 0
    assert learned == [1] * (many - 1), "and only its others are learned"
    assert cut.read_bytes() == whole.read_bytes()
    learned.clear()
    assert main([*words.split(), "--seeds", "3", "--json", str(cut)]) == 0
    assert learned == [2] * many, "a further seed alone"
    assert capsys.readouterr().out.count("kept") == 1 + 2, "the first seed, then the first two"
    found = json.loads(cut.read_text())["rows"]
    assert list(found) == rows and {len(found[row]) for row in rows} == {3}
    assert all(found[row][:1] == kept[row][:1] for row in rows)


@CASES
def test_results_of_something_else_are_neither_taken_nor_lost(module, words, rows, tmp_path, capsys):
    file = tmp_path / "found.json"
    assert main([*words.split(), "--seeds", "1", "--json", str(file)]) == 0
    before = file.read_bytes()
    assert main([*words.split(), "--seeds", "1", "--c", "0.7", "--json", str(file)]) == 2
    assert "holds results with c 0.5, not 0.7" in capsys.readouterr().err and file.read_bytes() == before
    for other in ("[]", "{", '{"rows": {"prior": 1}}'):
        file.write_text(other)
        assert main([*words.split(), "--json", str(file)]) == 2
        assert "a file without such results" in capsys.readouterr().err and file.read_text() == other
