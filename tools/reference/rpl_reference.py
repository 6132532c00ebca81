"""PyTorch reference of the reward projection layer (GAN-RM table 6), for server/ml/reward/rpl.torch.test.ts.

Writes start weights, batches, dropout masks and what PyTorch makes of them: losses, first gradients, weights and running
statistics after some AdamW steps with linear warm-up, and evaluation-mode logits.
Needs torch (written with 2.15): python tools/reference/rpl_reference.py test/fixtures/rpl/rpl.fixture.json
"""
import json
import sys

import torch
from torch import nn

WIDTH, BATCH, STEPS, WARMUP = 8, 6, 5, 3
LEARNING_RATE, WEIGHT_DECAY, DROPOUT = 1e-2, 0.1, 0.2


class RewardProjectionLayer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        hidden = width * 3 // 2
        self.linear1, self.norm1 = nn.Linear(width, hidden), nn.BatchNorm1d(hidden)
        self.linear2, self.norm2 = nn.Linear(hidden, width), nn.BatchNorm1d(width)
        self.output = nn.Linear(width, 2)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        hidden = self.norm1(torch.relu(self.linear1(x)))
        if mask is not None:
            hidden = hidden * mask
        return self.output(x + self.norm2(torch.relu(self.linear2(hidden))))


def plain(tensors: dict[str, torch.Tensor]) -> dict[str, list[float]]:
    return {name: t.detach().flatten().tolist() for name, t in tensors.items() if t.dtype == torch.float32}


torch.manual_seed(7)
model = RewardProjectionLayer(WIDTH)
with torch.no_grad():
    for norm in (model.norm1, model.norm2):  # away from 1 and 0, which would hide mistakes
        norm.weight.uniform_(0.5, 1.5)
        norm.bias.uniform_(-0.5, 0.5)
initial = plain(model.state_dict())
optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
batches, losses, gradients = [], [], {}
for step in range(1, STEPS + 1):
    for group in optimiser.param_groups:
        group["lr"] = LEARNING_RATE * min(1, step / WARMUP)
    x = torch.randn(BATCH, WIDTH) * 2 + 0.5
    labels = torch.tensor([1.0] * (BATCH // 2) + [0.0] * (BATCH // 2))
    mask = (torch.rand(BATCH, WIDTH * 3 // 2) >= DROPOUT).float() / (1 - DROPOUT)
    targets = torch.stack([1 - labels, labels], dim=1)
    loss = nn.functional.binary_cross_entropy_with_logits(model(x, mask), targets)
    optimiser.zero_grad()
    loss.backward()
    if step == 1:
        gradients = plain({name: p.grad for name, p in model.named_parameters()})
    optimiser.step()
    batches.append({"features": x.flatten().tolist(), "targets": targets.T.flatten().tolist(), "mask": mask.T.flatten().tolist()})
    losses.append(loss.item())
model.eval()
probe = torch.randn(4, WIDTH)
fixture = {
    "width": WIDTH, "batchSize": BATCH,
    "optimiser": {"learningRate": LEARNING_RATE, "weightDecay": WEIGHT_DECAY, "warmupSteps": WARMUP},
    "initial": initial, "batches": batches, "losses": losses, "gradients": gradients, "final": plain(model.state_dict()),
    "probe": probe.flatten().tolist(), "probeLogits": model(probe)[:, 1].tolist(),
    "probeScores": torch.sigmoid(model(probe)[:, 1]).tolist(),
}
with open(sys.argv[1], "w") as file:
    json.dump(fixture, file)
