"""What does a language model answer? Many prompts at once, each until its own end, within a grammar if one is given.

What prompts have in common is read once: the tokens with which all of them begin, and prompts that are the same. Rows
that are finished leave the batch. What one row says depends neither on the others nor on who finishes first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from agents.language.model.decoder import Decoder, decoder, window_of
from agents.language.model.language_model import LanguageModel

LEAVE = 0.25  # share of rows that have to be finished before they leave the batch: leaving costs a copy


@runtime_checkable
class Automaton(Protocol):
    """Which tokens may come next? A state for each row, which is never changed in place."""

    def start(self) -> Any:
        """The state before the first token."""
        ...

    def step(self, state: Any, token: int) -> Any:
        """The state after one more token, which the state before allowed."""
        ...

    def mask(self, states: Sequence[Any]) -> Tensor:
        """The tokens that each state allows, [B, V] bool, at least one each."""
        ...


Allowed = Callable[[Sequence[tuple[int, ...]]], Tensor]
"""The tokens of each prompt so far, in the order of prompts, to those that may come next, [B, V] bool; rows of who is
finished do not matter."""


@dataclass(frozen=True)
class Answers:
    """What was said to each of B prompts, in at most T tokens."""

    texts: list[str]
    """up to the end or the line break, which are left out"""
    token_BT: Tensor
    """the end or line break is the last one; pads after that"""
    log_prob_BT: Tensor
    """of each token under the model as it is, at temperature 1 and without a grammar; 0 where pads are"""
    length_B: Tensor
    """tokens of each answer, its end among them"""
    is_finished_B: Tensor
    """has it come to its end, or were there no more tokens?"""


def generate(
    language_model: LanguageModel,
    prompts: Sequence[str],
    tokens: int,
    *,
    temperature: float = 1.0,
    chance: torch.Generator | Tensor | None = None,
    allowed: Automaton | Allowed | None = None,
    keep_first: int | None = None,
) -> Answers:
    """Answer prompts, each until a line break, an end of text, or so many tokens.

    Args:
        language_model: who answers.
        prompts: texts; they may differ in length, and may be empty.
        tokens: how many an answer has at most.
        temperature: logits are divided by it before a token is drawn.
        chance: what draws tokens, or numbers in [0, 1) for each, [B, tokens]; without it the likeliest token is taken.
        allowed: which tokens may come next; without it all may.
        keep_first: a prompt that is too long for the context loses tokens after this many; without it, it is refused.

    Raises:
        ValueError: an argument is out of range, a prompt is too long or has no token, or a row may say nothing at all.
    """
    check(language_model, tokens, temperature, keep_first)
    if not prompts:
        return _empty(language_model, tokens)
    room = language_model.context - tokens
    rows = [
        fitted(row, room, keep_first, f"prompt {i}")
        for i, row in enumerate(language_model.encode(list(prompts)))
    ]
    draws = draws_of(chance, len(rows), tokens)
    grammar = None
    if isinstance(allowed, Automaton):
        grammar = ByAutomaton(allowed, len(rows))
    elif allowed is not None:
        grammar = ByTokens(allowed, len(rows))
    with torch.inference_mode():
        read = read_prompts(language_model, rows, tokens)
        return _answered(language_model, *read, tokens, draws, temperature, grammar)


def check(language_model: LanguageModel, tokens: int, temperature: float, keep_first: int | None) -> None:
    """Raise a ValueError that names the argument."""
    context = language_model.context
    if not 1 <= tokens < context:
        raise ValueError(f"tokens is {tokens}, allowed are 1 to {context - 1}: the context is {context}")
    if not 0 < temperature < float("inf"):
        raise ValueError(f"temperature is {temperature}, allowed are numbers above 0; chance=None is greedy")
    if keep_first is not None and not 0 <= keep_first < context - tokens:
        raise ValueError(f"keep_first is {keep_first}, allowed are 0 to {context - tokens - 1}")


def fitted(row: list[int], room: int, keep_first: int | None, what: str = "prompt") -> list[int]:
    """A prompt with at most so many tokens: its first ones, and of the rest the last.

    Raises:
        ValueError: it is longer and `keep_first` is None, or it has no token.
    """
    if not row:
        raise ValueError(f"{what} is empty and the model has no token that begins a text: give it a word")
    if len(row) <= room:
        return row
    if keep_first is None:
        raise ValueError(
            f"{what} has {len(row)} tokens, allowed are 1 to {room}: shorten it, or let it be cut with keep_first"
        )
    return row[:keep_first] + row[len(row) - (room - keep_first) :]


def read_prompts(
    language_model: LanguageModel, rows: list[list[int]], tokens: int
) -> tuple[Decoder, Tensor, Tensor]:
    """Read prompts, with room for so many tokens more.

    Returns:
        A decoder whose rows R are the prompts, the longest first; the logits [R, V] of what comes next; and which
        prompt each row is, [R].
    """
    model, meaning = language_model.model, language_model.meaning
    device = model.device
    distinct = sorted(set(map(tuple, rows)), key=len, reverse=True)
    begins = _in_common(distinct)
    window = window_of(model)
    if window and len(distinct[0]) + tokens > window:
        begins = 0  # pads would come between tokens, where those who hear a window count columns
    words = [meaning.words(row) for row in distinct] if meaning else []
    if meaning:  # of two words that begin alike, tokens that are the same mean different things
        begins = min([begins, *map(_agree_until, words, words[1:])])

    def read(rows: Sequence[Sequence[int]], words: Sequence[Sequence[str]]) -> Tensor:
        token_BS, is_real_BS = padded(rows, language_model.pad, device)
        if meaning is None:
            return reader.read(token_BS, is_real_BS)
        left = [("",) * (token_BS.shape[1] - len(row)) + tuple(row) for row in words]
        return reader.read(token_BS, is_real_BS, meaning.added(model, left))

    reader = decoder(model, len(distinct[0]) + tokens)
    if begins:
        read([distinct[0][:begins]], [row[:begins] for row in words[:1]])
    reader.keep(torch.zeros(len(distinct), dtype=torch.long, device=device))
    logits_RV = read([row[begins:] for row in distinct], [row[begins:] for row in words])
    number = {row: i for i, row in enumerate(distinct)}
    order = torch.tensor([number[tuple(row)] for row in rows], device=device).sort(stable=True)
    if len(distinct) < len(rows):
        reader.keep(order.values)
        logits_RV = logits_RV[order.values]
    return reader, logits_RV, order.indices


def padded(rows: Sequence[Sequence[int]], pad: int, device: Any = None) -> tuple[Tensor, Tensor]:
    """Rows that end together, [B, S], and which of their tokens are real."""
    longest = max(map(len, rows))
    token = [[pad] * (longest - len(row)) + list(row) for row in rows]
    real = [[False] * (longest - len(row)) + [True] * len(row) for row in rows]
    return torch.tensor(token, device=device), torch.tensor(real, device=device)


class ByAutomaton:
    """What an automaton allows each prompt, whose state it keeps."""

    def __init__(self, automaton: Automaton, prompts: int) -> None:
        self.automaton, self.states = automaton, [automaton.start() for _ in range(prompts)]

    def mask(self, live: list[int]) -> Tensor:
        """The tokens that these prompts may go on with."""
        return self.automaton.mask([self.states[i] for i in live])

    def step(self, prompt: int, token: int) -> None:
        """A prompt went on."""
        self.states[prompt] = self.automaton.step(self.states[prompt], token)


class ByTokens:
    """What a function of the tokens so far allows each prompt; it is asked about all of them, in their order."""

    def __init__(self, allowed: Allowed, prompts: int) -> None:
        self.allowed = allowed
        self.said: list[tuple[int, ...]] = [()] * prompts

    def mask(self, live: list[int]) -> Tensor:
        """The tokens that these prompts may go on with."""
        mask_BV = self.allowed(self.said)
        return mask_BV[live] if len(mask_BV) == len(self.said) else mask_BV

    def step(self, prompt: int, token: int) -> None:
        """A prompt went on."""
        self.said[prompt] = (*self.said[prompt], token)


# ---- one token after the other ------------------------------------------------------------------------
def _answered(
    language_model: LanguageModel, reader: Decoder, logits_RV: Tensor, row_R: Tensor, tokens: int,
    draw_BT: Tensor | None, temperature: float, grammar: ByAutomaton | ByTokens | None,
) -> Answers:  # fmt: skip
    """One token after the other; R rows of B are still in the batch."""
    rows, device = logits_RV.shape[0], logits_RV.device
    token_BT = torch.full((rows, tokens), language_model.pad, device=device)
    log_prob_BT = torch.zeros(rows, tokens, device=device)
    length_B = torch.zeros(rows, dtype=torch.long, device=device)
    is_finished_B = torch.zeros(rows, dtype=torch.bool, device=device)
    for t in range(tokens):
        logits_RV = logits_RV.float()
        is_live_R = ~is_finished_B[row_R]
        chosen_RV = logits_RV
        if grammar is not None:
            chosen_RV = _masked(logits_RV, grammar, row_R[is_live_R], is_live_R)
        draw_R = None if draw_BT is None else draw_BT[row_R.to(draw_BT.device), t].to(device)
        token_R = taken(chosen_RV, draw_R, temperature)
        live_R = row_R[is_live_R]
        token_BT[live_R, t] = token_R[is_live_R]
        log_prob_BT[live_R, t] = _log_prob(logits_RV, token_R)[is_live_R]
        length_B[live_R] += 1
        is_finished_B[live_R] = language_model.stop_V[token_R[is_live_R]]
        if grammar is not None:
            for row, token in zip(live_R.tolist(), token_R[is_live_R].tolist(), strict=True):
                grammar.step(row, token)
        is_live_R = ~is_finished_B[row_R]
        live = int(is_live_R.sum())
        if t + 1 == tokens or not live:
            break
        if live <= (1 - LEAVE) * len(row_R):
            stays = is_live_R.nonzero()[:, 0]
            reader.keep(stays)
            row_R, token_R = row_R[stays], token_R[stays]
        logits_RV = reader.read(token_R[:, None], torch.ones_like(token_R, dtype=torch.bool)[:, None])
    texts = _texts(language_model, token_BT.tolist(), length_B.tolist())
    return Answers(texts, token_BT, log_prob_BT, length_B, is_finished_B)


def _masked(logits_RV: Tensor, grammar: ByAutomaton | ByTokens, live_R: Tensor, is_live_R: Tensor) -> Tensor:
    """Logits with minus infinity where the grammar does not go on; who is finished is not asked about.

    Raises:
        ValueError: a row has nowhere to go on.
    """
    allowed_LV = grammar.mask(live_R.tolist()).to(logits_RV.device)
    if allowed_LV.shape != (len(live_R), logits_RV.shape[1]):
        raise ValueError(
            f"the mask of a grammar has shape {list(allowed_LV.shape)}, needed is {[len(live_R), logits_RV.shape[1]]}: "
            "rows by tokens of the model"
        )
    stuck = live_R[~allowed_LV.any(1)]
    if len(stuck):
        raise ValueError(
            f"the grammar allows no token at all for prompt {int(stuck[0])}: let it end somewhere"
        )
    masked_RV = logits_RV.clone()
    masked_RV[is_live_R] = logits_RV[is_live_R].masked_fill(~allowed_LV, float("-inf"))
    return masked_RV


def taken(logits_RV: Tensor, draw_R: Tensor | None, temperature: float) -> Tensor:
    """The likeliest token of each row, or the one at which its draw lies among their probabilities, side by side."""
    if draw_R is None:
        return logits_RV.argmax(1)
    below_RV = (logits_RV / temperature).softmax(1).double().cumsum(1)
    at_R = draw_R.double() * below_RV[:, -1]
    return torch.searchsorted(below_RV, at_R[:, None], right=True)[:, 0]


def _log_prob(logits_RV: Tensor, token_R: Tensor) -> Tensor:
    return logits_RV.gather(1, token_R[:, None])[:, 0] - logits_RV.logsumexp(1)


def draws_of(chance: torch.Generator | Tensor | None, rows: int, tokens: int) -> Tensor | None:
    """A number in [0, 1) for each token of each row, whether or not it comes to be said."""
    if isinstance(chance, torch.Generator):
        return torch.rand(rows, tokens, generator=chance, device=chance.device)
    if chance is not None:
        if chance.shape != (rows, tokens):
            raise ValueError(
                f"chance has shape {list(chance.shape)}, needed is {[rows, tokens]}: prompts by tokens"
            )
        if not bool(((chance >= 0) & (chance < 1)).all()):
            raise ValueError("chance has numbers that are not in [0, 1): draw them with torch.rand")
    return chance


def _in_common(rows: Sequence[tuple[int, ...]]) -> int:
    """With how many tokens do all rows begin? At most all but one, since something has to be left to read."""
    least, most = min(rows), max(rows)
    if least == most:
        return 0
    same, most_shared = 0, min(len(row) for row in rows) - 1
    while same < most_shared and least[same] == most[same]:
        same += 1
    return same


def _agree_until(some: Sequence[str], others: Sequence[str]) -> int:
    """With how many words do both begin?"""
    both = zip(some, others, strict=False)
    return next((i for i, (one, other) in enumerate(both) if one != other), min(len(some), len(others)))


def _texts(language_model: LanguageModel, rows: list[list[int]], lengths: list[int]) -> list[str]:
    """What tokens say, up to the end or the line break."""
    said = [row[:length] for row, length in zip(rows, lengths, strict=True)]
    said = [row[:-1] if row and row[-1] in language_model.ends else row for row in said]
    return [text.split("\n", 1)[0] for text in language_model.decode(said)]


def _empty(language_model: LanguageModel, tokens: int) -> Answers:
    device = language_model.model.device
    nothing = torch.zeros(0, tokens, device=device)
    none = torch.zeros(0, dtype=torch.long, device=device)
    return Answers([], nothing.long(), nothing, none, none.bool())
