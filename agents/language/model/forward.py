"""What do Llama and GPT-2 compute, in as few operations as can be? The sums of transformers, over the same parameters.

At these sizes most time goes with the calls of operations, not with their arithmetic: the projections of queries, keys
and values are one product, pairs of a rotary embedding are one complex number, and activations are one call.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

ROTARY = ("default", "linear", "llama3")  # kinds of rotary embeddings whose angles do not depend on the text

Linear = tuple[Tensor, Tensor | None]  # weight [out, in] and bias
Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""Layer, queries [B, H, last, E], keys and values [B, G, S, E] of new tokens, to what is heard, [B, H, last, E]."""

Drop = Callable[[Tensor], Tensor]
"""What is left of activations [B, S, D] where some are dropped out."""


def kept_whole(x: Tensor) -> Tensor:
    """Nothing is dropped."""
    return x


@dataclass(frozen=True)
class Layer:
    """The parameters of one layer; a norm is a weight and, in GPT-2, a bias."""

    before_attention: Linear
    qkv: Linear
    out: Linear
    before_feedforward: Linear
    up: Linear
    down: Linear


@dataclass(frozen=True)
class Network:
    """The parameters of a model, put together for `hidden`; they are views or sums of the model's own."""

    token_VD: Tensor
    position_CD: Tensor | None
    rotation_CE: Tensor | None
    """a turn of each pair of a head's features at each position, complex"""
    layers: Sequence[Layer]
    last: Linear
    head_VD: Tensor
    heads: int
    groups: int
    """heads of keys and values, each of which several heads of queries may share"""
    norm: Callable[[Tensor, Linear], Tensor]
    activate: Callable[[Tensor], Tensor]


def is_known(model: Any) -> bool:
    """Is a model one that this file computes?"""
    from transformers import GPT2LMHeadModel, LlamaForCausalLM

    config = model.config
    if type(model) is GPT2LMHeadModel:
        return (
            config.activation_function in ("gelu_new", "gelu_pytorch_tanh")
            and config.scale_attn_weights
            and not config.scale_attn_by_inverse_layer_idx
            and not config.add_cross_attention
        )
    return (
        type(model) is LlamaForCausalLM
        and config.hidden_act == "silu"
        and config.rope_parameters["rope_type"] in ROTARY
        and not config.attention_bias
        and not config.mlp_bias
    )


def network_of(model: Any) -> Network:
    """The parameters of a known model as they are now; gradients flow back to the model's own."""
    return _gpt2(model) if model.config.model_type == "gpt2" else _llama(model)


def hidden(
    network: Network,
    token_BS: Tensor,
    position_BS: Tensor,
    attend: Attend,
    last: int,
    drop: Drop = kept_whole,
    meant_BSD: Tensor | None = None,
) -> Tensor:
    """The last hidden states [B, last, D] of the last tokens of each row.

    Of all other tokens the last layer says only what is attended to: a fifth of the work on a prompt is saved. What
    `drop` makes of embeddings, and of what each layer adds to them, takes their place. To embeddings is added what
    tokens mean as parts of words, if a model knows that.
    """
    x = F.embedding(token_BS, network.token_VD)
    if meant_BSD is not None:
        x = x + meant_BSD
    if network.position_CD is not None:
        x = x + F.embedding(position_BS, network.position_CD)
    x = drop(x)
    turn = None if network.rotation_CE is None else network.rotation_CE[position_BS].unsqueeze(-2)
    for i, layer in enumerate(network.layers):
        normed = network.norm(x, layer.before_attention)
        if i == len(network.layers) - 1 and last < x.shape[1]:
            x = x[:, -last:]
        q, k, v = _queries_keys_values(network, layer, normed, x.shape[1], turn)
        x = x + drop(F.linear(attend(i, q, k, v).transpose(1, 2).flatten(2), *layer.out))
        up = F.linear(network.norm(x, layer.before_feedforward), *layer.up)
        x = x + drop(F.linear(network.activate(up), *layer.down))
    return network.norm(x, network.last)


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax attention of the last tokens, [B, H, S, E]; without a mask each attends to itself and those before it.

    Args:
        q: queries of the last S of T tokens, [B, H, S, E].
        k: keys of all of them, [B, G, T, E].
        v: values, [B, G, T, E].
        mask: [B, 1, S, T], is added to scores.
    """
    queries, keys = q.shape[2], k.shape[2]
    if queries == 1 and q.shape[1] == k.shape[1]:
        return _attention_of_one(q, k, v, mask)
    if mask is None and 1 < queries < keys:
        mask = added(
            torch.ones(queries, keys, dtype=torch.bool, device=q.device).tril(keys - queries), q.dtype
        )
    causal = mask is None and queries > 1
    grouped = q.shape[1] != k.shape[1]
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal, enable_gqa=grouped)


def _attention_of_one(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """The same for one token a row, where plain products are faster."""
    score = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(2, 3))
    if mask is not None:
        score = score + mask
    return torch.matmul(score.softmax(-1), v)


def added(allowed: Tensor, dtype: torch.dtype) -> Tensor:
    """A mask as it is added to scores: 0 where attention is allowed, minus infinity elsewhere."""
    return torch.zeros_like(allowed, dtype=dtype).masked_fill_(~allowed, float("-inf"))


def _queries_keys_values(
    network: Network, layer: Layer, x: Tensor, last: int, turn: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries [B, H, last, E] of the last tokens, and keys and values [B, G, S, E] of all of them."""
    (weight, bias), heads = layer.qkv, network.heads
    size = weight.shape[0] // (heads + 2 * network.groups)
    if last == x.shape[1]:
        qkv = F.linear(x, weight, bias).unflatten(-1, (-1, size))
        qk, v = qkv.split((heads + network.groups, network.groups), -2)
        q, k = _turned(qk, turn).split((heads, network.groups), -2)
    else:
        cut = heads * size
        bias_q, bias_kv = (None, None) if bias is None else (bias[:cut], bias[cut:])
        q = F.linear(x[:, -last:], weight[:cut], bias_q).unflatten(-1, (-1, size))
        k, v = F.linear(x, weight[cut:], bias_kv).unflatten(-1, (-1, size)).chunk(2, -2)
        q, k = _turned(q, None if turn is None else turn[:, -last:]), _turned(k, turn)
    return q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)


def _turned(qk: Tensor, turn: Tensor | None) -> Tensor:
    if turn is None:
        return qk
    pairs = torch.view_as_complex(qk.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * turn).flatten(-2).to(qk.dtype)


def _llama(model: Any) -> Network:
    config, body = model.config, model.model
    size = config.head_dim
    angle = (
        torch.arange(config.max_position_embeddings, device=model.device)[:, None] * body.rotary_emb.inv_freq
    )
    # transformers turns feature e together with e + size / 2: put side by side they are one complex number. Products of
    # queries and keys do not depend on the order of features.
    order = torch.arange(size, device=model.device).view(2, -1).t().flatten()
    layers = []
    for layer in body.layers:
        heard, fed = layer.self_attn, layer.mlp
        paired = torch.cat([heard.q_proj.weight, heard.k_proj.weight])
        paired = paired.unflatten(0, (-1, size))[:, order].flatten(0, 1)
        layers.append(
            Layer(
                before_attention=(layer.input_layernorm.weight, None),
                qkv=(torch.cat([paired, heard.v_proj.weight]), None),
                out=(heard.o_proj.weight, None),
                before_feedforward=(layer.post_attention_layernorm.weight, None),
                up=(torch.cat([fed.gate_proj.weight, fed.up_proj.weight]), None),
                down=(fed.down_proj.weight, None),
            )
        )
    return Network(
        token_VD=body.embed_tokens.weight, position_CD=None,
        rotation_CE=torch.polar(torch.ones_like(angle), angle), layers=layers, last=(body.norm.weight, None),
        head_VD=model.lm_head.weight, heads=config.num_attention_heads, groups=config.num_key_value_heads,
        norm=partial(_root_mean_square, epsilon=config.rms_norm_eps), activate=_gated,
    )  # fmt: skip


def _gpt2(model: Any) -> Network:
    config, body = model.config, model.transformer
    layers = [
        Layer(
            before_attention=(layer.ln_1.weight, layer.ln_1.bias),
            qkv=(layer.attn.c_attn.weight.t(), layer.attn.c_attn.bias),
            out=(layer.attn.c_proj.weight.t(), layer.attn.c_proj.bias),
            before_feedforward=(layer.ln_2.weight, layer.ln_2.bias),
            up=(layer.mlp.c_fc.weight.t(), layer.mlp.c_fc.bias),
            down=(layer.mlp.c_proj.weight.t(), layer.mlp.c_proj.bias),
        )
        for layer in body.h
    ]
    return Network(
        token_VD=body.wte.weight, position_CD=body.wpe.weight, rotation_CE=None, layers=layers,
        last=(body.ln_f.weight, body.ln_f.bias), head_VD=model.lm_head.weight, heads=config.n_head,
        groups=config.n_head, norm=partial(_centred, epsilon=config.layer_norm_epsilon),
        activate=partial(F.gelu, approximate="tanh"),
    )  # fmt: skip


def _root_mean_square(x: Tensor, norm: Linear, epsilon: float) -> Tensor:
    return F.rms_norm(x, x.shape[-1:], norm[0], epsilon)


def _centred(x: Tensor, norm: Linear, epsilon: float) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], *norm, epsilon)


def _gated(up: Tensor) -> Tensor:
    gate, value = up.chunk(2, -1)
    return F.silu(gate) * value
