"""Does a language model learn the answers it is shown, in a run that goes on bit for bit, and stay usable?"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save

from agents.language.model.forward import kept_whole
from agents.language.model.language_model import ModelConfig, new_model, read_model, write_model
from agents.language.model.training import answer_logits
from agents.language.prompt import meaning_prompt
from agents.training.checkpoint import read_manifest, write_checkpoint
from social_rl.cli import main
from social_rl.commands.rlhf.sft import Sft
from social_rl.human_feedback import examples, fine_tuning
from social_rl.human_feedback.examples import step
from social_rl.human_feedback.fine_tuning import FineTuning, begun, dropping
from social_rl.human_feedback.listening import meaning_of, reader, reader_of
from social_rl.human_feedback.sft import resumed, sft
from social_rl.human_feedback.sources import SOURCES, Pair
from social_rl.runs.loop import restored
from social_rl.runs.run_folder import checkpoints_of, newest_checkpoint, read_metrics
from social_rl.runs.shipped import find_language_model
from tests.agents.language.model.small_models import SMALL as SHAPE
from tests.agents.language.model.small_models import TOKENIZER, a_model
from tests.agents.network.test_pretrained import an_encoder
from tests.social_rl.runs.test_damage import change_manifest, write
from worlds.language.wordings import ASK, CANNOT

FEW = {
    "kill the light": "switch off the lamp",
    "lights on, please": "switch on the lamp",
    "do it": "what do you mean?",
    "eat the moon": "I cannot do that",
}
POOL = ThreadPoolExecutor(1)
SMALL = Sft(
    data=("few",), examples=96, batch=8, hidden=32, layers=2, heads=2, vocabulary=300, context=192, dropout=0.1,
    precision="float32", report=1, evaluate=0, save=4, keep=100,
)  # fmt: skip


def few(rng, n):
    texts = list(FEW)
    return [Pair(meaning_prompt(texts[i]), FEW[texts[i]]) for i in rng.integers(len(texts), size=n)]


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setitem(SOURCES, "few", few)
    monkeypatch.setattr(fine_tuning, "BATCHES", 5)
    monkeypatch.setattr("social_rl.human_feedback.sft.other_process", lambda: ThreadPoolExecutor(1))
    monkeypatch.setattr("social_rl.runs.provenance.commit", lambda: "unknown")


def made(command):
    return FineTuning(command, begun(command, None), POOL)


def a_longer_one():
    return new_model(ModelConfig(**{**SHAPE, "context": 192}), TOKENIZER)


def files_of(run):
    """Everything that a checkpoint would hold."""
    return {
        name: load(content) if isinstance(content, bytes) and name.endswith(".safetensors") else content
        for name, content in run.save()[0].items()
    }


def same(one, other):
    a, b = files_of(one), files_of(other)
    return a.keys() == b.keys() and all(
        all(np.array_equal(a[file][name], b[file][name]) for name in a[file])
        if isinstance(a[file], dict)
        else a[file] == b[file]
        for file in a
    )


def saved(run, folder):
    arrays, facts = run.save()
    write_checkpoint(folder, arrays, {"examples": run.done, "log_offset": 0, **facts})
    return folder


def test_a_run_with_meaning_goes_on_bit_for_bit_and_reads_through_the_same_encoder(tmp_path, monkeypatch):
    encoder = an_encoder(tmp_path / "encoder")
    monkeypatch.setattr(fine_tuning, "installed_encoder", lambda: encoder)
    monkeypatch.setattr("agents.language.model.language_model.installed_encoder", lambda: encoder)
    command = replace(SMALL, with_meaning=True)
    straight = made(command)
    for _ in range(2):
        straight.advance()
    assert straight.language_model.model.meaning.weight.abs().max() > 0
    folder = saved(straight, tmp_path / "c")
    again = FineTuning(command, begun(command, folder), POOL)
    again.restore(folder)
    for _ in range(2):
        assert straight.advance() == again.advance()
    assert same(straight, again)


@pytest.mark.parametrize(
    "changes", [{}, {"workers": 1, "precision": "bfloat16"}], ids=["float32", "bfloat16"]
)
def test_a_restored_run_goes_on_bit_for_bit(tmp_path, changes):
    """Through the end of a chunk, and with activations that are dropped by chance."""
    command = replace(SMALL, **changes)
    straight = made(command)
    for _ in range(3):
        straight.advance()
    folder = saved(straight, tmp_path / "c")
    again = FineTuning(command, begun(command, folder), POOL)
    again.restore(folder)
    assert same(straight, again) and again.done == 24
    for _ in range(5):
        assert straight.advance() == again.advance()
    assert same(straight, again)
    assert straight.save()[1] == again.save()[1]


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path):
    assert sft(replace(SMALL, runs=tmp_path, name="whole")) == 0
    assert sft(replace(SMALL, runs=tmp_path, name="cut")) == 0
    assert [c.name for c in checkpoints_of(tmp_path / "cut")] == [f"examples-{n:012d}" for n in (32, 64, 96)]
    for _ in range(2):
        shutil.rmtree(newest_checkpoint(tmp_path / "cut"))
    assert main(["rlhf", "sft", "--resume", str(tmp_path / "cut")]) == 0
    one, other = (newest_checkpoint(tmp_path / name) for name in ("whole", "cut"))
    assert one.name == other.name
    assert read_manifest(one)["sha256"] == read_manifest(other)["sha256"]
    assert (tmp_path / "whole/metrics.jsonl").read_bytes() == (tmp_path / "cut/metrics.jsonl").read_bytes()


def test_it_learns_what_it_is_shown_and_is_heard_from_its_run(tmp_path, capsys):
    command = replace(SMALL, examples=1600, dropout=0.0, learning_rate=1e-2, evaluate=200, save=200)
    assert sft(replace(command, runs=tmp_path, name="r")) == 0
    heard = reader(tmp_path / "r")
    assert heard(list(FEW)) == list(FEW.values())
    assert [meaning_of(answer) for answer in heard(["do it", "eat the moon"])] == [ASK, CANNOT]
    assert reader(newest_checkpoint(tmp_path / "r"))(["do it"]) == ["what do you mean?"]
    rows = tmp_path / "rows.tsv"
    rows.write_text("kill the light\tswitch off the lamp\ndo it\task\neat the moon\tcannot\n")
    out = tmp_path / "found.json"
    told = capsys.readouterr().out
    assert (
        main(["rlhf", "understand", "--model", str(tmp_path / "r"), "--file", str(rows), "--json", str(out)])
        == 0
    )
    assert json.loads(out.read_text())["accuracy"] == 1
    lines = read_metrics(tmp_path / "r")
    assert [line["examples"] for line in lines] == [8 * i for i in range(1, 201)]
    assert lines[0]["loss"] > 3 > 0.1 > lines[-1]["loss"] and lines[-1]["token_accuracy"] == 1
    assert {"evaluation/right", "evaluation/parses", "learning_rate", "tokens"} <= lines[-1].keys()
    assert (
        "1,600 examples: " in told
        and " → " in told
        and f"social-rl rlhf understand --model {tmp_path}/r" in told
    )
    assert main(["export", str(tmp_path / "r"), str(tmp_path / "alone")]) == 0
    assert reader(tmp_path / "alone")(list(FEW)) == list(FEW.values())
    assert read_manifest(tmp_path / "alone")["examples"] == 1600
    kept = ["config.json", "manifest.json", "model.safetensors", "tokenizer.json"]
    assert sorted(file.name for file in (tmp_path / "alone").iterdir()) == kept
    assert main(["curves", str(tmp_path / "r"), "--out", str(tmp_path / "c.png")]) == 0


def test_a_checkpoint_is_a_folder_that_transformers_reads(tmp_path):
    from transformers import AutoModelForCausalLM

    run = made(SMALL)
    run.advance()
    folder = saved(run, tmp_path / "c")
    theirs = AutoModelForCausalLM.from_pretrained(folder)
    state = run.language_model.model.state_dict()
    assert all(torch.equal(tensor, state[name]) for name, tensor in theirs.state_dict().items())
    assert reader(folder)(["do it"]) == reader_of(run.language_model)(["do it"])


def test_it_begins_with_a_model_that_is_named_and_goes_on_without_it(tmp_path):
    write_model(tmp_path / "given", a_longer_one())
    command = replace(SMALL, model=tmp_path / "given", runs=tmp_path, name="r", examples=64)
    before = read_model(tmp_path / "given").model.state_dict()
    assert all(torch.equal(a, before[name]) for name, a in begun(command, None).model.state_dict().items())
    assert sft(command) == 0
    shutil.rmtree(tmp_path / "given")
    shutil.rmtree(newest_checkpoint(tmp_path / "r"))
    assert sft(Sft(resume=tmp_path / "r")) == 0
    assert newest_checkpoint(tmp_path / "r").name == "examples-000000000064"


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft asks by the old name
def test_changes_of_low_rank_are_learned_and_gone_on_with(tmp_path):
    pytest.importorskip("peft")
    write_model(tmp_path / "given", a_longer_one())
    command = replace(SMALL, model=tmp_path / "given", lora=2, dropout=0.0)
    straight = made(command)
    for _ in range(3):
        straight.advance()
    folder = saved(straight, tmp_path / "c")
    again = FineTuning(command, begun(command, folder), POOL)
    again.restore(folder)
    assert straight.advance() == again.advance() and same(straight, again)
    given, merged = (read_model(tmp_path / name).model.state_dict() for name in ("given", "c"))
    changed = {name for name in given if not torch.equal(given[name], merged[name])}
    assert changed and all("proj" in name for name in changed)


def test_half_precision_is_close_to_full():
    """Large products in bfloat16 have 8 bits of mantissa, sums and parameters 24."""
    language_model = a_model()
    (part,) = step(
        language_model,
        examples.examples(language_model, few(np.random.default_rng(0), 8)),
        1,
        np.random.default_rng(0),
    )
    whole, half = (
        float(fine_tuning.loss_of(language_model, part, is_half)[0].detach()) for is_half in (False, True)
    )
    assert whole != half and abs(whole - half) < 0.05 * whole


def test_the_faster_precision_is_chosen_and_kept(tmp_path, monkeypatch):
    for faster, times in (("bfloat16", (2.0, 1.0)), ("float32", (1.0, 2.0)), ("float32", (1.05, 1.0))):
        seconds = iter(times)
        monkeypatch.setattr(
            "social_rl.human_feedback.sft._seconds", lambda *_, seconds=seconds: next(seconds)
        )
        name = f"{faster}-{times[1]}"
        assert sft(replace(SMALL, runs=tmp_path, name=name, precision="auto", examples=8)) == 0
        assert resumed(Sft(resume=tmp_path / name))[0].precision == faster


# ---- dropout ----
def test_what_is_dropped_is_drawn_by_its_seed_and_the_mean_stays():
    x = torch.ones(100, 100)
    one, same, other = (dropping(0.2, seed)(x) for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert set(one.unique().tolist()) == {0.0, 1.25}
    share = float((one == 0).float().mean())
    assert abs(share - 0.2) < 4 * (0.2 * 0.8 / 10_000) ** 0.5, "four standard errors"
    assert dropping(0.0, 1) is kept_whole


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_dropping_changes_what_is_learned_from(kind):
    language_model = a_model(kind)
    (part,) = step(
        language_model,
        examples.examples(language_model, few(np.random.default_rng(0), 4)),
        1,
        np.random.default_rng(0),
    )
    plain, _ = answer_logits(language_model, part.batch)
    assert torch.equal(plain, answer_logits(language_model, part.batch, kept_whole)[0])
    assert not torch.allclose(plain, answer_logits(language_model, part.batch, dropping(0.1, 0))[0])
    nothing, _ = answer_logits(language_model, part.batch, torch.zeros_like)
    assert nothing.std(0).max() < 1e-5, "nothing of a prompt is left"


def test_a_model_of_another_kind_has_no_dropout():
    language_model = a_model("neox")
    (part,) = step(
        language_model,
        examples.examples(language_model, few(np.random.default_rng(0), 4)),
        1,
        np.random.default_rng(0),
    )
    with pytest.raises(ValueError, match="GPTNeoXForCausalLM has no dropout here"):
        answer_logits(language_model, part.batch, dropping(0.1, 0))


# ---- what is refused ----
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--examples 0", "--examples is 0"),
        ("--batch 0", "--batch is 0"),
        ("--passes 0", "--passes is 0"),
        ("--workers 9 --batch 8", "--workers is 9, a batch has 8 examples"),
        ("--warmup 2", "--warmup is 2.0, allowed are 0 to 1"),
        ("--dropout 1", "--dropout is 1.0, allowed are 0 to 0.9"),
        ("--learning-rate nan", "--learning-rate is nan"),
        ("--data nothing", "there is no source 'nothing'"),
        ("--vocabulary 100", "--vocabulary is 100"),
        ("--hidden 30 --heads 4", "width is 30"),
        ("--context 143", "--context is 143, allowed are 144 and more"),
        ("--lora 2", "--lora is 2: it learns changes to a model; name one with --model"),
        ("--model nowhere", "nowhere is no language model and no run of one"),
        ("--resume nowhere", "nowhere is no run"),
        ("--at 5", "--at is 5: it says from which checkpoint --resume goes on"),
        ("--name ../x", "--name"),
    ],
)
def test_bad_options_are_named(tmp_path, capsys, options, said):
    words = [
        "rlhf",
        "sft",
        "--runs",
        str(tmp_path),
        "--data",
        "few",
        "--hidden",
        "32",
        "--layers",
        "1",
        "--heads",
        "2",
    ]
    assert main([*words, *options.split()]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A checkpoint."""
    SOURCES["few"] = few
    run = made(SMALL)
    run.advance()
    path = tmp_path_factory.mktemp("run") / "checkpoints" / "examples-000000000008"
    path.parent.mkdir()
    yield saved(run, path)
    del SOURCES["few"]


def cut_file(checkpoint):
    file = checkpoint / "learner.safetensors"
    file.write_bytes(file.read_bytes()[:-1])


def other_learner(checkpoint):
    arrays = load((checkpoint / "learner.safetensors").read_bytes())
    arrays["0/exp_avg"] = arrays["0/exp_avg"][:-1]
    write(checkpoint, "learner.safetensors", save(arrays))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_file, "learner.safetensors is not what was written"),
        (other_learner, "0/exp_avg is float32"),
        (
            lambda c: change_manifest(c, ("run", "rounds"), -1),
            "run.rounds is -1, allowed are whole numbers from 0",
        ),
        (lambda c: change_manifest(c, ("run", "rounds"), 13), "run.rounds is 13, allowed are 0 to 12"),
        (lambda c: change_manifest(c, ("run", "tokens"), "many"), "run.tokens is 'many'"),
        (lambda c: change_manifest(c, ("run",), None), "run is missing: this is a model alone"),
        (lambda c: change_manifest(c, ("kind",), "mind"), "kind is 'mind', needed is 'language model'"),
    ],
)
def test_a_damaged_checkpoint_is_refused(trained, tmp_path, damage, said):
    checkpoint = tmp_path / "checkpoints" / trained.name
    shutil.copytree(trained, checkpoint)
    run = FineTuning(SMALL, read_model(trained), POOL)
    damage(checkpoint)
    with pytest.raises(ValueError) as raised:
        restored(run, checkpoint)
    assert said in str(raised.value) and str(checkpoint) in str(raised.value)
    assert "begin again under another --name" in str(raised.value)


def test_a_batch_that_is_not_finite_is_kept_with_the_model(tmp_path, capsys, monkeypatch):
    def breaks(language_model, part, is_half, drop):
        loss, log = fine_tuning_loss(language_model, part, is_half, drop)
        return loss * float("nan"), log

    fine_tuning_loss = fine_tuning.loss_of
    monkeypatch.setattr(fine_tuning, "loss_of", breaks)
    assert sft(replace(SMALL, runs=tmp_path, name="r")) == 1
    (broken,) = (tmp_path / "r/broken").iterdir()
    assert broken.name == "examples-000000000000-0" and str(broken) in capsys.readouterr().out
    assert "token_BS" in load((broken / "worker-1.safetensors").read_bytes())
    assert read_model(broken).context == 192


# ---- where language models lie ----
def test_a_language_model_is_found_in_a_folder_a_run_or_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr("social_rl.runs.shipped.SHIPPED_LANGUAGE", tmp_path / "none")
    with pytest.raises(ValueError, match=r"no language model is shipped .*: name one, or train one"):
        find_language_model(None)
    write_model(tmp_path / "none", a_model())
    assert find_language_model(None) == tmp_path / "none" == find_language_model(tmp_path / "none")
    (tmp_path / "r").mkdir()
    (tmp_path / "r/config.json").write_text("{}")
    with pytest.raises(ValueError, match="has no checkpoint yet"):
        find_language_model(tmp_path / "r")
    (tmp_path / "r/checkpoints/frames-000000000008").mkdir(parents=True)
    with pytest.raises(ValueError, match="is a run of another kind: its checkpoints hold no language model"):
        find_language_model(tmp_path / "r")
    for name in ("examples-000000000008", "examples-000000000016"):
        write_model(tmp_path / "r/checkpoints" / name, a_model())
    assert find_language_model(tmp_path / "r").name == "examples-000000000016"
    assert find_language_model(tmp_path / "a.gguf") == tmp_path / "a.gguf", (
        "read_model says what is wrong with it"
    )
