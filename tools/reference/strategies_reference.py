"""Reference values for the strategies AVERAGE and VOTING from PyTorch, NumPy and SciPy, and a check of our files in PyTorch.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install torch safetensors scipy numpy
    /tmp/venv/bin/python tools/reference/strategies_reference.py test/fixtures/strategies

Writes average.safetensors (three snapshots of an RPL as one run file; rows of both classes; the mean of the weights with the
running statistics that torch.optim.swa_utils.update_bn gives for classes of one size, and NumPy for unequal ones) and
borda.fixture.json. With a second argument, a file of ours, loads it instead with load_state_dict(strict=True):

    /tmp/venv/bin/python tools/reference/strategies_reference.py --load rpl.safetensors
"""
import copy, json, sys
from pathlib import Path
import numpy as np, torch
from safetensors.torch import load_file, save_file
from scipy.stats import rankdata
from torch.optim.swa_utils import AveragedModel, update_bn

WIDTH, MEMBERS = 8, 3


class Rpl(torch.nn.Module):
    """As server/ml/reward/weights-file.ts gives it."""

    def __init__(self, w):
        super().__init__()
        self.input = torch.nn.Module()
        self.input.register_buffer("mean", torch.zeros(w))
        self.input.register_buffer("scale", torch.ones(w))
        self.linear1, self.norm1 = torch.nn.Linear(w, 3 * w // 2), torch.nn.BatchNorm1d(3 * w // 2)
        self.linear2, self.norm2 = torch.nn.Linear(3 * w // 2, w), torch.nn.BatchNorm1d(w)
        self.output = torch.nn.Linear(w, 2)

    def norm1_input(self, x):
        return torch.relu(self.linear1((x - self.input.mean) * self.input.scale))

    def norm2_input(self, x):
        return torch.relu(self.linear2(self.norm1(self.norm1_input(x))))  # without dropout, as scoring runs

    def forward(self, x):
        return self.output((x - self.input.mean) * self.input.scale + self.norm2(self.norm2_input(x)))


def load(path):
    """One state_dict, or the members of a run file."""
    tensors = load_file(path)
    members = sorted({int(k.split(".")[1]) for k in tensors if k.startswith("member.")})
    prefixes = [f"member.{i}." for i in members] or [""]
    models = []
    for prefix in prefixes:
        state = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        model = Rpl(state["output.weight"].shape[1])
        model.load_state_dict(state, strict=True)
        models.append(model.eval())
    return models


if sys.argv[1] == "--load":
    for model in load(sys.argv[2]):
        width = model.output.weight.shape[1]
        print("loaded: width", width, "steps", int(model.norm1.num_batches_tracked), "logits of 0:",
              model(torch.zeros(1, width)).tolist())
    sys.exit()

out = Path(sys.argv[1])
torch.manual_seed(7)
mean, scale = torch.randn(WIDTH), torch.rand(WIDTH) + 0.5
members = []
for i in range(MEMBERS):
    model = Rpl(WIDTH)
    model.input.mean.copy_(mean), model.input.scale.copy_(scale)
    with torch.no_grad():
        for norm in (model.norm1, model.norm2):
            norm.weight.uniform_(0.5, 1.5), norm.bias.uniform_(-0.5, 0.5)
            norm.running_mean.uniform_(-1, 1), norm.running_var.uniform_(0.5, 2)
            norm.num_batches_tracked.fill_(10 * (i + 1))
    members.append(model)
tensors = {f"member.{i}.{k}": v.clone() for i, m in enumerate(members) for k, v in m.state_dict().items()}
positives, negatives = torch.randn(20, WIDTH) + 0.5, torch.randn(33, WIDTH) - 0.5
tensors |= {"positives": positives, "negatives": negatives}

averaged = AveragedModel(members[0].double())  # its running mean over the models it is shown
for model in members:
    averaged.update_parameters(model.double())
average = averaged.module


def statistics_by_update_bn(model, rows):
    """norm1's statistics first, then norm2's with norm1 as it will score; one batch of all rows, so nothing is approximate."""
    model = copy.deepcopy(model)

    class Upto(torch.nn.Module):
        def __init__(self, norm, inner):
            super().__init__()
            self.norm, self.inner = norm, inner

        def forward(self, x):
            return self.norm(self.inner(x))

    model.eval()
    update_bn([rows], Upto(model.norm1, model.norm1_input))
    model.eval()
    update_bn([rows], Upto(model.norm2, model.norm2_input))
    return model


def statistics_by_numpy(model, classes):
    """Unequal classes of equal weight: numpy.cov with aweights is the unbiased weighted variance."""
    model = copy.deepcopy(model).eval()
    weights = np.concatenate([np.full(len(rows), 0.5 / len(rows)) for rows in classes])
    x = torch.cat(classes)
    with torch.no_grad():
        for norm, inner in ((model.norm1, model.norm1_input), (model.norm2, model.norm2_input)):
            values = inner(x).numpy()
            norm.running_mean.copy_(torch.from_numpy(np.average(values, axis=0, weights=weights)))
            norm.running_var.copy_(torch.from_numpy(np.diag(np.cov(values.T, aweights=weights)).copy()))
    return model


with torch.no_grad():
    equal = statistics_by_update_bn(average, torch.cat([positives, negatives[:20]]).double())
    unequal = statistics_by_numpy(average, [positives.double(), negatives.double()])
tensors |= {f"equal.{k}": v.clone() for k, v in equal.state_dict().items()}
tensors |= {f"unequal.{k}": v.clone() for k, v in unequal.state_dict().items()}
save_file({k: v.contiguous() for k, v in tensors.items()}, out / "average.safetensors")

rng = np.random.default_rng(5)
sizes = [1, 2, 3, 5, 8, 8]
prompts = np.repeat(np.arange(len(sizes)), sizes)
rng.shuffle(prompts)
logits = np.round(rng.normal(0, 1, (4, len(prompts))), 0)  # whole numbers: many ties
votes = np.full(len(prompts), 0.5)
for p, k in enumerate(sizes):
    if k > 1:
        of = prompts == p
        votes[of] = np.mean([(k - rankdata(-row[of], method="average")) / (k - 1) for row in logits], axis=0)
(out / "borda.fixture.json").write_text(json.dumps({"prompts": prompts.tolist(), "logits": logits.tolist(), "votes": votes.tolist()}))
