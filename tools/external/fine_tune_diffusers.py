"""An external worker: fine-tunes Stable Diffusion 1.5, 2 and XL checkpoints with PyTorch when the lab asks for it
(`fineTunePolicy(external: true)`), by SFT or Diffusion-DPO, and exports the result so that the lab's workers draw with it.

    pip install torch diffusers "optimum-onnx[onnxruntime]" pillow
    GANRM_API_URL=http://lab:4400 GANRM_WORKER_TOKEN=... GANRM_POLICIES_DIR=/shared/policies python fine_tune_diffusers.py

A policy is a folder below GANRM_POLICIES_DIR, which the lab's workers share: the ONNX export, and in `pytorch/` the checkpoint
that it was exported from, which is what is trained. For the first policy put it there yourself:

    cp -r my-sd15 /shared/policies/my-sd15/pytorch
    optimum-cli export onnx --model my-sd15 --task text-to-image /shared/policies/my-sd15

All of the UNet is trained, in float32, with its optimiser, its average and for DPO a frozen copy beside it: about 25 GB of GPU memory
for Stable Diffusion 1.5, 75 GB for XL. Hyperparameters are the job's. Errors are means over the numbers of a latent, as the lab's own trainer has them, so Diffusion-DPO's
usual beta of 5000 is 2500 here: its code halves it. The protocol is in server/post-training/ARCHITECTURE.md.
"""

import argparse
import io
import json
import os
import random
import shutil
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, DiffusionPipeline
from optimum.exporters.onnx import main_export
from PIL import Image

KIND = "FINETUNE_POLICY_EXTERNALLY"
HEARTBEAT_SECONDS = 3
IDLE_SECONDS = 5
# share of rows that are trained without their prompt, so that guidance goes on to work
PROMPT_DROPOUT = 0.1


class Refused(Exception):
    """The lab's answer to a call: its code and sentence."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error.get("extensions", {}).get("code")


class Lab:
    def __init__(self, url, token):
        self.url, self.token = url.rstrip("/"), token

    def call(self, path, body=None, **headers):
        headers["Authorization"] = f"Bearer {self.token}"
        return urllib.request.urlopen(urllib.request.Request(self.url + path, body, headers), timeout=120).read()

    def ask(self, query, **variables):
        body = json.dumps({"query": query, "variables": variables}).encode()
        try:
            answer = json.loads(self.call("/graphql", body, **{"Content-Type": "application/json"}))
        except urllib.error.HTTPError as error:
            answer = json.loads(error.read())
        if answer.get("errors"):
            raise Refused(answer["errors"][0])
        return answer["data"]


class Lease:
    """A job of ours, kept by heartbeats from a thread of its own."""

    def __init__(self, lab, job, token):
        self.lab, self.job, self.token = lab, job, token
        self.news = {"progress": 0, "message": "loading"}
        self.lost, self.ended = False, threading.Event()
        threading.Thread(target=self.beat, daemon=True).start()

    def beat(self):
        query = "mutation ($input: HeartbeatInput!) { heartbeat(input: $input) { cancelRequested } }"
        while not self.ended.wait(HEARTBEAT_SECONDS):
            try:
                answer = self.lab.ask(query, input={"jobId": self.job["id"], "leaseToken": self.token, **self.news})
                self.lost |= answer["heartbeat"]["cancelRequested"]
            except Refused as error:
                self.lost |= error.code == "LEASE_LOST"
            except OSError as error:
                print("heartbeat:", error, file=sys.stderr)  # the server may be away for a while

    def report(self, progress, message):
        if self.lost:
            raise InterruptedError("cancelled, or leased by another")
        self.news = {"progress": progress, "message": message}

    def finish(self, **end):
        self.ended.set()
        query = "mutation ($input: FinishJobInput!) { finishJob(input: $input) { job { state } } }"
        if not self.lost or "cancelled" in end:
            self.lab.ask(query, input={"jobId": self.job["id"], "leaseToken": self.token, **end})


SET = """query ($id: ID!) { policy(id: $id) { fineTuningSet {
    images { prompt artifactSha256 } pairs { prompt chosenSha256 rejectedSha256 } real { prompt artifactSha256 } } } }"""


class Trainer:
    def __init__(self, checkpoint, job_input, device):
        self.device = device
        self.settings = job_input["hyperparameters"]
        self.pipe = DiffusionPipeline.from_pretrained(checkpoint, torch_dtype=torch.float32).to(device)
        self.unet = self.pipe.unet.train()
        self.unet.enable_gradient_checkpointing()
        self.noising = DDPMScheduler.from_config(self.pipe.scheduler.config)
        self.size = self.unet.config.sample_size * self.pipe.vae_scale_factor
        self.chance = random.Random(job_input["seed"])
        self.generator = torch.Generator(device).manual_seed(job_input["seed"])
        self.texts, self.latents = {}, {}

    @torch.no_grad()
    def text(self, prompt):
        """What the UNet is told of a prompt: hidden states, and for SDXL the pooled text."""
        if prompt not in self.texts:
            encoded = self.pipe.encode_prompt(
                prompt, device=self.device, num_images_per_prompt=1, do_classifier_free_guidance=False
            )
            self.texts[prompt] = (encoded[0], encoded[2] if len(encoded) == 4 else None)
        return self.texts[prompt]

    @torch.no_grad()
    def add(self, sha256, data):
        image = Image.open(io.BytesIO(data)).convert("RGB").resize((self.size, self.size), Image.BICUBIC)
        pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)[None].to(self.device) / 127.5 - 1
        encoded = self.pipe.vae.encode(pixels).latent_dist.mean * self.pipe.vae.config.scaling_factor
        self.latents[sha256] = encoded

    def noise(self, rows):
        """The same for both members of a pair: noise and timestep of each row."""
        shape = (rows, *next(iter(self.latents.values())).shape[1:])
        noise = torch.randn(shape, generator=self.generator, device=self.device)
        last = self.noising.config.num_train_timesteps
        return noise, torch.randint(0, last, (rows,), generator=self.generator, device=self.device)

    def errors(self, unet, images, prompts, noise, t):
        """Mean squared error of each row's prediction: of the noise, or of v where the checkpoint predicts that."""
        latents = torch.cat([self.latents[sha256] for sha256 in images])
        texts = [self.text(prompt) for prompt in prompts]
        added = {}
        if texts[0][1] is not None:
            ids = torch.tensor([[self.size, self.size, 0, 0, self.size, self.size]] * len(images), device=self.device)
            added = {"added_cond_kwargs": {"text_embeds": torch.cat([pooled for _, pooled in texts]), "time_ids": ids}}
        noisy = self.noising.add_noise(latents, noise, t)
        is_v = self.noising.config.prediction_type == "v_prediction"
        target = self.noising.get_velocity(latents, noise, t) if is_v else noise
        predicted = unet(noisy, t, encoder_hidden_states=torch.cat([hidden for hidden, _ in texts]), **added).sample
        return F.mse_loss(predicted.float(), target, reduction="none").mean(dim=(1, 2, 3))

    def dropped(self, prompts):
        return ["" if self.chance.random() < PROMPT_DROPOUT else prompt for prompt in prompts]

    def sft_loss(self, data):
        """The usual loss on the selected images, a share of them real."""
        batch, share = self.settings["batch"], self.settings["realShare"]
        real = round(batch * share) if data["real"] else 0
        rows = self.chance.choices(data["images"], k=batch - real) + self.chance.choices(data["real"] or [None], k=real)
        prompts = self.dropped([row["prompt"] for row in rows])
        return self.errors(self.unet, [row["artifactSha256"] for row in rows], prompts, *self.noise(len(rows))).mean(), {}

    def dpo_loss(self, data, reference):
        """-log sigma(-beta ((e_w - e_w_ref) - (e_l - e_l_ref))), per pair and then averaged (Wallace et al. 2024)."""
        rows = self.chance.choices(data["pairs"], k=self.settings["batch"])
        prompts = self.dropped([row["prompt"] for row in rows])
        noise, t = self.noise(len(rows))
        chosen, rejected = ([row[key] for row in rows] for key in ("chosenSha256", "rejectedSha256"))
        winner = self.errors(self.unet, chosen, prompts, noise, t)
        loser = self.errors(self.unet, rejected, prompts, noise, t)
        with torch.no_grad():
            winner_was = self.errors(reference, chosen, prompts, noise, t)
            loser_was = self.errors(reference, rejected, prompts, noise, t)
        margin = -self.settings["beta"] * ((winner - winner_was) - (loser - loser_was))
        curves = {"margin": margin.mean(), "implicit_accuracy": (margin > 0).float().mean()}
        curves |= {"winner_error": winner.mean(), "loser_error": loser.mean()}
        loss = -F.logsigmoid(margin).mean()
        if (real := round(len(rows) * self.settings["realShare"])) and data["real"]:
            picked = self.chance.choices(data["real"], k=real)
            prompts = self.dropped([row["prompt"] for row in picked])
            kept = self.errors(self.unet, [row["artifactSha256"] for row in picked], prompts, *self.noise(real))
            loss = loss + self.settings["beta"] / 2 * kept.sum() / len(rows)
        return loss, curves

    def train(self, method, data, report):
        """@returns curves: name -> points"""
        steps, ema = self.settings["steps"], self.settings["ema"]
        reference = None
        if method == "DPO":
            reference = type(self.unet).from_config(self.unet.config).to(self.device).eval().requires_grad_(False)
            reference.load_state_dict(self.unet.state_dict())
        optimiser = torch.optim.AdamW(self.unet.parameters(), lr=self.settings["learningRate"])
        warm_up = max(1, steps // 10)
        rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1, (step + 1) / warm_up))
        average = [weight.detach().clone() for weight in self.unet.parameters()]
        curves = {}
        for step in range(1, steps + 1):
            loss, more = self.sft_loss(data) if reference is None else self.dpo_loss(data, reference)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
            optimiser.step()
            rate.step()
            # as long as there are few steps, their mean; else the start would weigh on
            decay = min(ema, step / (step + 10))
            with torch.no_grad():
                for kept, weight in zip(average, self.unet.parameters()):
                    kept.lerp_(weight, 1 - decay)
            for name, value in {"loss": loss, **more}.items():
                curves.setdefault(name, []).append((step, value.item()))
            report(0.05 + 0.85 * step / steps, f"step {step} of {steps}, loss {loss.item():.4f}")
        with torch.no_grad():
            for kept, weight in zip(average, self.unet.parameters()):
                weight.copy_(kept)
        return curves


def log_curves(lab, job_input, curves):
    higher = ["margin", "implicit_accuracy"]
    provenance = {"computedBy": "fine_tune_diffusers.py", **{key: job_input[key] for key in ("method", "hyperparameters", "seed")}}
    points = [
        {"subject": "POLICY", "subjectId": job_input["policyId"], "name": name, "step": step, "value": value,
         "direction": "HIGHER" if name in higher else "LOWER", "provenance": provenance}
        for name, curve in curves.items() for step, value in curve
    ]  # fmt: skip
    for i in range(0, len(points), 500):
        query = "mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }"
        lab.ask(query, input={"points": points[i : i + 500]})


def fine_tune(lab, lease, policies, device):
    job_input = lease.job["input"]
    source = (job_input["source"] or {}).get("folder")
    if not source or not (checkpoint := policies / source / "pytorch").is_dir():
        raise FileNotFoundError(f"{policies / (source or '<folder>') / 'pytorch'}: the policy's PyTorch checkpoint is not there")
    data = lab.ask(SET, id=job_input["policyId"])["policy"]["fineTuningSet"]
    trainer = Trainer(checkpoint, job_input, device)
    used = data["images"] if job_input["method"] == "SFT" else data["pairs"]
    data["real"] = data["real"] if job_input["hyperparameters"]["realShare"] > 0 else []
    keys = {row[key] for row in [*used, *data["real"]] for key in row if key.endswith("Sha256")}
    for i, sha256 in enumerate(sorted(keys)):
        trainer.add(sha256, lab.call(f"/artifacts/{sha256}"))
        lease.report(0.05 * i / len(keys), f"encoded {i + 1} of {len(keys)} images")
    curves = trainer.train(job_input["method"], data, lease.report)
    lease.report(0.9, "exporting")
    folder = job_input["policyId"]
    part = policies / f".{folder}.part"
    shutil.rmtree(part, ignore_errors=True)
    trainer.pipe.save_pretrained(part / "pytorch")
    main_export(str(part / "pytorch"), part, task="text-to-image", library_name="diffusers")
    shutil.rmtree(policies / folder, ignore_errors=True)
    part.rename(policies / folder)
    log_curves(lab, job_input, curves)
    sft = job_input["method"] == "SFT"
    trained = {"images": len(used) if sft else 0, "pairs": 0 if sft else len(used), "real": len(data["real"])}
    return {"folder": folder, "trained": trained}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true", help="end after one job")
    once = parser.parse_args().once
    lab = Lab(os.environ["GANRM_API_URL"], os.environ["GANRM_WORKER_TOKEN"])
    policies = Path(os.environ["GANRM_POLICIES_DIR"])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    machine = {"provider": device.upper()}
    if device == "cuda":
        machine["device"] = torch.cuda.get_device_name()
    worker = f"{socket.gethostname()}:{os.getpid()}"
    query = "mutation ($input: LeaseJobInput!) { leaseJob(input: $input) { leaseToken job { id input } } }"
    while True:
        try:
            leased = lab.ask(query, input={"worker": worker, "kinds": [KIND], **machine})["leaseJob"]
        except OSError as error:
            print("lease:", error, file=sys.stderr)
            leased = {"job": None}
        if not leased["job"]:
            time.sleep(IDLE_SECONDS)
            continue
        lease = Lease(lab, leased["job"], leased["leaseToken"])
        try:
            lease.finish(result=fine_tune(lab, lease, policies, device))
        except InterruptedError:
            lease.finish(cancelled=True)
        except Exception as error:  # the lab shows why; what is wrong with one job ends no worker
            lease.finish(error=f"{type(error).__name__}: {error}", final=isinstance(error, FileNotFoundError))
        if once:
            return


main()
