"""Does an encoder from Hugging Face read as our own reader does? Tiny ones with random weights, made here."""

import numpy as np
import pytest
import torch

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.network.pretrained import identity_of
from agents.policies.learned import Learned
from agents.policies.planner import Planner
from agents.training.checkpoint import (
    MIND,
    CheckpointError,
    network_arrays,
    network_manifest,
    read_network,
    write_checkpoint,
)
from agents.training.learner import Learner, LearnerConfig, answers_to
from agents.training.methods import add_heads, learn
from agents.training.rollout import RolloutWorker
from social_rl.methods.imitate import imitation
from social_rl.methods.reading import reading as reading_method
from social_rl.methods.reading import understood
from worlds.language.grammar import VOCABULARY
from worlds.language.instructions import tokens_of
from worlds.scenario import make_scenario
from worlds.simulator import Simulator

PIECES = ("<pad>", "<unk>", "oran", "##ge", "be", "##d")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return an_encoder(tmp_path_factory.mktemp("encoder"))


def an_encoder(path, seed=0):
    """A BERT of two layers of 32, which knows our words but "orange" and "bed": these it reads in two parts."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    known = [*PIECES, *(word for word in VOCABULARY[2:] if word not in ("orange", "bed"))]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(known)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>").save_pretrained(
        path
    )
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(known),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
    )
    BertModel(config).save_pretrained(path)
    return path


def a_mind(folder, **choices):
    torch.manual_seed(1)
    return with_heads(ActorCritic(NetworkConfig(reader=str(folder), precision="float32", **choices)))


def with_heads(network):
    add_heads(network, [reading_method(lambda: np.zeros(0))])
    return network


def sentences(*texts):
    rows = [tokens_of(text) for text in texts]
    return torch.tensor([row + [0] * (max(map(len, rows)) - len(row)) for row in rows])


def nothing_done(n):
    return torch.zeros(n, 8, dtype=torch.uint8)


BED = "put the orange on the bed"


def test_it_reads_as_our_own_reader_does(folder):
    """The same shapes, and the same answers to what is asked for; padding changes nothing."""
    tokens = sentences(BED, "go to the kitchen, then open the red door")
    network, ours = a_mind(folder), with_heads(ActorCritic(NetworkConfig(precision="float32")))
    reading, own = network.read(tokens, nothing_done(2)), ours.read(tokens, nothing_done(2))
    assert [part.shape for part in reading] == [part.shape for part in own]
    told, also = understood(network, reading), understood(ours, own)
    assert {k: v.shape for k, v in told.items()} == {k: v.shape for k, v in also.items()}
    alone = network.read(sentences(BED), nothing_done(1))
    assert all(torch.allclose(a[0], b[0], atol=1e-5) for a, b in zip(alone, reading, strict=True))


def test_words_in_parts_are_the_mean_of_their_parts(folder):
    """put the oran ##ge on the be ##d: parts 2 and 3 are word 2, parts 6 and 7 are word 5."""
    encoder, tokens = a_mind(folder).instruction_encoder.encoder, sentences(BED)
    given = encoder.tokenizer([BED.split()], is_split_into_words=True, return_tensors="pt")
    assert given.word_ids(0) == [0, 1, 2, 2, 3, 4, 5, 5]
    states = encoder.model(input_ids=given["input_ids"]).last_hidden_state[0]
    words = encoder.words(tokens, is_learning=False)[0]
    assert torch.allclose(words[2], (states[2] + states[3]) / 2, atol=1e-5)
    assert torch.allclose(words[4], states[5], atol=1e-5)


def test_the_same_sentence_is_read_alike_and_asked_about_once(folder):
    network = a_mind(folder)
    asked = []
    network.instruction_encoder.encoder.model.register_forward_hook(lambda *_: asked.append(1))
    first = network.read(sentences(BED), nothing_done(1))
    again = network.read(sentences(BED, BED), nothing_done(2))
    longer = network.read(sentences(BED, "go to the kitchen, then open the red door"), nothing_done(2))
    for whole in (again, longer):
        assert all(torch.allclose(a[0], b[0], atol=1e-6) for a, b in zip(first, whole, strict=True))
    assert all(torch.allclose(part[0], part[1], atol=1e-6) for part in again)
    assert len(asked) == 2  # once for each sentence


@pytest.mark.parametrize("lora", [0, 4])
def test_what_is_frozen_has_no_gradient_and_what_is_learned_has(folder, lora):
    network = a_mind(folder, lora=lora)
    if lora:  # at first `up` is zero, and `down` learns nothing
        for delta in network.instruction_encoder.deltas:
            torch.nn.init.normal_(delta.up, 0, 0.1)
    told = understood(network, network.read(sentences(BED), nothing_done(1)))
    sum(part.square().sum() for part in told.values()).backward()
    assert all(
        p.grad is None and not p.requires_grad for p in network.instruction_encoder.encoder.model.parameters()
    )
    layers = (network.instruction_encoder.state, network.instruction_encoder.value)
    assert all(layer.weight.grad.abs().sum() > 0 for layer in layers)
    deltas = list(network.instruction_encoder.deltas.parameters())
    assert len(deltas) == (2 * 2 * 2 if lora else 0)  # layers, query and value, down and up
    assert all(p.grad.abs().sum() > 0 for p in deltas)


def test_low_rank_changes_begin_as_none(folder):
    frozen, learning = a_mind(folder), a_mind(folder, lora=4)
    tokens = sentences(BED)
    words = [m.instruction_encoder.encoder.words(tokens, is_learning=True) for m in (frozen, learning)]
    assert torch.equal(*words)
    torch.nn.init.ones_(learning.instruction_encoder.deltas[0].up)
    assert not torch.allclose(
        learning.instruction_encoder.encoder.words(tokens, is_learning=True), words[0], atol=1e-3
    )


@pytest.mark.parametrize("lora", [0, 2])
def test_a_mind_with_it_plays_and_learns(folder, lora):
    """Also after it was asked in inference mode, where tensors cannot be learned from."""
    network = a_mind(folder, lora=lora)
    sim = Simulator(make_scenario("house", step_limit=9), 4, seed=0, levels=16)
    policy, agents = Learned(network), np.arange(2)
    policy.act(sim, agents, policy.start(sim, agents))
    methods = [
        imitation(Planner("seen"), lambda share: 0.5 * (1 - share)),
        reading_method(lambda: np.zeros(0)),
    ]
    add_heads(network, methods[:1])
    worker = RolloutWorker(sim, network, methods=methods, steps=6)
    batch = worker.collect(0.0)
    answers = answers_to(network, worker.collect(1.0))
    assert torch.isfinite(answers.logits).all()
    before = network_arrays(network)
    learn(Learner(network, 1, LearnerConfig(minibatches=2)), [batch], methods)
    changed = [
        name for name, array in network_arrays(network).items() if not np.array_equal(array, before[name])
    ]
    assert "instruction_encoder.state.weight" in changed and any("deltas" in name for name in changed) == (
        lora > 0
    )


@pytest.mark.parametrize("lora", [0, 2])
def test_checkpoints_hold_what_is_learned_and_refuse_another_encoder(folder, tmp_path, lora):
    network = a_mind(folder, lora=lora)
    assert not any(".encoder." in name for name in network_arrays(network))
    for delta in network.instruction_encoder.deltas:
        torch.nn.init.normal_(delta.up)
    write_checkpoint(tmp_path / "c", {MIND: network_arrays(network)}, network_manifest(network))
    again = read_network(tmp_path / "c")
    one, other = (m.read(sentences(BED), nothing_done(1)) for m in (network, again))
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    elsewhere = an_encoder(tmp_path / "encoder", seed=5)
    assert identity_of(elsewhere) != identity_of(folder)
    manifest = (tmp_path / "c/manifest.json").read_text()
    (tmp_path / "c/manifest.json").write_text(manifest.replace(str(folder), str(elsewhere)))
    with pytest.raises(CheckpointError, match="was trained with an encoder of sha256"):
        read_network(tmp_path / "c")


def test_checkpoints_from_before_there_were_readers_are_read(tmp_path):
    network = ActorCritic(NetworkConfig())
    manifest = network_manifest(network)
    del manifest["reader_sha256"], manifest["mind"]["reader"], manifest["mind"]["lora"]
    write_checkpoint(tmp_path / "c", {MIND: network_arrays(network)}, manifest)
    assert read_network(tmp_path / "c").config == network.config


def test_a_folder_without_an_encoder_is_refused_with_what_it_lacks(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere, which is no folder.*config\.json, tokenizer\.json"):
        a_mind(tmp_path / "nowhere")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match=r"lacks tokenizer\.json, \*\.safetensors"):
        a_mind(tmp_path)
    with pytest.raises(ValueError, match="lora is 4"):
        NetworkConfig(lora=4)
