"""Reads what `npm run export` wrote with the tools that it is for, and checks that the files agree with each other.

    npm run export -- --reward-model ID --round ID --proxy-set ID --images base64 --out exports
    python tools/reference/read_exports.py exports

pyarrow reads pairs.parquet and Diffusion-DPO's own steps (train.py: bytes, RGB, turned around where label_0 is 0) are taken on
it; PIL decodes every image; zipfile and, where it is installed, Hugging Face `datasets` read sft.zip; safetensors reads
features and weights; csv reads metrics. No part of the product, its install or its tests.
"""
import base64
import csv
import glob
import hashlib
import io
import json
import math
import os
import sys
import zipfile

import numpy as np
import pyarrow.parquet as pq
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

folder = sys.argv[1]


def files(ending):
    return sorted(glob.glob(os.path.join(folder, "*" + ending)))


def pairs(file):
    table = pq.read_table(file)
    rows = table.to_pylist()
    first = 0
    for row in rows:
        images = [Image.open(io.BytesIO(row[name])).convert("RGB") for name in ("jpg_0", "jpg_1")]
        assert row["label_0"] in (0, 1) and row["label_0"] + row["label_1"] == 1 and row["has_label"]
        uids = [row["image_0_uid"], row["image_1_uid"]]
        if row["label_0"] == 0:
            images, uids = images[::-1], uids[::-1]
        assert uids[0] == row["best_image_uid"]
        rewards = [row["reward_0"], row["reward_1"]]
        assert row["margin"] > 0 and max(rewards) <= 1
        for side in ("0", "1"):
            assert hashlib.sha256(row["jpg_" + side]).hexdigest() == row[f"image_{side}_sha256"]
        first += row["label_0"]
    print(f"{os.path.basename(file)}: {len(rows)} pairs, chosen first in {first / len(rows):.3f}, {table.schema.names}")
    return rows


def lines(file, rows):
    with open(file, encoding="utf-8", newline="\n") as text:
        read = [json.loads(line) for line in text]
    for a, b in zip(read, rows, strict=True):
        for name, value in b.items():
            if name.startswith("jpg_"):
                assert name not in a or base64.b64decode(a[name]) == value
            elif name != "created_at":
                assert a[name] == value, (name, a[name], value)
    print(f"{os.path.basename(file)}: the same {len(read)} pairs")


def imagefolder(file):
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        rows = [json.loads(line) for line in archive.read("metadata.jsonl").decode().splitlines()]
        for row in rows:
            Image.open(io.BytesIO(archive.read(row["file_name"]))).verify()
        assert len(archive.namelist()) == len(rows) + 1
    print(f"{os.path.basename(file)}: {len(rows)} images, columns {list(rows[0])}")
    try:
        from datasets import load_dataset
    except ImportError:
        print("  (datasets is not installed)")
        return
    loaded = load_dataset("imagefolder", data_files=file, split="train")
    by_text = {row["text"]: row["reward"] for row in rows}
    assert len(loaded) == len(rows)
    assert all(row["image"].size and by_text[row["text"]] == row["reward"] for row in loaded)
    print(f"  datasets: {loaded.features}")


def features(file):
    with safe_open(file, "np") as tensors:
        values = tensors.get_tensor("features")
        metadata = tensors.metadata()
    rows, images = (metadata[name].split("\n") for name in ("rows", "images"))
    assert values.dtype == np.float32 and len(rows) == len(images) == len(values) and np.isfinite(values).all()
    assert len({tuple(row) for row in values}) == len(set(images))
    print(f"{os.path.basename(file)}: {values.shape} by {metadata['encoder']}")


def metrics(file):
    with open(file, encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text, strict=True))
    assert all(math.isfinite(float(row["value"])) and isinstance(json.loads(row["provenance"]), dict) for row in rows)
    print(f"{os.path.basename(file)}: {len(rows)} points of {sorted({row['name'] for row in rows})}")


for file in files("pairs.parquet"):
    rows = pairs(file)
    for other in files(os.path.basename(file).replace(".parquet", ".jsonl")):
        lines(other, rows)
for file in files("sft.zip"):
    imagefolder(file)
for file in files("features.safetensors"):
    features(file)
for file in files("weights.safetensors"):
    print(os.path.basename(file), {name: tuple(value.shape) for name, value in load_file(file).items()})
for file in files("metrics.csv"):
    metrics(file)
