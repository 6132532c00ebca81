"""Reference values for the correlation of a reward model's ranks with metrics of single samples, from SciPy.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install scipy numpy
    /tmp/venv/bin/python tools/reference/rank_correlation_reference.py test/fixtures/metrics

Each metric has a value (or null) for every prompt and rank 1..K. Reference: the mean of scipy.stats.spearmanr over the prompts
where it is defined, scipy.stats' 95% t interval of that mean, and spearmanr of rank and the mean of each rank's values.
"""
import json, sys, warnings
from pathlib import Path
import numpy as np
from scipy import stats

warnings.filterwarnings("ignore")
PROMPTS, K = 12, 6
random = np.random.default_rng(20261127)
noise = lambda: random.normal(size=(PROMPTS, K))
ranks = np.arange(1, K + 1)

metrics = {
    "better where ranked first": ("HIGHER", -0.5 * ranks + noise()),
    "lower is better, and ranked first": ("LOWER", 0.5 * ranks + noise()),
    "of no relation": ("HIGHER", noise()),
    "many ties": ("HIGHER", np.round(-0.4 * ranks + noise())),
    "flags, mostly constant": ("LOWER", (noise() > 1.2) * 1.0),
    "some values missing": ("HIGHER", np.where(random.random((PROMPTS, K)) < 0.3, np.nan, -0.3 * ranks + noise())),
}
metrics["some values missing"][1][0, 1:] = np.nan  # a prompt with one value alone


def within(values):
    for row in values:
        known = ~np.isnan(row)
        if known.sum() > 1:
            rho = stats.spearmanr(ranks[known], row[known]).statistic
            if not np.isnan(rho):
                yield rho


cases = []
for name, (direction, values) in metrics.items():
    rhos = np.array(list(within(values)))
    low, high = stats.t.interval(0.95, len(rhos) - 1, loc=rhos.mean(), scale=stats.sem(rhos))
    of_means = stats.spearmanr(ranks, np.nanmean(values, axis=0)).statistic
    cases.append({
        "name": name, "direction": direction,
        "values": [[None if np.isnan(v) else float(v) for v in row] for row in values],
        "rho": float(rhos.mean()), "low": float(low), "high": float(high), "prompts": len(rhos),
        "constantPrompts": int((~np.isnan(values)).any(axis=1).sum()) - len(rhos), "rhoOfMeans": float(of_means),
    })
Path(sys.argv[1], "rank-correlations.fixture.json").write_text(json.dumps({"prompts": PROMPTS, "k": K, "metrics": cases}) + "\n")
