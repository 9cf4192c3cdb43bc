"""The model in training: a Qwen3 decoder (Yang et al., 2025), written out because training wants it
plain and compiled."""

import math

import torch
import torch.nn.functional as F
from models.recipe.attention import causal
from models.recipe.export import Shape
from torch import Tensor, nn


class Norm(nn.Module):
    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


class Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        inside = shape.heads * shape.head
        self.q_proj = nn.Linear(shape.width, inside, bias=False)
        self.k_proj = nn.Linear(shape.width, shape.kv_heads * shape.head, bias=False)
        self.v_proj = nn.Linear(shape.width, shape.kv_heads * shape.head, bias=False)
        self.o_proj = nn.Linear(inside, shape.width, bias=False)
        self.q_norm = Norm(shape.head, shape.epsilon)
        self.k_norm = Norm(shape.head, shape.epsilon)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        rows, length, _ = x.shape
        q, k, v = (
            project(x).view(rows, length, -1, self.shape.head)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        q = rotated(self.q_norm(q).transpose(1, 2), turn)
        k = rotated(self.k_norm(k).transpose(1, 2), turn)
        v = v.transpose(1, 2)
        repeat = self.shape.heads // self.shape.kv_heads
        if repeat > 1:
            k, v = k.repeat_interleave(repeat, dim=1), v.repeat_interleave(repeat, dim=1)
        out = causal(q, k, v)
        return self.o_proj(out.transpose(1, 2).reshape(rows, length, -1))


class Feedforward(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.width, shape.inner, bias=False)
        self.up_proj = nn.Linear(shape.width, shape.inner, bias=False)
        self.down_proj = nn.Linear(shape.inner, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = Norm(shape.width, shape.epsilon)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = Norm(shape.width, shape.epsilon)
        self.mlp = Feedforward(shape)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), turn)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    """Names of parameters are those of transformers' Qwen3Model. The embedding is tied."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.epsilon)
        for name, parameter in self.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * shape.layers))
            elif parameter.dim() == 2:
                embeds = name.startswith("embed")
                nn.init.normal_(parameter, std=0.02 if embeds else 0.8 / parameter.shape[1] ** 0.5)

    def forward(self, ids: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """Hidden states [rows, length, width] of ids [rows, length]."""
        x = self.embed_tokens(ids).to(turn[0].dtype)
        for layer in self.layers:
            x = layer(x, turn)
        return self.norm(x)


def rotated(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    cos, sin = turn
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)
