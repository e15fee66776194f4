"""Is a damaged run refused in one sentence that names the file, the value and the remedy, before anything trusts it?"""

import hashlib
import json
import os
import shutil

import numpy as np
import pytest
from safetensors.numpy import load, save

from agents.training.checkpoint import CheckpointError, read_bytes, read_manifest, read_network
from social_rl.cli import main
from social_rl.commands.groups import with_options
from social_rl.design.design import Designing, design
from social_rl.runs.loop import restored
from social_rl.runs.run_folder import newest_checkpoint
from social_rl.training.train import train
from social_rl.training.training import Training
from tests.social_rl.design.test_design import small
from tests.social_rl.training.test_train import SMALL

DEEP = "[" * 100_000


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A training that was saved, and one to restore into."""
    runs = tmp_path_factory.mktemp("trained")
    command = with_options(SMALL, runs=runs, name="r", frames=256)
    assert train(command) == 0
    return runs / "r", Training(command)


@pytest.fixture(scope="module")
def designed(tmp_path_factory):
    """A design that was saved, with levels in its buffer, and one to restore into."""
    runs = tmp_path_factory.mktemp("designed")
    command = small("accel", runs=runs, name="r", frames=600)
    assert design(command) == 0
    return runs / "r", Designing(command)


def copied(run, tmp_path):
    shutil.copytree(run, tmp_path / "r")
    return newest_checkpoint(tmp_path / "r")


def changed(value, path, new):
    """JSON with another value at a path such as ("ladder", "stage"); `new` may be a function of the old one."""
    head, *rest = path
    value[head] = changed(value[head], rest, new) if rest else new(value[head]) if callable(new) else new
    return value


def change_manifest(checkpoint, path, new):
    file = checkpoint / "manifest.json"
    file.write_text(json.dumps(changed(json.loads(file.read_text()), path, new)))


def change_arrays(checkpoint, name, change):
    """Change arrays and their sum, so that only what they hold is wrong."""
    arrays = load((checkpoint / name).read_bytes())
    change(arrays)
    write(checkpoint, name, save(arrays))


def write(checkpoint, name, data):
    (checkpoint / name).write_bytes(data)
    change_manifest(checkpoint, ("sha256", name), hashlib.sha256(data).hexdigest())


def refused(run, checkpoint, said):
    with pytest.raises(ValueError) as raised:
        restored(run, checkpoint)
    assert said in str(raised.value) and str(checkpoint) in str(raised.value)
    assert "begin again under another --name" in str(raised.value) or "--at" in str(raised.value)


# ---- config.json, by the command line ----
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read as JSON"),
        ("{", "cannot be read as JSON"),
        ("\xff", "cannot be read as JSON"),
        (DEEP, "is nested too deeply"),
        ("[]", "holds a list, an object in braces is needed"),
        ("{}", "config is None, allowed is an object"),
        ('{"config": []}', "config is a list, allowed is an object"),
        ('{"config": {"frames": "many"}}', "config: frames is 'many', allowed is a whole number"),
        ('{"config": {"frames": -1}}', "--frames is -1"),
        ('{"config": {"choices": {"a": 1}}}', "config: choices is a dict, allowed is a list"),
        ('{"config": {"wolds": 8}}', "unknown option 'wolds': did you mean 'worlds'?"),
    ],
)
def test_a_damaged_config_is_refused(trained, tmp_path, capsys, text, said):
    copied(trained[0], tmp_path)
    (tmp_path / "r/config.json").write_bytes(text.encode("latin-1"))
    assert main(["train", "instruct", "--resume", str(tmp_path / "r")]) == 2
    told = capsys.readouterr().err
    assert said in told and (str(tmp_path / "r/config.json") in told or "--frames" in told)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"method": 1}, "method is 1, allowed is a text"),
        ({"method": "accel", "capacity": []}, "capacity is a list"),
    ],
)
def test_a_damaged_config_of_a_design_is_refused(designed, tmp_path, capsys, config, said):
    copied(designed[0], tmp_path)
    (tmp_path / "r/config.json").write_text(json.dumps({"config": config}))
    assert main(["design", "accel", "--resume", str(tmp_path / "r")]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", [["train", "instruct"], ["design", "accel"]])
def test_at_needs_a_run_to_go_on_with(tmp_path, capsys, command):
    assert main([*command, "--runs", str(tmp_path), "--at", "5"]) == 2
    assert "--at is 5: it says from which checkpoint --resume goes on" in capsys.readouterr().err


def test_a_run_goes_on_from_an_earlier_checkpoint(trained, tmp_path, capsys):
    command = with_options(SMALL, runs=tmp_path, name="r", frames=512)
    assert train(command) == 0
    sums = read_manifest(newest_checkpoint(tmp_path / "r"))["sha256"]
    os.truncate(newest_checkpoint(tmp_path / "r") / "mind.safetensors", 10)
    assert main(["train", "instruct", "--resume", str(tmp_path / "r")]) == 2
    assert f"go on from an earlier one: --resume {tmp_path / 'r'} --at 256" in capsys.readouterr().err
    assert main(["train", "instruct", "--resume", str(tmp_path / "r"), "--at", "256"]) == 0
    assert read_manifest(newest_checkpoint(tmp_path / "r"))["sha256"] == sums


# ---- manifest.json ----
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read as JSON"),
        (DEEP, "is nested too deeply"),
        ("[]", "holds a list"),
        ('{"format": 2}', "sha256 is None, allowed is an object"),
        ('{"format": true, "sha256": {}}', "has format True, this version reads 2"),
        (
            '{"format": 2, "sha256": {"mind.safetensors": 5}}',
            "sha256.mind.safetensors is 5, allowed is a text",
        ),
        ('{"format": 2, "sha256": {}, "frames": -1}', "frames is -1, allowed are whole numbers from 0"),
        (
            '{"format": 2, "sha256": {}, "log_offset": "9"}',
            "log_offset is '9', allowed are whole numbers from 0",
        ),
        ('{"format": 2, "sha256": {"../x": ""}}', "names '../x', allowed are names of files in that folder"),
        ('{"format": 2, "sha256": {"/dev/zero": ""}}', "names '/dev/zero', allowed are names of files"),
        ('{"format": 2, "sha256": {"..": ""}}', "names '..', allowed"),
        ('{"format": 2, "sha256": {"a\\u0000": ""}}', "allowed are names of files"),
        ('{"format": 2, "sha256": {}}', "run is None, allowed is an object"),
    ],
)
def test_a_damaged_manifest_is_refused(trained, tmp_path, text, said):
    checkpoint = copied(trained[0], tmp_path)
    (checkpoint / "manifest.json").write_text(text)
    if "run is None" in said:  # there a training misses its frames first
        (checkpoint / "manifest.json").write_text(text.replace("{}", '{}, "frames": 1'))
    refused(trained[1], checkpoint, said)


def test_links_devices_and_huge_files_are_refused(trained, tmp_path):
    checkpoint = copied(trained[0], tmp_path)
    manifest, file = read_manifest(checkpoint), checkpoint / "mind.safetensors"
    file.rename(tmp_path / "elsewhere")
    for target, said in ((tmp_path / "elsewhere", "is a link"), ("/dev/zero", "is a link")):
        file.symlink_to(target)
        with pytest.raises(CheckpointError, match=said):
            read_bytes(checkpoint, file.name, manifest)
        file.unlink()
    os.mkfifo(file)
    with pytest.raises(CheckpointError, match="is no plain file"):
        read_bytes(checkpoint, file.name, manifest)
    file.unlink()
    with file.open("wb") as huge:
        huge.truncate(1 << 40)
    with pytest.raises(CheckpointError, match=r"has 1099511627776 bytes, allowed are"):
        read_bytes(checkpoint, file.name, manifest)
    (checkpoint / "manifest.json").unlink()
    (checkpoint / "manifest.json").symlink_to("/dev/zero")
    refused(trained[1], checkpoint, "is no plain file")


@pytest.mark.parametrize(
    "mind", [5, {"hidden": "128"}, {"hidden": 5}, {"hiden": 128}, {"map": []}, {"hidden": 64}]
)
def test_a_mind_of_another_shape_is_refused(trained, tmp_path, mind):
    checkpoint = copied(trained[0], tmp_path)
    change_manifest(checkpoint, ("mind",), mind)
    with pytest.raises(CheckpointError, match="another architecture"):
        read_network(checkpoint)


# ---- what a training says of itself ----
@pytest.mark.parametrize(
    ("path", "new", "said"),
    [
        (("frames",), "256", "frames is '256'"),
        (("run",), [], "run is a list, allowed is an object"),
        (("run", "iteration"), "2", "iteration is '2', allowed is a whole number"),
        (("run", "iteration"), -1, "iteration is -1, allowed are 0 to"),
        (("run", "iteration"), 10**30, "iteration is a huge number"),
        (("run", "round"), 99, "round is 99, allowed are 0 to 2"),
        (("run", "drawn_at"), 7, "drawn_at is 7, allowed are 0 to 2"),
        (("run", "methods", "reading", "steps"), None, "steps is None"),
        (("run", "ladder"), 3, "ladder is 3, allowed is an object"),
        (("run", "ladder", "stage"), 3, "ladder.stage is 3, allowed are 0 to 2"),
        (("run", "ladder", "fast"), "high", "fast is 'high', allowed is a number"),
        (("run", "methods", "ppo", "mean"), float("nan"), "mean is nan, allowed is a number of a usual size"),
        (("run", "methods", "ppo", "mode"), 1, "unknown field 'mode'"),
        (("run", "workers"), {}, "workers is a dict, allowed is a list"),
        (("run", "workers", 0), [], "workers[0] is a list, allowed is an object"),
        (("run", "workers", 0), {}, "this was saved with memories of none"),
        (
            ("run", "workers", 0, "methods imitation", "memory/chance", "state", "state"),
            "1",
            "memory/chance is no state of a generator",
        ),
        (
            ("run", "workers", 0, "methods imitation", "memory/chance", "state", "state"),
            -1,
            "memory/chance is no state of a generator",
        ),
    ],
)
def test_damaged_facts_of_a_training_are_refused(trained, tmp_path, path, new, said):
    checkpoint = copied(trained[0], tmp_path)
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    if path[-1] == "mode":
        manifest["run"]["methods"]["ppo"]["mode"] = 0
        (checkpoint / "manifest.json").write_text(json.dumps(manifest))
    change_manifest(checkpoint, path, new)
    refused(trained[1], checkpoint, said)


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("mind", lambda a: a.pop("head.weight"), "head.weight is missing"),
        (
            "mind",
            lambda a: a.update({"head.weight": a["head.weight"][:1].copy()}),
            "head.weight is float32[1, 128]",
        ),
        (
            "mind",
            lambda a: a.update({"head.weight": a["head.weight"].astype(np.int32)}),
            "head.weight is int32[9, 128]",
        ),
        ("learner", lambda a: a.update({"0/exp_avg": np.zeros(3, np.float32)}), "0/exp_avg is float32[3]"),
        (
            "learner",
            lambda a: a.update({"9999/exp_avg": np.zeros(3, np.float32)}),
            "9999/exp_avg is float32[3]",
        ),
        ("learner", lambda a: a.update(generator=a["generator"][:9].copy()), "generator is uint8[9]"),
        ("worker-0", lambda a: a.pop("keep"), "keep is missing"),
        (
            "worker-0",
            lambda a: a.update({"network/memory/tokens": a["network/memory/tokens"][:1].copy()}),
            "tokens is",
        ),
        ("worker-0", lambda a: a["sim/level"].fill(10_000), "sim/level is 10000, allowed are 0 to 31"),
        ("worker-0", lambda a: a["sim/agent_cell"].fill(9_999), "agent_cell"),
    ],
)
def test_damaged_arrays_of_a_training_are_refused(trained, tmp_path, file, change, said):
    checkpoint = copied(trained[0], tmp_path)
    change_arrays(checkpoint, f"{file}.safetensors", change)
    refused(trained[1], checkpoint, said)


# ---- what a design says of itself: its levels go straight to compiled code ----
@pytest.mark.parametrize(
    ("path", "new", "said"),
    [
        (("run",), None, "run is None"),
        (("run", "evaluated"), -1, "evaluated is -1"),
        (("run", "cycles"), "1", "cycles is '1'"),
        (("run", "rng"), {}, "rng is no state of a generator"),
        (("run", "designer"), [], "designer is a list"),
        (("run", "designer", "ids"), [], "there are 0 ids for"),
        (("run", "designer", "ids"), lambda ids: [1, *ids[1:]], "buffer: ids[0] is 1, allowed is a text"),
        (("run", "designer", "ids"), lambda ids: [ids[1], *ids[1:]], "needed is one for each"),
        (("run", "designer", "now"), 0, "buffer: visited goes from"),
        (("run", "designer", "names"), ["a"] * 99, "names of levels that are to have children"),
        (("run", "designer", "proposals"), 0.5, "proposals is 0.5"),
        (("run", "student"), 5, "student is 5, allowed is an object"),
        (("run", "student", "counts"), {"trained": -1}, "student: counts.trained is -1"),
        (("run", "student", "counts"), {"trained": "1"}, "student: counts: trained is '1'"),
        (("run", "student", "methods"), [], "student: methods is a list"),
        (("run", "student", "workers"), [], "student: there are 0 workers, needed are 2"),
        (("run", "student", "workers", 0), {}, "workers[0]: this was saved with memories of none"),
    ],
)
def test_damaged_facts_of_a_design_are_refused(designed, tmp_path, path, new, said):
    checkpoint = copied(designed[0], tmp_path)
    change_manifest(checkpoint, path, new)
    refused(designed[1], checkpoint, said)


def any_word(arrays):
    arrays["levels"][0, :] = 2**64 - 1


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("designer", any_word, "which no world has"),
        ("designer", lambda a: a["levels"].fill(0), "which no world has"),
        ("designer", lambda a: a.update(levels=a["levels"][:, 1:].copy()), "needed are rows of"),
        ("designer", lambda a: a.update(levels=a["levels"].astype(float)), "levels are float64"),
        ("designer", lambda a: a.update(families=np.full_like(a["levels"], 9)), "which no world has"),
        ("designer", lambda a: a.update(score=a["score"][1:].copy()), "buffer: score is"),
        ("designer", lambda a: a["score"].fill(np.nan), "unknown scores never enter"),
        ("designer", lambda a: a["visited"].fill(-1), "buffer: visited goes from -1"),
        ("designer", lambda a: a.pop("levels"), "levels"),
        ("mind", lambda a: a.pop("head.weight"), "student: mind: head.weight is missing"),
        (
            "student-learner",
            lambda a: a.update({"0/step": np.zeros(2, np.float32)}),
            "student: learner: 0/step",
        ),
        ("student-worker-1", lambda a: a.pop("keep"), "student: worker-1: keep is missing"),
    ],
)
def test_damaged_arrays_of_a_design_are_refused(designed, tmp_path, file, change, said):
    checkpoint = copied(designed[0], tmp_path)
    change_arrays(checkpoint, f"{file}.safetensors", change)
    refused(designed[1], checkpoint, said)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{\n", "curriculum.jsonl, line 1 is no JSON"),
        (b"\xff\n", "curriculum.jsonl, line 1 is no JSON"),
        (DEEP.encode() + b"\n", "curriculum.jsonl, line 1 is no JSON"),
        (b"[]\n", "line 1 is a list, allowed is a list of 2"),
        (b'["a", {"level": 1, "parent": "", "edit": "", "born": 1}]\n', "level is 1, allowed is a text"),
        (b'["a", {"parent": "", "edit": "", "born": 1}]\n', "line 1 lacks the field 'level'"),
        (b'["a", {"level": "", "parent": "", "edit": "", "born": 1}]\n', "visits are no lists"),
        (
            b'["a", {"level": "?", "parent": "", "edit": "", "born": 1, "visits": [[1, null, 0.5]]}]\n',
            "line 1: ",
        ),
    ],
)
def test_a_damaged_line_of_the_curriculum_is_named(designed, tmp_path, line, said):
    checkpoint = copied(designed[0], tmp_path)
    write(checkpoint, "curriculum.jsonl", line + (checkpoint / "curriculum.jsonl").read_bytes())
    refused(designed[1], checkpoint, said)


def test_a_file_too_many_is_refused(designed, tmp_path):
    checkpoint = copied(designed[0], tmp_path)
    write(checkpoint, "rival-mind.safetensors", (checkpoint / "mind.safetensors").read_bytes())
    refused(designed[1], checkpoint, "it has other files")


def test_what_was_not_damaged_is_restored(trained, designed):
    for run, again in (trained, designed):
        restored(again, newest_checkpoint(run))
        assert again.done > 0
