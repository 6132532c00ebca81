"""Writes the ONNX files that the built-in scorer cards want, out of the projects' own weights. For labs that want these
metrics, once, on a machine with PyTorch and a network; the lab itself needs no Python.

    pip install torch transformers onnx onnxscript
    python tools/reference/export_scorers.py clipscore|pickscore <scorers folder>
    pip install open_clip_torch huggingface_hub;  ... hpsv2 <scorers folder>
    pip install lpips;                            ... lpips <scorers folder>
    pip install image-reward;                     ... imagereward <scorers folder>
    pip install pytorch-fid;                      ... inception <scorers folder>

With --random the same networks with random weights (small ones for CLIP), to try the way without a network, and with
--check <image>... a file <name>.check.json: what the project's own code gives for them and PROMPT.
Tokenizers are downloaded by the lab itself, or put into the folder under the name on the card.
"""

import argparse
import json
from pathlib import Path

import torch

PROMPT = "logo of a chocolate golden retriever, in stained-glass style!"


class Call(torch.nn.Module):
    """A function of a module as a module, which the exporter wants."""

    def __init__(self, module, function):
        super().__init__()
        self.module, self.function = module, function

    def forward(self, *inputs):
        return self.function(self.module, *inputs)


def write(path, module, function, inputs, output):
    """inputs: name -> an example of 2 rows. Where the card says so, weights go into one file beside the model: <path>.data"""
    rows = torch.export.Dim("rows", min=1, max=256)
    program = torch.onnx.export(
        Call(module, function).eval(),
        tuple(inputs.values()),
        input_names=list(inputs),
        output_names=[output],
        dynamic_shapes={"inputs": tuple({0: rows} for _ in inputs)},
        dynamo=True,
        opset_version=18,
    )
    program.save(str(path), external_data=path.name in BESIDE)


# over 2 GB, which one file of protobuf can't hold
BESIDE = {"pickscore.image.onnx", "hpsv2.image.onnx"}


def unit(x):
    return x / x.norm(dim=-1, keepdim=True)


def hugging_face_clip(folder, name, random, images):
    from transformers import CLIPConfig, CLIPModel, CLIPProcessor

    if random:
        small = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 3, "num_attention_heads": 4}
        config = CLIPConfig(text_config=dict(small), vision_config={**small, "patch_size": 32}, projection_dim=32)
        torch.manual_seed(1)
        model = CLIPModel(config).eval()
    else:
        hub = {"clipscore": "openai/clip-vit-base-patch32", "pickscore": "yuvalkirstain/PickScore_v1"}[name]
        model = CLIPModel.from_pretrained(hub).eval()
    stem = {"clipscore": "clip-vit-b32", "pickscore": "pickscore"}[name]
    embeds = lambda x: x if torch.is_tensor(x) else x.pooler_output  # transformers 5 gives an object
    pixels, ids = torch.zeros(2, 3, 224, 224), torch.full((2, 77), 49407)
    image = lambda m, x: embeds(m.get_image_features(pixel_values=x))
    text = lambda m, x: embeds(m.get_text_features(input_ids=x))
    write(folder / f"{stem}.image.onnx", model, image, {"pixel_values": pixels}, "image_embeds")
    write(folder / f"{stem}.text.onnx", model, text, {"input_ids": ids}, "text_embeds")
    if not images:
        return None
    from transformers import CLIPImageProcessor

    processor = CLIPImageProcessor() if random else CLIPProcessor.from_pretrained("openai/clip-vit-base-patch32").image_processor
    x = processor(images=images, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        cos = unit(image(model, x)) @ unit(text(model, clip_ids(PROMPT if name == "pickscore" else f"A photo depicts {PROMPT}"))).T
    return (cos[:, 0] * 100 if name == "pickscore" else 2.5 * cos[:, 0].clamp(min=0)).tolist()


def clip_ids(text):
    import open_clip

    return open_clip.SimpleTokenizer()(text)


def hpsv2(folder, random, images):
    import open_clip

    if random:
        torch.manual_seed(2)
        model = open_clip.create_model("ViT-B-32").eval()
    else:
        from huggingface_hub import hf_hub_download

        model = open_clip.create_model("ViT-H-14").eval()
        state = torch.load(hf_hub_download("xswu/HPSv2", "HPS_v2_compressed.pt"), map_location="cpu", weights_only=True)
        model.load_state_dict(state["state_dict"])
    pixels, ids = torch.zeros(2, 3, 224, 224), torch.full((2, 77), 49407)
    write(folder / "hpsv2.image.onnx", model, lambda m, x: m.encode_image(x), {"pixel_values": pixels}, "image_embeds")
    write(folder / "hpsv2.text.onnx", model, lambda m, x: m.encode_text(x), {"input_ids": ids}, "text_embeds")
    if not images:
        return None
    from torchvision.transforms import InterpolationMode, Normalize, functional as F

    normalize = Normalize(open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD)

    def prepared(image):  # hpsv2's transform.py: ToTensor, ResizeMaxSize(224, fill=0), normalize
        x = F.to_tensor(image)
        scale = 224 / max(x.shape[1:])
        size = [round(side * scale) for side in x.shape[1:]]
        x = F.resize(x, size, InterpolationMode.BICUBIC)
        pad_h, pad_w = 224 - size[0], 224 - size[1]
        return normalize(F.pad(x, [pad_w // 2, pad_h // 2, pad_w - pad_w // 2, pad_h - pad_h // 2], fill=0))

    with torch.no_grad():
        a = model.encode_image(torch.stack([prepared(image) for image in images]), normalize=True)
        return (a @ model.encode_text(clip_ids(PROMPT), normalize=True).T)[:, 0].tolist()


def lpips(folder, random, images):
    import lpips as project

    torch.manual_seed(3)
    model = project.LPIPS(net="alex", version="0.1", pnet_rand=random, verbose=False).eval()
    pair = torch.zeros(2, 3, 256, 256)
    write(folder / "lpips-alex.onnx", model, lambda m, a, b: m(a, b), {"in0": pair, "in1": pair.clone()}, "distance")
    if not images:
        return None
    from torchvision.transforms import functional as F

    square = [F.to_tensor(F.center_crop(F.resize(image, 256, F.InterpolationMode.BICUBIC), 256)) * 2 - 1 for image in images]
    with torch.no_grad():  # each image with the next
        return [float(model(a[None], b[None])) for a, b in zip(square, square[1:] + square[:1])]


def imagereward(folder, random, images):
    import ImageReward as project

    model = project.load("ImageReward-v1.0", device="cpu").eval()

    def forward(m, pixels, ids, mask):
        embeds = m.blip.visual_encoder(pixels)
        seen = torch.ones(embeds.shape[:-1], dtype=torch.long)
        out = m.blip.text_encoder(
            ids, attention_mask=mask, encoder_hidden_states=embeds, encoder_attention_mask=seen, return_dict=True
        )
        return m.mlp(out.last_hidden_state[:, 0, :])

    inputs = {
        "pixel_values": torch.zeros(2, 3, 224, 224),
        "input_ids": torch.full((2, 35), 101),
        "attention_mask": torch.ones(2, 35, dtype=torch.long),
    }
    write(folder / "imagereward.onnx", model, forward, inputs, "reward")
    return [model.score(PROMPT, image) for image in images] or None


def inception(folder, random, images):
    from pytorch_fid.inception import InceptionV3

    torch.manual_seed(4)
    model = InceptionV3([3], resize_input=False, normalize_input=False, use_fid_inception=not random).eval()
    write(folder / "inception-2015-12-05.onnx", model, lambda m, x: m(x)[0], {"image": torch.zeros(2, 3, 299, 299)}, "pool3")
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("scorer", choices=["clipscore", "pickscore", "hpsv2", "lpips", "imagereward", "inception"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--random", action="store_true")
    parser.add_argument("--check", nargs="*", default=[])
    options = parser.parse_args()
    from PIL import Image

    images = [Image.open(path).convert("RGB") for path in options.check]
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.scorer in ("clipscore", "pickscore"):
        values = hugging_face_clip(options.folder, options.scorer, options.random, images)
    else:
        values = globals()[options.scorer](options.folder, options.random, images)
    if values:
        (options.folder / f"{options.scorer}.check.json").write_text(json.dumps({"prompt": PROMPT, "values": values}) + "\n")


main()
