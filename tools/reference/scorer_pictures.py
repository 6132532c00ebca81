"""Reference values for server/ml/scorers/prepare.ts, from Pillow and PyTorch.

    /tmp/venv/bin/python tools/reference/scorer_pictures.py test/fixtures/scorers   (with Pillow 12: 13 changed the order of passes)

Writes pictures.fixture.json: for patterns of several sizes and each way of resizing the sha256 of the bytes (Pillow), or the
values at some places (PyTorch, 0 to 255). A pattern is that of clip_preprocessing.py.
"""
import hashlib, json, math, sys
from pathlib import Path
import numpy as np, torch
from PIL import Image

SIZES = [(640, 427), (333, 225), (97, 60), (251, 449), (31, 48)]
SIDE = 56
PLACES = [(y, x) for y in (0, 1, 27, 54, 55) for x in (0, 13, 55)]
KERNELS = {"pillow-bicubic": Image.Resampling.BICUBIC, "pillow-bilinear": Image.Resampling.BILINEAR}


def pattern(width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((7 * x * x + 13 * c * y + x * y + 31 * c) % 256).astype(np.uint8)


def pillow(image, fit, kernel):
    width, height = image.size
    if fit == "stretch":
        return image.resize((SIDE, SIDE), KERNELS[kernel])
    if fit == "pad":  # HPSv2's open_clip, ResizeMaxSize
        scale = SIDE / max(width, height)
        inner = (round(width * scale), round(height * scale))
        whole = Image.new("RGB", (SIDE, SIDE))
        whole.paste(image.resize(inner, KERNELS[kernel]), ((SIDE - inner[0]) // 2, (SIDE - inner[1]) // 2))
        return whole
    # torchvision's Resize and CenterCrop, Hugging Face's processors
    short = min(width, height)
    scaled = (int(SIDE * width / short), int(SIDE * height / short))
    image = image.resize(scaled, KERNELS[kernel])
    cut = (lambda d: int(round(d / 2.0))) if fit == "torchvision-crop" else (lambda d: d // 2)
    left, top = cut(scaled[0] - SIDE), cut(scaled[1] - SIDE)
    return image.crop((left, top, left + SIDE, top + SIDE))


def interpolated(pixels, fit):
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None].to(torch.float64)
    if fit == "stretch":
        return torch.nn.functional.interpolate(x, size=(SIDE, SIDE), mode="bilinear", align_corners=False)[0]
    height, width = pixels.shape[:2]  # StyleGAN-V's preprocess_single
    scale = SIDE / min(height, width)
    size = (SIDE, math.ceil(width * scale)) if height < width else (math.ceil(height * scale), SIDE)
    x = torch.nn.functional.interpolate(x, size=size, mode="bilinear", align_corners=False)
    top, left = (x.shape[2] - SIDE) // 2, (x.shape[3] - SIDE) // 2
    return x[0, :, top : top + SIDE, left : left + SIDE]


cases = []
for size in SIZES:
    pixels = pattern(*size)
    for kernel in KERNELS:
        for fit in ("crop", "torchvision-crop", "pad", "stretch"):
            made = np.asarray(pillow(Image.fromarray(pixels), fit, kernel))
            cases.append({"size": size, "kernel": kernel, "fit": fit, "sha256": hashlib.sha256(made.tobytes()).hexdigest()})
    for fit in ("crop", "stretch"):
        made = interpolated(pixels, fit)
        values = [round(float(made[c, y, x]), 4) for y, x in PLACES for c in range(3)]
        cases.append({"size": size, "kernel": "torch-bilinear", "fit": fit, "values": values})
text = json.dumps({"side": SIDE, "places": PLACES, "cases": cases}, separators=(",", ":")).replace('{"size"', '\n{"size"')
(Path(sys.argv[1]) / "pictures.fixture.json").write_text(text + "\n")
