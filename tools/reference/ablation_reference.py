"""Reference values for the ablation table's statistics, from SciPy.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install scipy numpy
    /tmp/venv/bin/python tools/reference/ablation_reference.py > test/fixtures/ablations/statistics.fixture.json

`quantiles`: t(0.975, df). `intervals`: 95% t intervals of means. `paired`: ttest_rel of two rows over seeds (p value and interval),
of 0/1 outcomes by prompt, with the percentile bootstrap of the same mean beside it.
"""
import json
import numpy as np
from scipy import stats

rng = np.random.default_rng(3)
quantiles = [{"df": df, "t": stats.t.ppf(0.975, df)} for df in (1, 2, 3, 4, 5, 9, 19, 29, 99, 249, 9999, 1000000)]


def interval(values):
    low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    return {"values": list(values), "mean": np.mean(values), "sd": np.std(values, ddof=1), "low": low, "high": high}


def paired(a, b):
    test = stats.ttest_rel(a, b)
    low, high = test.confidence_interval(0.95)
    return {"a": list(a), "b": list(b), "mean": np.mean(a) - np.mean(b), "low": low, "high": high, "p": test.pvalue}


intervals = [interval([0.972, 0.964, 0.98, 0.976, 0.968]), interval([1.0, 2.0]), interval(rng.normal(14.2, 0.1, 5)), interval(rng.normal(0, 1e-3, 20))]
seeds = [
    paired([0.972, 0.964, 0.98, 0.976, 0.968], [0.96, 0.956, 0.964, 0.968, 0.956]),
    paired([14.18, 14.22, 14.09, 14.3, 14.11], [14.48, 14.2, 14.41, 14.15, 14.39]),
    paired(rng.normal(10, 1, 5), rng.normal(10, 1, 5)),
]
# 5 seeds x 250 prompts of outcomes that share the prompts' difficulty
difficulty = rng.beta(5, 0.6, 250)
a = (rng.random((5, 250)) < difficulty).astype(float)
b = (rng.random((5, 250)) < difficulty * 0.93).astype(float)
prompts = paired(a.mean(0), b.mean(0))
means = np.array([rng.choice(a.mean(0) - b.mean(0), 250).mean() for _ in range(20000)])
prompts["bootstrap"] = {"low": np.quantile(means, 0.025), "high": np.quantile(means, 0.975)}
print(json.dumps({"quantiles": quantiles, "intervals": intervals, "seeds": seeds, "prompts": prompts}, indent=1))
