"""Is reading learned from words alone, and does what was learned of two clauses hold for four?"""

import numpy as np
import pytest
import torch

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.network.instruction_encoder import EncodedInstruction, InstructionEncoder, distinct_rows
from agents.training.learner import Learner, LearnerConfig
from agents.training.methods import add_heads
from social_rl.methods import reading as method
from social_rl.methods.reading import garbled, lesson, reading, reading_loss, understood
from worlds.generators.houses import HouseConfig, house_bank
from worlds.goal import FIELDS, MAX_CLAUSES, NO_VERB, STAGE, VERB
from worlds.language.grammar import UNKNOWN, VOCABULARY
from worlds.language.texts import texts


def goals(n=64, seed=0, **choices):
    goal = house_bank(n, seed, HouseConfig(**choices)).goal
    return goal.reshape(-1, *goal.shape[2:])


def a_network():
    network = ActorCritic(NetworkConfig())
    add_heads(network, [reading(goals)])
    return network


def told_by_hand(begins, turns):
    """A reader whose words carry where clauses begin and how stages turn: what it makes of their order."""
    reader, words = InstructionEncoder(NetworkConfig(words=32)), torch.zeros(1, len(begins), 32)
    words[0, :, 0], words[0, :, 1] = torch.tensor(begins).float(), torch.tensor(turns).float()
    reader.listen = lambda tokens, known: (words, words[0], torch.arange(len(begins))[None])
    with torch.no_grad():
        for layer, at, scale, bias in (
            (reader.begins, 0, 40.0, -20.0),
            (reader.turns, 1, np.arctanh(2 / 3), 0.0),
        ):
            layer.weight.zero_()
            layer.weight[0, at], layer.bias[0] = float(scale), bias  # 1.5 tanh of it is one stage
    return reader.hear(torch.ones(1, len(begins), dtype=torch.int64))


@pytest.mark.parametrize(
    ("words", "begins", "turns", "order"),
    [
        ("A and B", [1, 0, 1], [0, 0, 0], {0: 0, 2: 1}),
        ("A then B and C then D", [1, 0, 1, 0, 1, 0, 1], [0, 1, 0, 0, 0, 1, 0], {0: 0, 2: 1, 4: 2, 6: 3}),
        ("C and D after A and B", [1, 0, 1, 0, 1, 0, 1], [0, 0, 0, -1, 0, 0, 0], {0: 2, 2: 3, 4: 0, 6: 1}),
        ("after A and B , C", [0, 1, 0, 1, 0, 1], [-1, 0, 0, 0, 1, 0], {1: 0, 3: 1, 5: 2}),
        ("before A and B , C", [0, 1, 0, 1, 0, 1], [1, 0, 0, 0, -1, 0], {1: 1, 3: 2, 5: 0}),
    ],
)
def test_clauses_come_after_those_of_earlier_stages_and_those_said_before(words, begins, turns, order):
    heard = told_by_hand(begins, turns)
    for at, wanted in order.items():
        assert float(heard.order[0, at].detach()) == pytest.approx(wanted, abs=0.1), words.split()[at]
    assert float(heard.clauses.detach()) == pytest.approx(sum(begins), abs=0.1)


def test_attention_goes_to_the_clause_that_is_due_and_to_nothing_when_all_are_done():
    reader = InstructionEncoder(NetworkConfig(words=32))
    with torch.no_grad():
        reader.fading.fill_(9.0)
    words, tokens = torch.nn.functional.one_hot(torch.arange(3), 32).float(), torch.arange(3)[None]
    order, number = torch.tensor([[0.0, 1.0, 2.0]]), torch.tensor([3.0])
    scores, length = torch.zeros(1, 3, 7), torch.tensor([3])
    heard = EncodedInstruction(scores, words, tokens, length, order, number, order, order)
    rows, progress = torch.zeros(4, dtype=torch.int64), torch.tensor([[0.0, 0], [1, 0], [2, 0], [3, 0]])
    taken = reader.take(heard, rows, progress).taken.view(4, 7, 32)
    for due in range(3):
        assert (taken[due, :, due] > 0.9).all()
    assert torch.allclose(taken[3], reader.nothing[1].expand(7, -1), atol=0.1)


def test_a_lesson_says_what_is_due():
    goal = goals(clauses=(2, 3))
    given = lesson(goal, 5, 300)
    for m in range(300):
        number, due = int(given.clauses[m]), int(given.progress[m, 0])
        assert 0 <= due <= number
        verb = int(given.due[m, VERB])
        assert (verb == NO_VERB) == (due == number)
        labels = set(given.clause[m].tolist()) - {0}
        assert {label for label in labels if label <= MAX_CLAUSES} == set(range(1, number + 1))
        if due < number:
            rows = [g for g in goal if (g[due, :FIELDS] == given.due[m, :FIELDS].numpy()).all()]
            assert any((g[:MAX_CLAUSES, VERB] != NO_VERB).sum() == number for g in rows)
            stage = int(given.due[m, STAGE])
            assert (given.stage[m][given.clause[m] == due + 1] == stage).all()
    assert {0, 1, 2} <= set(given.progress[:, 0].long().tolist())
    again = lesson(goal, 5, 300)
    assert all(torch.equal(a, b) for a, b in zip(given, again, strict=True))


def test_foreign_words_stand_between_the_others_and_belong_to_their_clause(monkeypatch):
    monkeypatch.setattr(method, "GARBLED", 1.0)
    monkeypatch.setattr(method, "SWAPPED", 0.0)
    tokens, rows = np.array([[5, 6, 7, 8, 0, 0]]), np.array([[1, 1, 0, 2, 0, 0]])
    seen = 0
    for seed in range(40):
        new, of = garbled(tokens, rows, np.random.default_rng(seed))
        kept = [(t, r) for t, r in zip(new[0], of[0], strict=True) if t > UNKNOWN]
        assert kept == [(5, 1), (6, 1), (7, 0), (8, 2)]
        for at in np.flatnonzero(new[0] == UNKNOWN):
            assert of[0, at] == of[0, at + 1]
            seen += 1
    assert seen > 10


def test_no_lesson_holds_a_word_of_reserved_phrasings():
    """Whatever is put in the place of a word was drawn elsewhere: 146 words are for tests alone."""
    goal = goals(2048, clauses=(1, 4), constraints=0.4, quantities=0.4)
    drawn = np.unique(np.concatenate([texts(goal, seed)[0] for seed in range(24)]))
    reserved = np.setdiff1d(np.arange(UNKNOWN + 1, len(VOCABULARY)), drawn)
    assert {VOCABULARY[i] for i in reserved} >= {"scarlet", "canteen", "haul", "restroom"}
    held = [lesson(goal, seed, 512).tokens.numpy() for seed in range(24)]
    assert any((tokens == UNKNOWN).any() for tokens in held)
    assert [VOCABULARY[i] for i in np.intersect1d(np.concatenate([t.ravel() for t in held]), reserved)] == []


def test_garbling_names_nothing_else_than_was_meant(monkeypatch):
    """So no pair and no shade that is held out comes up, and every lesson names what it is about."""
    monkeypatch.setattr(method, "GARBLED", 1.0)
    monkeypatch.setattr(method, "SWAPPED", 0.5)
    tokens, rows = texts(goals(256, clauses=(1, 3)), 0)
    tokens = tokens.astype(np.int64)
    new, _ = garbled(tokens, rows.astype(np.int64), np.random.default_rng(0))
    assert len({*np.unique(new)} - {0, UNKNOWN}) > 100, "words are still swapped and kept"
    for before, after in zip(tokens, new, strict=True):
        names = iter(t for t in before if t in method._NAMES[1:])
        assert all(t in names for t in after if t in method._NAMES[1:]), (
            "some of its own names, in their order"
        )


def test_words_as_if_never_met_mean_about_the_same_and_what_was_learned_of_them_is_left_out(monkeypatch):
    monkeypatch.setattr("agents.network.instruction_encoder.UNMET", 1.0)
    reader = InstructionEncoder(NetworkConfig())
    seed = torch.tensor([3])
    before = reader.know(seed)[1].detach()
    with torch.no_grad():
        reader.learned.fill_(7.0)
    assert torch.equal(reader.know(seed)[1].detach(), before)
    assert not torch.equal(reader.know()[1].detach(), before)
    assert not torch.equal(reader.know(torch.tensor([4]))[1].detach(), before)


def test_only_reading_changes_by_reading():
    torch.manual_seed(0)
    network = a_network()
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    learner = Learner(network, 2, LearnerConfig())
    goal = goals()
    lessons = [lesson(goal, seed, 16) for seed in (0, 1)]
    first = learner.study(lessons, reading_loss)
    changed = {name for name, p in network.named_parameters() if not torch.equal(p, before[name])}
    assert changed and all(name.startswith(("instruction_encoder.", "heads.reading.")) for name in changed)
    for _ in range(10):
        last = learner.study(lessons, reading_loss)
    assert last["reading/what"] < first["reading/what"] / 2, "the same texts are read better and better"


def test_understood_is_the_share_of_texts_of_which_nothing_is_mistaken(monkeypatch):
    network, given = a_network(), lesson(goals(), 0, 16)
    encoder = network.instruction_encoder
    asked = understood(network, encoder.take(encoder.hear(given.tokens), torch.arange(16), given.progress))

    def answers(*_):
        """All right, but for the verb of four texts and something else of the first of those."""
        told = {
            field: torch.nn.functional.one_hot(given.due[:, field].long(), out.shape[1]).float() * 9
            for field, out in asked.items()
        }
        told[VERB][:4] = told[VERB][:4].roll(1, 1)
        told[VERB + 2][:1] = told[VERB + 2][:1].roll(1, 1)
        return told

    monkeypatch.setattr(method, "understood", answers)
    assert float(reading_loss(network, given)[1]["reading/understood"]) == 12 / 16


def test_sentences_are_heard_once():
    tokens = torch.tensor([[4, 5, 0], [4, 5, 6], [4, 5, 0], [5, 4, 0]])
    distinct, rows = distinct_rows(tokens)
    assert len(distinct) == 3 and torch.equal(distinct[rows], tokens)


@pytest.mark.slow
def test_what_was_read_of_two_clauses_holds_for_four():
    """Words alone: after goals of at most two clauses, order and what is due are told of three and four."""
    torch.manual_seed(0)
    network = a_network()
    learner, goal, far = Learner(network, 2, LearnerConfig()), goals(2048), goals(256, 9, clauses=(3, 4))
    for step in range(1500):
        if step == 1000:
            learner.optimizer.param_groups[0]["lr"] = 1e-3
        learner.study([lesson(goal, 2 * step + worker, 128) for worker in (0, 1)], reading_loss)
    with torch.no_grad():
        _, log = reading_loss(network, lesson(far, 1, 512))
    assert float(log["reading/order"]) < 0.3 and float(log["reading/understood"]) > 0.7
