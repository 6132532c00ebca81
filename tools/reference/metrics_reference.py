"""Reference values for Frechet distance, KID, Spearman's correlation, diversity and retrieval, from SciPy and scikit-learn.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install scipy numpy scikit-learn
    /tmp/venv/bin/python tools/reference/metrics_reference.py test/fixtures/metrics

Frechet: pytorch-fid's formula (scipy.linalg.sqrtm of S1 S2, numpy.cov, float64), here without the 1e-6 ridge it adds when the
root isn't finite. For singular covariances the exact value is beside it: the root's trace as a nuclear norm of the centred data.
Rows are a formula of sines that both languages compute alike (`rows`), so the fixture holds no data.
"""
import json, sys, warnings
from pathlib import Path
import numpy as np
from scipy import linalg, stats
from scipy.spatial import distance
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import NearestCentroid

warnings.filterwarnings("ignore")
out = Path(sys.argv[1])


def rows(n, width, seed, scale=1.0, shift=0.0):
    """Pseudo-random in [-1, 1], exact in float32 (24 bits): a linear congruential generator modulo 2^31, its top bits."""
    state, values = seed, np.empty(n * width)
    for i in range(values.size):
        state = (1103515245 * state + 12345) % 2**31
        values[i] = (state // 2**11) / 2**19 - 1
    decay = (1 + np.arange(width)) ** -0.5  # directions of different size, as in real features
    # mixed columns, so that covariances don't commute; rounded to float32, which is what encoders give
    values = values.reshape(n, width) * decay * scale
    return np.float32(values + 0.5 * np.roll(values, seed % 7 + 1, axis=1) + shift).astype(np.float64)


def frechet(a, b):
    (m1, s1), (m2, s2) = [(x.mean(0), np.atleast_2d(np.cov(x, rowvar=False))) for x in (a, b)]
    root = linalg.sqrtm(s1 @ s2)
    return float(((m1 - m2) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * np.trace(np.real(root)))


def exact(a, b):
    ca, cb = [(x - x.mean(0)) / np.sqrt(len(x) - 1) for x in (a, b)]
    overlap = linalg.svdvals(ca @ cb.T).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + (ca**2).sum() + (cb**2).sum() - 2 * overlap)


def kid(a, b):
    aa, bb, ab = polynomial_kernel(a, a, degree=3), polynomial_kernel(b, b, degree=3), polynomial_kernel(a, b, degree=3)
    m, n = len(a), len(b)
    return float((aa.sum() - np.trace(aa)) / (m * (m - 1)) + (bb.sum() - np.trace(bb)) / (n * (n - 1)) - 2 * ab.mean())


sets = []
for name, (n1, n2, width) in {
    "regular": (400, 300, 24), "one column": (50, 40, 1), "fewer rows than columns": (30, 50, 80), "fewer on one side": (20, 300, 48),
    "as many rows as columns": (40, 40, 40), "two rows": (2, 3, 5), "wide": (250, 100, 320), "blocks": (700, 600, 330),
}.items():
    a, b = rows(n1, width, 1), rows(n2, width, 2, scale=1.3, shift=0.1)
    sets.append({"name": name, "n1": n1, "n2": n2, "width": width, "scipy": frechet(a, b), "exact": exact(a, b), "kid": kid(a, b),
                 "trace": float(a.var(0, ddof=1).sum() + b.var(0, ddof=1).sum())})

rng = np.random.default_rng(5)
spearman = []
for n, ties in ((6, 0), (40, 0), (40, 4), (500, 10)):
    x = rng.normal(size=n)
    y = 0.6 * x + rng.normal(size=n)
    if ties:
        x, y = np.floor(x * ties / 2), np.floor(y * ties / 2)
    spearman.append({"x": x.tolist(), "y": y.tolist(), "rho": float(stats.spearmanr(x, y).statistic)})
diversity = []
for n, width in ((1, 3), (2, 3), (5, 40)):
    x = rows(n, width, 3)
    pairs = distance.squareform(distance.pdist(x))
    diversity.append({"n": n, "width": width, "means": (pairs.sum(1) / (n - 1)).tolist() if n > 1 else []})
retrieval = []
for prompts, each, width in ((3, 2, 4), (12, 5, 40)):
    shown, asked = (rows(prompts * each, width, seed).reshape(prompts, each, width) for seed in (4, 6))
    # prompts differ, but not so much that all are found
    towards = 0.4 * rows(prompts, width, 5)[:, None]
    shown, asked = shown + towards, asked + towards
    deviation = np.sqrt(((shown - shown.mean(1, keepdims=True)) ** 2).sum((0, 1)) / (prompts * (each - 1)))
    nearest = NearestCentroid().fit((shown / deviation).reshape(-1, width), np.repeat(np.arange(prompts), each))
    retrieval.append({"prompts": prompts, "each": each, "width": width,
                      "nearest": nearest.predict((asked / deviation).reshape(-1, width)).tolist()})
(out / "metrics.fixture.json").write_text(
    json.dumps({"sets": sets, "spearman": spearman, "diversity": diversity, "retrieval": retrieval}))
