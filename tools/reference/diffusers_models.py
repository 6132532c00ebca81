"""Tiny random models of the Stable Diffusion 1.5 and SDXL layout, and what diffusers' own pipelines draw with them, for
test/ml/diffusers-*.test.ts.

Writes <out>/sd15.tar.gz and <out>/sdxl.tar.gz: folders as `optimum-cli export onnx --task text-to-image` makes them (without
the VAE encoder, which sampling does not need; SDXL's UNet with its weights in a file beside it, as optimum does over 2 GB),
<out>/sd15-half.tar.gz: the networks of the first in float16, inputs and outputs too, as `--dtype fp16` gives them on a GPU,
and <out>/images.fixture.json: token ids, a tokenizer.json of the same words, and images that the PyTorch pipelines draw from
the lab's own seeded latents. The networks are the real classes with tiny widths; their weights are drawn large, so that prompt,
seed, guidance, pooled text and time ids all show in the pixels.
Usage: diffusers_models.py <out>
    made with optimum-onnx 0.1.0, optimum 2.1.0, diffusers 0.35.2, transformers 4.57.6, torch 2.15.0, onnxruntime 1.23.2, ftfy
"""

import base64
import json
import math
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from onnxruntime.transformers.float16 import convert_float_to_float16
from optimum.exporters.onnx import main_export
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer, CLIPTokenizerFast

START, END = "<|startoftext|>", "<|endoftext|>"
PROMPTS = ["a photo of a cat", "a dog", "", "a cat, a dog and a photo " * 20]
WORDS = ["a", "photo", "of", "cat", "dog", "and"]
MASK = 2**32 - 1


class Random:
    """server/ml/onnx/random.ts: sfc32 seeded by words."""

    def __init__(self, *stream):
        self.a, self.b, self.c, self.counter = 0, 0, 0, 1
        for word in stream:
            self.a ^= word & MASK
            self.b ^= (word >> 32) & MASK
            for _ in range(12):
                self.next()

    def next(self):
        total = (self.a + self.b + self.counter) & MASK
        self.counter = (self.counter + 1) & MASK
        self.a = self.b ^ (self.b >> 9)
        self.b = (self.c + (self.c << 3)) & MASK
        self.c = ((((self.c << 21) & MASK) | (self.c >> 11)) + total) & MASK
        return total

    def uniform(self):
        return (self.next() >> 8) / 2**24

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())


def latents(seed, shape):
    """The stream of diffusers-policy.ts."""
    random = Random(seed, 1)
    return torch.tensor([random.normal() for _ in range(math.prod(shape))], dtype=torch.float32).reshape(shape)


def tokenizer(folder, pad):
    """CLIP's tokenizer with its 512 characters and the merges of a few words."""
    characters = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = [byte for byte in range(256) if byte not in characters]
    symbols = [chr(c) for c in characters] + [chr(256 + i) for i in range(len(spare))]
    merges, made = [], []
    for word in WORDS:
        pieces = [*word[:-1], word[-1] + "</w>"]
        while len(pieces) > 1:
            if (pieces[0], pieces[1]) not in merges:
                merges.append((pieces[0], pieces[1]))
                made.append(pieces[0] + pieces[1])
            pieces = [pieces[0] + pieces[1], *pieces[2:]]
    vocabulary = [*symbols, *(symbol + "</w>" for symbol in symbols), *made, START, END]
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(vocabulary)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77, pad_token=pad)


def text_config(tokens, width, layers, act):
    return CLIPTextConfig(
        vocab_size=len(tokens), bos_token_id=tokens.bos_token_id, eos_token_id=tokens.eos_token_id,
        pad_token_id=tokens.pad_token_id, hidden_size=width, intermediate_size=2 * width, num_hidden_layers=layers,
        num_attention_heads=2, projection_dim=width, hidden_act=act,
    )  # fmt: skip


def loud(module, gain):
    """Weights as a trained network has them: large enough that what goes in shows in what comes out."""
    generator = torch.Generator().manual_seed(sum(map(ord, type(module).__name__)))
    with torch.no_grad():
        for name, weight in module.named_parameters():
            if weight.ndim > 1:
                fan_in = 1 if "embedding" in name and "time" not in name else math.prod(weight.shape[1:])
                weight.copy_(torch.randn(weight.shape, generator=generator) * gain / math.sqrt(fan_in))
            elif name.endswith("bias"):
                weight.copy_(torch.randn(weight.shape, generator=generator) * 0.1)
    return module.eval()


def vae(scaling):
    return loud(
        AutoencoderKL(
            block_out_channels=(4, 8), down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=4, norm_num_groups=2, layers_per_block=1, sample_size=32, scaling_factor=scaling,
        ), 1.0,
    )  # fmt: skip


def stable_diffusion(folder):
    tokens = tokenizer(folder / "words", END)
    unet = UNet2DConditionModel(
        sample_size=16, block_out_channels=(4, 8), layers_per_block=1, norm_num_groups=2, cross_attention_dim=8,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=2,
    )  # fmt: skip
    # the fields of runwayml/stable-diffusion-v1-5
    scheduler = PNDMScheduler.from_config({
        "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
        "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "trained_betas": None, "clip_sample": False,
    })  # fmt: skip
    return StableDiffusionPipeline(
        vae=vae(0.18215), text_encoder=loud(CLIPTextModel(text_config(tokens, 8, 2, "quick_gelu")), 1.0), tokenizer=tokens,
        unet=loud(unet, 1.5), scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def stable_diffusion_xl(folder):
    tokens, tokens_2 = tokenizer(folder / "words", END), tokenizer(folder / "words_2", "!")
    unet = UNet2DConditionModel(
        sample_size=16, block_out_channels=(4, 8), layers_per_block=1, norm_num_groups=2, cross_attention_dim=20,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4), use_linear_projection=True, transformer_layers_per_block=(1, 2),
        addition_embed_type="text_time", addition_time_embed_dim=4, projection_class_embeddings_input_dim=6 * 4 + 12,
    )  # fmt: skip
    # the fields of stabilityai/stable-diffusion-xl-base-1.0 that matter
    scheduler = EulerDiscreteScheduler.from_config({
        "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
        "set_alpha_to_one": False, "steps_offset": 1, "timestep_spacing": "leading", "clip_sample": False,
    })  # fmt: skip
    return StableDiffusionXLPipeline(
        vae=vae(0.13025), unet=loud(unet, 1.5), scheduler=scheduler, tokenizer=tokens, tokenizer_2=tokens_2,
        text_encoder=loud(CLIPTextModel(text_config(tokens, 8, 3, "quick_gelu")), 1.0),
        text_encoder_2=loud(CLIPTextModelWithProjection(text_config(tokens_2, 12, 4, "gelu")), 1.0), add_watermarker=False,
    )  # fmt: skip


SCHEDULERS = {"ddim": DDIMScheduler, "dpm-solver++": DPMSolverMultistepScheduler, "euler": EulerDiscreteScheduler}

# seed, prompt, steps, guidance, scheduler; None: the checkpoint's own, for PNDM what takes its place
RUNS = [
    (0, 0, 6, 7.5, None),
    (7, 0, 6, 7.5, None),
    (7, 1, 6, 7.5, "ddim"),
    (7, 2, 5, 3.0, "euler"),
    (2**40 + 3, 3, 6, 7.5, "dpm-solver++"),
    (7, 0, 4, 1.0, "ddim"),
]  # fmt: skip


def draw(pipe, config, own, run):
    seed, prompt, steps, guidance, name = run
    pipe.scheduler = SCHEDULERS[name or own].from_config(config)
    shape = (1, pipe.unet.config.in_channels, pipe.unet.config.sample_size, pipe.unet.config.sample_size)
    start = latents(seed, shape)
    out = pipe(PROMPTS[prompt], num_inference_steps=steps, guidance_scale=guidance, latents=start, output_type="np")
    image = out.images[0]
    pixels = (image * 255).round().astype(np.uint8)
    return {
        "prompt": PROMPTS[prompt], "seed": seed, "steps": steps, "guidance": guidance, "scheduler": name,
        "latents": start.flatten()[:4].tolist(), "pixels": base64.b64encode(pixels.tobytes()).decode(),
        "mean": float(image.mean()), "deviation": float(image.std()),
    }  # fmt: skip


def plain(entry):
    """Of an archive: without what sampling does not need, and without the day it was made on."""
    if "vae_encoder" in entry.name:
        return None
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def archive(folder, target):
    with tarfile.open(target, "w:gz") as written:
        written.add(folder, arcname=".", filter=plain)


def weights_beside(file):
    model = onnx.load(file)
    file.unlink()
    onnx.save_model(model, file, save_as_external_data=True, location="model.onnx_data", size_threshold=256)


def halve(file):
    onnx.save_model(convert_float_to_float16(onnx.load(file), keep_io_types=False), file)


def export(pipe, out, name):
    with tempfile.TemporaryDirectory() as temporary:
        saved, exported = Path(temporary) / "saved", Path(temporary) / "exported"
        pipe.save_pretrained(saved)
        main_export(str(saved), exported, task="text-to-image", library_name="diffusers")
        if name == "sdxl":
            weights_beside(exported / "unet" / "model.onnx")
        archive(exported, out / f"{name}.tar.gz")
        if name == "sd15":
            for part in ["text_encoder", "unet", "vae_decoder"]:
                halve(exported / part / "model.onnx")
            archive(exported, out / "sd15-half.tar.gz")


def tokens(pipe):
    """Ids of both tokenizers, and the tokenizer.json that newer transformers save instead of vocab.json and merges.txt."""
    made = {"tokenizer": [], "tokenizer_2": []}
    for part in made:
        if (tokenizer := getattr(pipe, part, None)) is None:
            continue
        for text in [*PROMPTS, "A Cat's  photo,\n2 dogs & 10% <b> caf\u00e9 \U0001f431"]:
            ids = tokenizer(text, padding="max_length", max_length=77, truncation=True).input_ids
            made[part].append({"prompt": text, "ids": ids})
    with tempfile.TemporaryDirectory() as folder:
        pipe.tokenizer.save_vocabulary(folder)
        fast = CLIPTokenizerFast(f"{folder}/vocab.json", f"{folder}/merges.txt")
        return {**made, "whole": json.loads(fast.backend_tokenizer.to_str())}


def main():
    out = Path(sys.argv[1])
    fixture = {}
    makers = {"sd15": (stable_diffusion, "dpm-solver++"), "sdxl": (stable_diffusion_xl, "euler")}
    for name, (make, own) in makers.items():
        with tempfile.TemporaryDirectory() as temporary:
            pipe = make(Path(temporary))
            pipe.set_progress_bar_config(disable=True)
            export(pipe, out, name)
            config = json.loads(pipe.scheduler.to_json_string())  # as the exported file holds it
            fixture[name] = {"images": [draw(pipe, config, own, run) for run in RUNS], "tokens": tokens(pipe)}
    (out / "images.fixture.json").write_text(json.dumps(fixture))
    for name, made in fixture.items():
        for image in made["images"]:
            print(name, {key: value for key, value in image.items() if key != "pixels"})


main()
