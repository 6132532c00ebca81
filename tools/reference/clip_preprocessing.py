"""Reference values for CLIP's preprocessing, from Hugging Face's CLIPImageProcessor (on Pillow; no PyTorch needed).

    python -m venv /tmp/venv && /tmp/venv/bin/pip install pillow numpy transformers
    /tmp/venv/bin/python tools/reference/clip_preprocessing.py test/fixtures/encoders

Writes clip-preprocessing.fixture.json: for photos and for patterns of other sizes the sha256 of the 224 x 224 RGB bytes
after resizing and cropping, and some of the normalised values. A pattern is made of integers alone, so both sides make the
same: channel c of pixel (x, y) is (7 x^2 + 13 c y + x y + 31 c) mod 256.
"""
import hashlib, json, sys
from pathlib import Path
import numpy as np, PIL, transformers
from PIL import Image
from transformers import CLIPImageProcessor

PHOTOS = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.png"]
PATTERNS = [(640, 427), (333, 225), (251, 449), (97, 60), (224, 224), (500, 224), (1300, 901), (3, 700)]
PLACES = [(c, y, x) for c in range(3) for y in (0, 111, 223) for x in (0, 57, 223)]
folder = Path(sys.argv[1])
processor = CLIPImageProcessor()


def pattern(width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return Image.fromarray(((7 * x * x + 13 * c * y + x * y + 31 * c) % 256).astype(np.uint8))


def case(name, image):
    plain = processor(images=image, return_tensors="np", do_rescale=False, do_normalize=False)["pixel_values"][0]
    values = processor(images=image, return_tensors="np")["pixel_values"][0]
    bytes = np.ascontiguousarray(plain.transpose(1, 2, 0)).astype(np.uint8).tobytes()
    return {**name, "sha256": hashlib.sha256(bytes).hexdigest(), "values": [float(values[p]) for p in PLACES]}


cases = [case({"photo": name}, Image.open(folder / name).convert("RGB")) for name in PHOTOS]
cases += [case({"pattern": size}, pattern(*size)) for size in PATTERNS]
made_by = f"transformers {transformers.__version__}, Pillow {PIL.__version__}, numpy {np.__version__}"
fixture = {"madeBy": made_by, "places": PLACES, "cases": cases}
(folder / "clip-preprocessing.fixture.json").write_text(json.dumps(fixture, indent=1) + "\n")
