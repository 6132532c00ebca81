"""Reference values for the statistics of user studies, from SciPy, statsmodels, krippendorff and PyTorch.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install numpy scipy statsmodels krippendorff torch
    /tmp/venv/bin/python tools/reference/study_reference.py > test/fixtures/study/statistics.fixture.json

`binomial`: two-sided exact p. `fleiss`, `krippendorff`: random ratings. `bradleyTerry`: votes of five contestants by eight
judges without ties, by logistic regression (plain and cluster-robust standard errors, the latter times G / (G - 1)).
`davidson`: the same with ties, by maximum likelihood with automatic second derivatives. `clusters`: a vote matrix with the
two-way cluster variance of its mean in closed form (Cameron, Gelbach and Miller 2011).
"""
import json
import krippendorff
import numpy as np
import statsmodels.api as sm
import torch
from scipy import stats
from statsmodels.stats.inter_rater import fleiss_kappa

rng = np.random.default_rng(7)
binomial = [
    {"wins": int(w), "n": int(n), "probability": p, "p": stats.binomtest(int(w), int(n), p).pvalue}
    for w, n, p in [(3, 10, 0.5), (0, 5, 0.5), (5, 5, 0.5), (5, 10, 0.5), (17, 40, 0.3), (2, 40, 0.3), (380, 700, 0.5), (1, 1, 0.5), (30, 31, 0.9)]
]

counts = rng.multinomial(9, [0.5, 0.3, 0.2], size=12)
fleiss = {"counts": counts.tolist(), "kappa": float(fleiss_kappa(counts))}

ratings = rng.integers(1, 5, size=(6, 20)).astype(float)
ratings[1] = ratings[0]
ratings[rng.random(ratings.shape) < 0.2] = np.nan
alpha = {
    "ratings": [[None if np.isnan(v) else int(v) for v in row] for row in ratings],
    "nominal": float(krippendorff.alpha(ratings, level_of_measurement="nominal")),
    "interval": float(krippendorff.alpha(ratings, level_of_measurement="interval")),
}

true = np.array([0.9, 0.4, 0.0, -0.4, -0.9])
votes = []
for judge in range(8):
    own = true + rng.normal(0, 0.6, 5)
    for _ in range(30):
        a, b = rng.choice(5, 2, replace=False)
        votes.append((judge, int(a), int(b), float(rng.random() < 1 / (1 + np.exp(own[b] - own[a])))))
judges = np.array([v[0] for v in votes])
design = np.zeros((len(votes), 5))
for i, (_, a, b, _y) in enumerate(votes):
    design[i, a], design[i, b] = 1, -1
outcome = np.array([v[3] for v in votes])
centre = np.eye(5) - 1 / 5


def centred(beta, cov):
    full, spread = np.append(beta, 0), np.zeros((5, 5))
    spread[:4, :4] = cov
    return {"value": (centre @ full).tolist(), "se": np.sqrt(np.diag(centre @ spread @ centre)).tolist()}


logit = sm.Logit(outcome, design[:, :4])
plain = logit.fit(disp=0, tol=1e-14)
robust = logit.fit(disp=0, tol=1e-14, cov_type="cluster", cov_kwds={"groups": judges, "use_correction": False})
bradley_terry = {
    "votes": [{"judge": v[0], "a": v[1], "b": v[2], "outcome": v[3]} for v in votes],
    "plain": centred(plain.params, plain.cov_params()),
    "clustered": centred(robust.params, robust.cov_params() * 8 / 7),
}

tied = [(j, a, b, 0.5 if rng.random() < 0.25 else y) for j, a, b, y in votes]
A, B = (torch.tensor([v[i] for v in tied]) for i in (1, 2))
Y = torch.tensor([v[3] for v in tied], dtype=torch.float64)


def nll(x):
    theta = torch.cat([x[:4], torch.zeros(1, dtype=torch.float64)])
    pa, pb = torch.exp(theta[A]), torch.exp(theta[B])
    tie = torch.exp(x[4]) * torch.sqrt(pa * pb)
    return -torch.log(torch.where(Y == 1, pa, torch.where(Y == 0, pb, tie)) / (pa + pb + tie)).sum()


def with_gradient(x):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = nll(x)
    value.backward()
    return value.item(), x.grad.numpy()


x = np.zeros(5)
for _ in range(50):
    hessian = torch.autograd.functional.hessian(nll, torch.tensor(x, dtype=torch.float64)).numpy()
    x = x - np.linalg.solve(hessian, with_gradient(x)[1])


# Expected information: over what each comparison may come to.
def expected(x):
    info = np.zeros((5, 5))
    theta = np.append(x[:4], 0)
    for a, b in zip(A.tolist(), B.tolist()):
        pa, pb = np.exp(theta[a]), np.exp(theta[b])
        tie = np.exp(x[4]) * np.sqrt(pa * pb)
        p = np.array([pa, pb, tie]) / (pa + pb + tie)
        d = np.zeros((3, 6))
        mean = np.zeros(6)
        for k, (wa, wb, wt) in enumerate([(1, 0, 0), (0, 1, 0), (0.5, 0.5, 1)]):
            d[k, a] += wa
            d[k, b] += wb
            d[k, 5] += wt
        mean = p @ d
        for k in range(3):
            g = (d[k] - mean)[[0, 1, 2, 3, 5]]
            info += p[k] * np.outer(g, g)
    return info


davidson = {
    "votes": [{"judge": v[0], "a": v[1], "b": v[2], "outcome": v[3]} for v in tied],
    "plain": centred(x[:4], np.linalg.inv(expected(x))[:4, :4]),
    "logTie": x[4],
}

people, things = rng.normal(0, 0.6, 14), rng.normal(0, 0.8, 50)
matrix = (rng.random((14, 50)) < 1 / (1 + np.exp(-(1.2 + people[:, None] + things)))).astype(int)
error = matrix - matrix.mean()
n = matrix.size
by_person = (error.sum(1) ** 2).sum() / n**2 * 14 / 13
by_thing = (error.sum(0) ** 2).sum() / n**2 * 50 / 49
own = (error**2).sum() / n**2 * n / (n - 1)
clusters = {"votes": matrix.tolist(), "rate": matrix.mean(), "own": own, "variance": by_person + by_thing - own}

print(json.dumps({"binomial": binomial, "fleiss": fleiss, "krippendorff": alpha, "bradleyTerry": bradley_terry, "davidson": davidson, "clusters": clusters}))
