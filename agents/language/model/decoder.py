"""How does a model go on from what it has read? It keeps keys and values, so that each token is read once.

A decoder reads tokens at the end of each row and says what may come next. Rows end together: what is shorter has pads
on its left, which nobody attends to and which take no position.
"""

import inspect
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from agents.language.model.forward import Network, added, attention, hidden, is_known, network_of

CHUNK = 512  # tokens that are read at once: what passes between operations stays in the cache of a core


class Decoder(Protocol):
    """What has been read of each row."""

    def read(self, token_BS: Tensor, is_real_BS: Tensor, meant_BSD: Tensor | None = None) -> Tensor:
        """Append tokens to each row; logits [B, V] of what comes next.

        Args:
            token_BS: the tokens.
            is_real_BS: False where a pad is, on the left of what is read first.
            meant_BSD: what is added to embeddings, if anything is.
        """
        ...

    def keep(self, row_R: Tensor) -> None:
        """Go on with these rows only, in this order; one that is named twice is doubled."""
        ...


def decoder(model: Any, room: int) -> Decoder:
    """A decoder with one empty row, for any causal language model of transformers.

    Args:
        model: of transformers, or what peft makes of one.
        room: how many tokens a row may have at most, pads included.
    """
    return KnownDecoder(model, room) if is_known(model) else AnyDecoder(model)


def window_of(model: Any) -> int | None:
    """How many tokens back any layer hears, where some layers do not hear all of them."""
    return getattr(model.config.get_text_config(), "sliding_window", None)


class KnownDecoder:
    """A decoder of the models that `forward` computes. Its cache has a place for every token from the start."""

    def __init__(self, model: Any, room: int) -> None:
        self.network = network_of(model)
        self.length = 0  # columns that are filled
        self.cache = [_empty(self.network, 1, room) for _ in self.network.layers]  # keys and values
        self.is_real_BC = torch.ones(1, room, dtype=torch.bool, device=self.cache[0].device)

    def read(self, token_BS: Tensor, is_real_BS: Tensor, meant_BSD: Tensor | None = None) -> Tensor:
        """See Decoder."""
        before, self.length = self.length, self.length + token_BS.shape[1]
        self.is_real_BC[:, before : self.length] = is_real_BS
        columns_B = is_real_BS.sum(1).clamp(min=1).tolist()
        parts, first = [], 0
        while first < len(columns_B):
            after = _chunk_end(columns_B, first)
            columns = max(columns_B[first:after])
            if columns < token_BS.shape[1]:  # what is masked counts as 0 times what is there
                for kept in self.cache:
                    kept[:, first:after, :, before : self.length - columns] = 0
            meant = None if meant_BSD is None else meant_BSD[first:after, -columns:]
            parts.append(self._read(token_BS[first:after, -columns:], meant, first, after, before > 0))
            first = after
        return F.linear(torch.cat(parts), self.network.head_VD)

    def keep(self, row_R: Tensor) -> None:
        """See Decoder."""
        for i, old in enumerate(self.cache):
            new = self.cache[i] = _empty(self.network, len(row_R), old.shape[3])
            if self.length:
                new[:, :, :, : self.length] = old[:, :, :, : self.length].index_select(1, row_R)
        self.is_real_BC = self.is_real_BC[row_R]

    def _read(
        self, token_RS: Tensor, meant_RSD: Tensor | None, first: int, after: int, has_past: bool
    ) -> Tensor:
        """Fill the last columns of rows `first` to `after`; the last hidden state of each, [R, D]."""
        end, columns = self.length, token_RS.shape[1]
        begin = 0 if has_past else end - columns  # what lies to the left is empty or pads
        is_real_RC = self.is_real_BC[first:after, begin:end]
        position_RS = is_real_RC.cumsum(1)[:, -columns:].sub_(1).clamp_(min=0)
        mask = None if bool(is_real_RC.all()) else _mask(is_real_RC, columns, self.cache[0].dtype)

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            kept = self.cache[layer][:, first:after]
            kept[0, :, :, end - columns : end], kept[1, :, :, end - columns : end] = k, v
            heard = None if mask is None else mask[:, :, -q.shape[2] :]
            return attention(q, kept[0, :, :, begin:end], kept[1, :, :, begin:end], heard)

        return hidden(self.network, token_RS, position_RS, attend, 1, meant_BSD=meant_RSD)[:, -1]


class AnyDecoder:
    """A decoder of any model: its own forward and its own cache."""

    def __init__(self, model: Any) -> None:
        from transformers import DynamicCache

        self.model, self.cache = model, DynamicCache(config=model.config.get_text_config())
        self.is_real_BC = torch.ones(1, 0, dtype=torch.bool, device=model.device)
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        takes = inspect.signature(inner.forward).parameters
        self.only_last = {"logits_to_keep": 1} if "logits_to_keep" in takes else {}
        self.takes_positions = "position_ids" in takes

    def read(self, token_BS: Tensor, is_real_BS: Tensor, meant_BSD: Tensor | None = None) -> Tensor:
        """See Decoder."""
        self.is_real_BC = torch.cat([self.is_real_BC, is_real_BS], 1)
        position_BC = self.is_real_BC.cumsum(1).sub_(1).clamp_(min=0)
        positions = {"position_ids": position_BC[:, -token_BS.shape[1] :]} if self.takes_positions else {}
        said = self.model(
            **read_as(self.model, token_BS, meant_BSD), attention_mask=self.is_real_BC.long(),
            past_key_values=self.cache, use_cache=True, **positions, **self.only_last,
        )  # fmt: skip
        return said.logits[:, -1]

    def keep(self, row_R: Tensor) -> None:
        """See Decoder."""
        self.is_real_BC = self.is_real_BC[row_R]
        if self.is_real_BC.shape[1]:
            self.cache.reorder_cache(row_R)  # pyright: ignore[reportArgumentType]


def read_as(model: Any, token_BS: Tensor, meant_BSD: Tensor | None) -> dict[str, Tensor]:
    """Tokens as any model takes them: themselves, or their embeddings and what is added to these."""
    if meant_BSD is None:
        return {"input_ids": token_BS}
    return {"inputs_embeds": model.get_input_embeddings()(token_BS) + meant_BSD}


def _empty(network: Network, rows: int, room: int) -> Tensor:
    """Room for keys and values of a layer, [2, B, G, C, E]."""
    out = network.layers[0].out[0]
    return out.new_empty(2, rows, network.groups, room, out.shape[1] // network.heads)


def _chunk_end(columns_B: list[int], first: int) -> int:
    """The row after the last one that is read together with row `first`."""
    after, longest = first + 1, columns_B[first]
    while after < len(columns_B):
        longest = max(longest, columns_B[after])
        if longest * (after + 1 - first) > CHUNK:
            break
        after += 1
    return after


def _mask(is_real_RC: Tensor, columns: int, dtype: torch.dtype) -> Tensor:
    """What the last columns attend to, [R, 1, columns, C]: what is real and not later; pads to themselves, to nothing
    else."""
    width = is_real_RC.shape[1]
    ones = torch.ones(columns, width, dtype=torch.bool, device=is_real_RC.device)
    itself = ones.tril(width - columns).triu(width - columns)
    allowed = (is_real_RC[:, None] & ones.tril(width - columns)) | itself
    return added(allowed, dtype)[:, None]
