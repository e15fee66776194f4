"""How does a language model learn what to answer? The next token of answers, and of nothing else.

A prompt is read and not learned: its tokens, and pads, have no part in a loss and no gradient. Whatever decides what is
learned is in a TokenBatch; the rest is functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from agents.language.model.decoder import read_as
from agents.language.model.forward import Drop, added, attention, hidden, is_known, kept_whole, network_of
from agents.language.model.language_model import LanguageModel

# Products in bfloat16 are compiled anew for each shape (oneDNN): few shapes save a quarter of the time of a step.
MULTIPLE = 8
SHARED = -1  # the part of tokens that all examples of a row begin with
MOST_SHARED = 8  # examples of such a row: attention costs the square of its length


class Example(NamedTuple):
    """What was asked and what is to be answered, as tokens; `encode` and `encode_answers` of a model make them."""

    prompt: Sequence[int]
    answer: Sequence[int]


@dataclass(frozen=True)
class TokenBatch:
    """Examples in rows of S columns; one that follows another in its row knows nothing of it."""

    token_BS: Tensor
    part_BS: Tensor
    """which example of its row a token belongs to, from 1 on; 0 where pads are, SHARED where all begin with it"""
    is_answer_BS: Tensor
    """is it a token of an answer, and so to be learned?"""


def padded_batch(examples: Sequence[Example], pad: int, multiple: int = 1) -> TokenBatch:
    """One example a row; rows end together, so that answers stand in the last columns.

    All columns but the last, of which nothing follows, are a multiple of `multiple`: few shapes are computed faster.

    Raises:
        ValueError: there is none, or one has an empty prompt or answer.
    """
    check(examples)
    length = max(len(prompt) + len(answer) for prompt, answer in examples)
    return _rows([[example] for example in examples], _rounded(length - 1, multiple) + 1, pad)


def packed_batch(examples: Sequence[Example], length: int, pad: int) -> TokenBatch:
    """As many examples a row as fit: the longest first, each into the first row that has room.

    Raises:
        ValueError: there is none, one is longer than a row, or one has an empty prompt or answer.
    """
    check(examples)
    rows: list[list[Example]] = []
    used: list[int] = []
    for example in sorted(examples, key=_tokens, reverse=True):
        if _tokens(example) > length:
            raise ValueError(
                f"an example has {_tokens(example)} tokens, allowed are {length} (length): shorten it"
            )
        row = next((i for i, n in enumerate(used) if n + _tokens(example) <= length), len(rows))
        if row == len(rows):
            rows.append([])
            used.append(0)
        rows[row].append(example)
        used[row] += _tokens(example)
    return _rows(rows, max(used), pad)


def shared_batch(examples: Sequence[Example], pad: int) -> TokenBatch:
    """Rows that end together, in the order of examples; those that follow each other and have the same prompt share a
    row, in which it is read once.

    Raises:
        ValueError: there is none, or one has an empty prompt or answer.
    """
    check(examples)
    rows = []
    for _, alike in groupby(examples, lambda example: tuple(example.prompt)):
        some = [*alike]
        rows += [some[first : first + MOST_SHARED] for first in range(0, len(some), MOST_SHARED)]
    lengths = [len(row[0].prompt) + sum(len(example.answer) for example in row) for row in rows]
    token_BS, part_BS, is_answer_BS = _blank(len(rows), max(lengths), pad)
    for b, (row, length) in enumerate(zip(rows, lengths, strict=True)):
        begin = token_BS.shape[1] - length
        at = begin + len(row[0].prompt)
        token_BS[b, begin:] = torch.tensor([*row[0].prompt, *(t for example in row for t in example.answer)])
        part_BS[b, begin:at] = SHARED if len(row) > 1 else 1
        is_answer_BS[b, at:] = True
        for part, example in enumerate(row, 1):
            part_BS[b, at : at + len(example.answer)] = part
            at += len(example.answer)
    return TokenBatch(token_BS, part_BS, is_answer_BS)


def answer_loss(language_model: LanguageModel, batch: TokenBatch) -> Tensor:
    """The mean of minus the log-probability of all tokens of answers in nats, a scalar."""
    logits_NV, target_N = answer_logits(language_model, batch)
    return F.cross_entropy(logits_NV, target_N)


def answer_log_probs(language_model: LanguageModel, batch: TokenBatch) -> Tensor:
    """The log-probability of each token of an answer given what is before it, [B, S]; 0 elsewhere."""
    logits_NV, target_N = answer_logits(language_model, batch)
    found = torch.zeros(batch.token_BS.shape, device=logits_NV.device)
    found[batch.is_answer_BS] = -F.cross_entropy(logits_NV, target_N, reduction="none")
    return found


def answer_logits(
    language_model: LanguageModel, batch: TokenBatch, drop: Drop = kept_whole
) -> tuple[Tensor, Tensor]:
    """For the N tokens of answers, row by row: the logits [N, V] from which they come, and what they are, [N].

    Logits of a column say what comes in the next one. What need not be computed for that is not.

    Raises:
        ValueError: rows hold several examples, or some activations are to be dropped, and the model is neither a plain
            Llama nor GPT-2.
    """
    model = language_model.model
    if not is_known(model):
        if drop is not kept_whole:
            raise ValueError(
                f"{type(model).__name__} has no dropout here, only a plain Llama or GPT-2 has: leave it out"
            )
        token_BS, _, last, row_N, meant_BSD = _read(language_model, batch)
        said = _others(language_model, batch, token_BS, meant_BSD)
        logits_NV = said.logits[:, -last:].flatten(0, 1)[row_N]
    else:
        states_MD, row_N = _states(language_model, batch, drop)
        logits_NV = _logits(states_MD, row_N, model.get_output_embeddings().weight)
    return logits_NV.float(), batch.token_BS[batch.is_answer_BS]


def answer_states(language_model: LanguageModel, batch: TokenBatch) -> Tensor:
    """For the N tokens of answers, row by row: the last hidden states from which they come, [N, D] in float32.

    Raises:
        ValueError: rows hold several examples, and the model is neither a plain Llama nor GPT-2.
    """
    if is_known(language_model.model):
        states_MD, row_N = _states(language_model, batch, kept_whole)
    else:
        token_BS, _, last, row_N, meant_BSD = _read(language_model, batch)
        said = _others(language_model, batch, token_BS, meant_BSD, output_hidden_states=True)
        states_MD = said.hidden_states[-1][:, -last:].flatten(0, 1)
    return states_MD[row_N].float()


def _read(
    language_model: LanguageModel, batch: TokenBatch
) -> tuple[Tensor, Tensor, int, Tensor, Tensor | None]:
    """What is read of a batch: tokens and parts, [B, S - 1] each; how many last columns L say something about answers;
    which of their B * L states each token of an answer comes from, [N]; and what is added to embeddings.

    These are the columns from the one before the first answer to the last but one, and some more.
    """
    first = int(batch.is_answer_BS.any(0).nonzero()[0, 0])
    token_BS, part_BS = batch.token_BS[:, :-1], batch.part_BS[:, :-1]
    last = min(_rounded(batch.token_BS.shape[1] - first, MULTIPLE), token_BS.shape[1])
    meant_BSD = _meant(language_model, token_BS, (part_BS != 0) & ~batch.is_answer_BS[:, :-1])
    return token_BS, part_BS, last, _sources(batch, last), meant_BSD


def _sources(batch: TokenBatch, last: int) -> Tensor:
    """Which state each token of an answer comes from, [N], among B * L of the last L columns but one: that of the token
    before it; of the first ones of answers that share a prompt, the prompt's last one."""
    row_N, column_N = batch.is_answer_BS.nonzero(as_tuple=True)
    part_BS = batch.part_BS
    begins_N = part_BS[row_N, column_N] != part_BS[row_N, column_N - 1]
    ends_B = (torch.arange(part_BS.shape[1], device=part_BS.device) * (part_BS == SHARED)).max(1).values
    source_N = torch.where(begins_N, ends_B[row_N], column_N - 1)
    return row_N * last + source_N - (part_BS.shape[1] - 1 - last)


def _states(language_model: LanguageModel, batch: TokenBatch, drop: Drop) -> tuple[Tensor, Tensor]:
    """The last hidden states of the last columns, [B * L, D], and which of them answers come from, [N]."""
    token_BS, part_BS, last, row_N, meant_BSD = _read(language_model, batch)
    network = network_of(language_model.model)
    mask = _mask(part_BS, network.token_VD.dtype)

    def attend(_: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return _attention(q, k, v, None if mask is None else mask[:, :, -q.shape[2] :])

    states_BLD = hidden(network, token_BS, positions(part_BS), attend, last, drop, meant_BSD)
    return states_BLD.flatten(0, 1), row_N


def _others(
    language_model: LanguageModel,
    batch: TokenBatch,
    token_BS: Tensor,
    meant_BSD: Tensor | None,
    **asked: bool,
) -> Any:
    """What transformers says of a batch."""
    if int(batch.part_BS.max()) > 1:  # so it is too where a prompt is shared
        raise ValueError(
            f"rows hold several examples, which {type(language_model.model).__name__} cannot tell apart: pad them"
        )
    part_BS = batch.part_BS[:, :-1]
    return language_model.model(
        **read_as(language_model.model, token_BS, meant_BSD), attention_mask=(part_BS > 0).long(),
        position_ids=positions(part_BS), use_cache=False, **asked,
    )  # fmt: skip


def positions(part_BS: Tensor) -> Tensor:
    """The position of each token in its example, from 0 on, [B, S]; 0 where pads are."""
    column_S = torch.arange(part_BS.shape[1], device=part_BS.device)
    begins = F.pad(part_BS[:, 1:] != part_BS[:, :-1], (1, 0), value=True)
    began_BS = torch.where(begins, column_S, 0).cummax(1).values
    is_shared_BS = part_BS == SHARED
    after_BS = torch.where(is_shared_BS, 0, is_shared_BS.sum(1, keepdim=True))  # what is shared comes before
    return torch.where(part_BS != 0, column_S - began_BS + after_BS, 0)


def check(examples: Sequence[Example]) -> None:
    """Raise a ValueError unless there is something to learn from each example."""
    if not examples:
        raise ValueError("there are 0 examples, needed is 1 or more")
    for i, (prompt, answer) in enumerate(examples):
        if not len(prompt) or not len(answer):
            missing = "answer" if len(prompt) else "prompt"
            raise ValueError(
                f"the {missing} of example {i} has no tokens: an example needs at least one of each"
            )


def _meant(language_model: LanguageModel, token_BS: Tensor, is_prompt_BS: Tensor) -> Tensor | None:
    """What is added to the embeddings of prompts, [B, S, D]; None if the model reads tokens alone."""
    meaning = language_model.meaning
    if meaning is None:
        return None
    rows = torch.where(is_prompt_BS, token_BS, -1).tolist()
    return meaning.added(language_model.model, [meaning.words(row) for row in rows])


def _mask(part_BS: Tensor, dtype: torch.dtype) -> Tensor | None:
    """Attention to earlier tokens of the same example and of what it shares, [B, 1, S, S]; None where that is all
    earlier ones."""
    if bool((part_BS == 1).all()):
        return None
    same = (part_BS[:, :, None] == part_BS[:, None, :]) | (part_BS == SHARED)[:, None, :]
    return added(same.tril()[:, None], dtype)


def _logits(states_MD: Tensor, row_N: Tensor, head_VD: Tensor) -> Tensor:
    """What is said in the columns of answers, [N, V]; some rows more are computed."""
    more = _rounded(len(row_N), MULTIPLE**2) - len(row_N)
    return F.linear(states_MD[F.pad(row_N, (0, more))], head_VD)[: len(row_N)]


def _rounded(n: int, multiple: int) -> int:
    """The next multiple."""
    return -(-n // multiple) * multiple


def _attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Attention; on CPUs in float32, also where large products are in bfloat16: its gradient is slow there."""
    if q.device.type != "cpu" or not torch.is_autocast_enabled("cpu"):
        return attention(q, k, v, mask)
    with torch.autocast("cpu", enabled=False):
        return attention(q.float(), k.float(), v.float(), mask)


def _rows(rows: Sequence[Sequence[Example]], length: int, pad: int) -> TokenBatch:
    token_BS, part_BS, is_answer_BS = _blank(len(rows), length, pad)
    for row, examples in enumerate(rows):
        at = length - sum(map(_tokens, examples))
        for part, example in enumerate(examples, 1):
            end, answer = at + _tokens(example), at + len(example.prompt)
            token_BS[row, at:end] = torch.tensor([*example.prompt, *example.answer])
            part_BS[row, at:end] = part
            is_answer_BS[row, answer:end] = True
            at = end
    return TokenBatch(token_BS, part_BS, is_answer_BS)


def _blank(rows: int, length: int, pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, parts and answers of rows that are pads, [B, S] each."""
    part_BS = torch.zeros(rows, length, dtype=torch.long)
    return torch.full((rows, length), pad), part_BS, torch.zeros(rows, length, dtype=torch.bool)


def _tokens(example: Example) -> int:
    return len(example.prompt) + len(example.answer)
