"""Reference values for the RPL (GAN-RM table 6) from PyTorch, and for the metrics from scikit-learn.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install torch safetensors scikit-learn numpy
    /tmp/venv/bin/python tools/reference/reward_reference.py test/fixtures/rpl

Writes rpl.safetensors (start, batches, masks, float64 gradients, losses and weights of 10 float32 AdamW steps with warm-up
and clipping, logits in eval mode), metrics.fixture.json, and foreign.safetensors (the reference library's, for our reader).
"""
import json, sys
from pathlib import Path
import numpy as np, torch
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score, accuracy_score

WIDTH, BATCH, STEPS = 8, 6, 10
out = Path(sys.argv[1])


class Rpl(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        hidden = width * 3 // 2
        self.linear1, self.norm1 = torch.nn.Linear(width, hidden), torch.nn.BatchNorm1d(hidden)
        self.linear2, self.norm2 = torch.nn.Linear(hidden, width), torch.nn.BatchNorm1d(width)
        self.output = torch.nn.Linear(width, 2)

    def forward(self, x, mask=None):
        hidden = self.norm1(torch.relu(self.linear1(x)))
        if mask is not None:  # dropout with a given mask: 0 or 1 / 0.8
            hidden = hidden * mask
        return self.output(x + self.norm2(torch.relu(self.linear2(hidden))))


def loss_of(model, x, labels, mask):
    targets = torch.stack([1 - labels, labels], dim=1)
    return torch.nn.functional.binary_cross_entropy_with_logits(model(x, mask), targets)


torch.manual_seed(1)
model = Rpl(WIDTH)
with torch.no_grad():  # gamma and beta away from 1 and 0, so that mistakes show
    for norm in (model.norm1, model.norm2):
        norm.weight.uniform_(0.5, 1.5), norm.bias.uniform_(-0.5, 0.5)
x = torch.randn(STEPS, BATCH, WIDTH)
labels = torch.rand(STEPS, BATCH)
masks = (torch.rand(STEPS, BATCH, WIDTH * 3 // 2) >= 0.2).float() / 0.8
tensors = {f"start.{k}": v.clone() for k, v in model.state_dict().items()}
tensors |= {"features": x, "labels": labels, "masks": masks}

double = Rpl(WIDTH).double()
double.load_state_dict({k: v.double() if v.is_floating_point() else v for k, v in model.state_dict().items()})
loss = loss_of(double, x[0].double(), labels[0].double(), masks[0].double())
loss.backward()
tensors["double.loss"] = loss.detach().reshape(1)
tensors |= {f"double.gradient.{k}": p.grad.clone() for k, p in double.named_parameters()}

optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.05)
losses = []
for s in range(STEPS):
    for group in optimiser.param_groups:
        group["lr"] = 1e-2 * min(1, (s + 1) / 4)  # warm-up of 4 steps
    optimiser.zero_grad()
    loss = loss_of(model, x[s], labels[s], masks[s])
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimiser.step()
    losses.append(loss.item())
tensors["losses"] = torch.tensor(losses)
tensors |= {f"end.{k}": v.clone() for k, v in model.state_dict().items()}
model.eval()
with torch.no_grad():
    tensors["inference"] = model(x[0])
save_file({k: v.contiguous() for k, v in tensors.items()}, out / "rpl.safetensors")

foreign = {
    "float": torch.tensor([[1.5, -2.0, 3.25]]), "double": torch.tensor([0.1, 1e300], dtype=torch.float64),
    "half": torch.tensor([1.0, -0.333251953125, 65504.0, 6e-8, float("inf")], dtype=torch.float16),
    "long": torch.tensor([-1, 2**53 + 1]), "byte": torch.tensor([[0], [255]], dtype=torch.uint8),
}
save_file(foreign, out / "foreign.safetensors", metadata={"made by": "safetensors.torch"})

rng = np.random.default_rng(3)
y = rng.integers(0, 2, 400)
scores = np.clip(np.round(0.5 + (y - 0.5) * 0.3 + rng.normal(0, 0.25, 400), 2), 0, 1)  # rounded: many ties
bins = np.minimum((scores * 15).astype(int), 14)
ece = sum((bins == b).mean() * abs(y[bins == b].mean() - scores[bins == b].mean()) for b in range(15) if (bins == b).any())
metrics = {"labels": y.tolist(), "scores": scores.tolist(), "auc": roc_auc_score(y, scores),
           "accuracy": accuracy_score(y, scores > 0.5), "ece": float(ece)}
(out / "metrics.fixture.json").write_text(json.dumps(metrics))
