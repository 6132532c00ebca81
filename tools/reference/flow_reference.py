"""Writes test/fixtures/flow/flow.safetensors: a small twin in PyTorch of the embedded policy (server/ml/policies/flow).

Weights, inputs, the drawing, the errors, the loss of SFT and of Diffusion-DPO together, and its gradients by autograd, all in
float64 and stored as float32. Written from the description of the architecture and the paper's equation, not from the
TypeScript: squares by unfold and fold, attention by PyTorch's own.
Run: /tmp/venv/bin/python tools/reference/flow_reference.py (torch, safetensors)
"""

import math
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.set_default_dtype(torch.float64)
torch.manual_seed(4)

SIZE, PATCH, WIDTH, BLOCKS, HEADS, HIDDEN = 8, 4, 16, 2, 2, 24
TEXT_TOKENS, TEXT_FEATURES, TEXT_HIDDEN, TIME_FEATURES = 2, 6, 10, 128
BATCH = 4
# of server/ml/policies/flow/transformer.ts
MOST_TEXT = 1.6
SIDE = SIZE // PATCH
SQUARE = (2 * PATCH) ** 2 * 3


def corner_major(windows):
    """[..., 8, 8, 3] windows as the network orders them: quarter, row, column, colour."""
    lead = windows.shape[:-3]
    split = windows.reshape(*lead, 2, PATCH, 2, PATCH, 3)
    n = len(lead)
    return split.permute(*range(n), n, n + 2, n + 1, n + 3, n + 4).reshape(*lead, SQUARE)


def row_major(squares):
    """The inverse of corner_major."""
    lead = squares.shape[:-1]
    split = squares.reshape(*lead, 2, 2, PATCH, PATCH, 3)
    n = len(lead)
    return split.permute(*range(n), n, n + 2, n + 1, n + 3, n + 4).reshape(*lead, 2 * PATCH, 2 * PATCH, 3)


def squares_of(image):
    columns = F.unfold(image.permute(0, 3, 1, 2), 2 * PATCH, stride=PATCH, padding=PATCH // 2)
    windows = columns.transpose(1, 2).reshape(image.shape[0], SIDE * SIDE, 3, 2 * PATCH, 2 * PATCH)
    return corner_major(windows.permute(0, 1, 3, 4, 2))


def image_of(squares):
    windows = row_major(squares).permute(0, 1, 4, 2, 3).reshape(squares.shape[0], SIDE * SIDE, -1)
    image = F.fold(windows.transpose(1, 2), (SIZE, SIZE), 2 * PATCH, stride=PATCH, padding=PATCH // 2)
    return image.permute(0, 2, 3, 1)


def shapes():
    yield "image.weight", (WIDTH, SQUARE)
    yield "image.bias", (WIDTH,)
    yield "position", (SIDE * SIDE, WIDTH)
    yield "time.1.weight", (WIDTH, TIME_FEATURES)
    yield "time.1.bias", (WIDTH,)
    yield "time.2.weight", (WIDTH, WIDTH)
    yield "text.1.weight", (TEXT_HIDDEN, TEXT_FEATURES)
    yield "text.1.bias", (TEXT_HIDDEN,)
    yield "text.2.weight", ((1 + TEXT_TOKENS) * WIDTH, TEXT_HIDDEN)
    yield "text.2.bias", ((1 + TEXT_TOKENS) * WIDTH,)
    yield "modulation.weight", (6 * WIDTH, WIDTH)
    for i in range(BLOCKS):
        yield f"block.{i}.modulation", (6 * WIDTH,)
        yield f"block.{i}.qkv", (3 * WIDTH, WIDTH)
        yield f"block.{i}.mix", (WIDTH, WIDTH)
        yield f"block.{i}.up", (HIDDEN, WIDTH)
        yield f"block.{i}.down", (WIDTH, HIDDEN)
    yield "final.modulation.weight", (2 * WIDTH, WIDTH)
    yield "final.modulation.bias", (2 * WIDTH,)
    yield "output.weight", (SQUARE, WIDTH)
    yield "output.bias", (SQUARE,)


# rounded to float32 so that both sides start from the same numbers
def drawn(shape, scale):
    return (torch.randn(shape) * scale).float().double()


weights = {name: drawn(shape, 1 / math.sqrt(shape[-1])).requires_grad_() for name, shape in shapes()}
w = weights


def modulated(x, shift, scale):
    return F.rms_norm(x, (x.shape[-1],), eps=1e-6) * (1 + scale) + shift


def denoise(noisy, time_features, text):
    time = F.silu(time_features @ w["time.1.weight"].T + w["time.1.bias"]) @ w["time.2.weight"].T
    prompt = F.silu(text @ w["text.1.weight"].T + w["text.1.bias"]) @ w["text.2.weight"].T + w["text.2.bias"]
    prompt = prompt / torch.sqrt(1 + F.relu(prompt.square().mean(-1, keepdim=True) / MOST_TEXT**2 - 1))
    condition = F.silu(time + prompt[:, :WIDTH])
    tokens = squares_of(noisy) @ w["image.weight"].T + w["image.bias"] + w["position"]
    x = torch.cat([tokens, prompt[:, WIDTH:].reshape(-1, TEXT_TOKENS, WIDTH)], 1)
    shared = condition @ w["modulation.weight"].T
    for i in range(BLOCKS):
        m = (shared + w[f"block.{i}.modulation"])[:, None].chunk(6, -1)
        q, k, v = (modulated(x, m[0], m[1]) @ w[f"block.{i}.qkv"].T).chunk(3, -1)
        heads = lambda y: y.reshape(*y.shape[:2], HEADS, -1).transpose(1, 2)
        attended = F.scaled_dot_product_attention(heads(q), heads(k), heads(v)).transpose(1, 2).flatten(2)
        x = x + m[2] * (attended @ w[f"block.{i}.mix"].T)
        x = x + m[5] * (F.relu(modulated(x, m[3], m[4]) @ w[f"block.{i}.up"].T) @ w[f"block.{i}.down"].T)
    shift, scale = (condition @ w["final.modulation.weight"].T + w["final.modulation.bias"])[:, None].chunk(2, -1)
    return image_of(modulated(x[:, : SIDE * SIDE], shift, scale) @ w["output.weight"].T + w["output.bias"])


inputs = {
    "image": drawn((BATCH, SIZE, SIZE, 3), 0.7),
    "noise": drawn((BATCH, SIZE, SIZE, 3), 1),
    "time": torch.tensor([0.2, 0.55, 0.2, 0.55]).float().double(),
    "text": drawn((BATCH, TEXT_FEATURES), 1),
    "weight": torch.tensor([0.5, 0, 0.25, 0.125]),
    "pairWeight": torch.tensor([0.5, 0.75]),
    "beta": torch.tensor([2.0, 5.0]),
    "referenceGap": drawn((BATCH // 2,), 0.3),
}
frequencies = 1000 * 10_000 ** (-torch.arange(TIME_FEATURES // 2) / (TIME_FEATURES // 2))
angles = inputs["time"][:, None] * frequencies
inputs["timeFeatures"] = torch.cat([angles.cos(), angles.sin()], 1).float().double()

t = inputs["time"].reshape(-1, 1, 1, 1)
noisy = t * inputs["image"] + (1 - t) * inputs["noise"]
drawing = denoise(noisy, inputs["timeFeatures"], inputs["text"])
# the error of the velocity, as flow matching has it
velocity = (drawing - noisy) / (1 - t)
errors = ((velocity - (inputs["image"] - inputs["noise"])) ** 2).mean((1, 2, 3))
chosen, rejected = errors.chunk(2)
pairs = -F.logsigmoid(-inputs["beta"] * (chosen - rejected - inputs["referenceGap"]))
loss = (inputs["weight"] * errors).sum() + (inputs["pairWeight"] * pairs).sum()
loss.backward()

tensors = {f"weight.{name}": value.detach() for name, value in weights.items()}
tensors |= {f"gradient.{name}": value.grad for name, value in weights.items()}
tensors |= {f"input.{name}": value for name, value in inputs.items()}
tensors |= {"drawing": drawing.detach(), "errors": errors.detach(), "loss": loss.detach().reshape(1)}
folder = pathlib.Path(__file__).parents[2] / "test/fixtures/flow"
save_file({name: value.float().contiguous() for name, value in tensors.items()}, folder / "flow.safetensors")
