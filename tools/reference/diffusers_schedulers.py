"""Trajectories of diffusers' own schedulers, for server/ml/policies/diffusers/schedulers.test.ts.

Each case: the scheduler's config as diffusers saves it, and from one starting point, with one table of numbers for the
model's outputs, the sample after every step. Configs that were saved by another class show what `from_config` makes of them.
Usage: diffusers_schedulers.py <out>/schedulers.fixture.json        (made with diffusers 0.42.1, torch 2.15.0)
"""

import json
import sys

import numpy as np
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler, PNDMScheduler

WIDTH = 6
STABLE_DIFFUSION = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
CLASSES = {"ddim": DDIMScheduler, "dpm-solver++": DPMSolverMultistepScheduler, "euler": EulerDiscreteScheduler}

# (scheduler, what differs from the class's defaults, steps)
CASES = [
    ("ddim", {**STABLE_DIFFUSION, "clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}, 10),
    ("ddim", {}, 7),
    ("ddim", {"beta_schedule": "squaredcos_cap_v2", "timestep_spacing": "linspace", "clip_sample_range": 0.7}, 6),
    ("ddim", {**STABLE_DIFFUSION, "timestep_spacing": "trailing", "prediction_type": "v_prediction", "clip_sample": False,
              "rescale_betas_zero_snr": True}, 7),
    ("ddim", {**STABLE_DIFFUSION, "prediction_type": "sample", "clip_sample": False}, 4),
    ("ddim", {"num_train_timesteps": 200, "clip_sample": False, "timestep_spacing": "trailing"}, 30),
    ("ddim", {"trained_betas": list(np.linspace(0.001, 0.03, 100)), "num_train_timesteps": 100, "clip_sample": False}, 5),
    ("ddim", {**STABLE_DIFFUSION, "clip_sample": False}, 1),
    ("dpm-solver++", {**STABLE_DIFFUSION, "steps_offset": 1, "timestep_spacing": "leading"}, 10),
    ("dpm-solver++", {**STABLE_DIFFUSION}, 20),
    ("dpm-solver++", {**STABLE_DIFFUSION, "use_karras_sigmas": True}, 10),
    ("dpm-solver++", {**STABLE_DIFFUSION, "use_karras_sigmas": True, "final_sigmas_type": "sigma_min"}, 16),
    ("dpm-solver++", {**STABLE_DIFFUSION, "timestep_spacing": "trailing", "prediction_type": "v_prediction",
                      "rescale_betas_zero_snr": True}, 9),
    ("dpm-solver++", {"beta_schedule": "squaredcos_cap_v2", "lambda_min_clipped": -5.1}, 8),
    ("dpm-solver++", {"beta_schedule": "squaredcos_cap_v2", "use_karras_sigmas": True, "lambda_min_clipped": -5.1}, 8),
    ("dpm-solver++", {"solver_type": "heun", "prediction_type": "sample"}, 12),
    ("dpm-solver++", {**STABLE_DIFFUSION, "solver_order": 1}, 5),
    ("dpm-solver++", {**STABLE_DIFFUSION, "final_sigmas_type": "sigma_min", "lower_order_final": False}, 6),
    ("dpm-solver++", {**STABLE_DIFFUSION, "final_sigmas_type": "sigma_min", "euler_at_final": True}, 18),
    ("dpm-solver++", {**STABLE_DIFFUSION}, 1),
    ("dpm-solver++", {**STABLE_DIFFUSION}, 2),
    ("euler", {**STABLE_DIFFUSION, "timestep_spacing": "leading", "steps_offset": 1}, 10),
    ("euler", {**STABLE_DIFFUSION}, 7),
    ("euler", {**STABLE_DIFFUSION, "timestep_spacing": "trailing", "prediction_type": "v_prediction",
               "rescale_betas_zero_snr": True}, 6),
    ("euler", {**STABLE_DIFFUSION, "use_karras_sigmas": True, "final_sigmas_type": "sigma_min"}, 8),
    ("euler", {**STABLE_DIFFUSION, "use_karras_sigmas": True, "sigma_min": 0.03, "sigma_max": 12.5}, 8),
]

# runwayml/stable-diffusion-v1-5 and stabilityai/stable-diffusion-xl-base-1.0, scheduler_config.json
SAVED_BY_OTHERS = [
    (PNDMScheduler, {**STABLE_DIFFUSION, "num_train_timesteps": 1000, "set_alpha_to_one": False, "skip_prk_steps": True,
                     "steps_offset": 1, "trained_betas": None, "clip_sample": False}, ["ddim", "dpm-solver++"]),
    (EulerDiscreteScheduler, {**STABLE_DIFFUSION, "clip_sample": False, "interpolation_type": "linear",
                              "num_train_timesteps": 1000, "prediction_type": "epsilon", "sample_max_value": 1.0,
                              "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1,
                              "timestep_spacing": "leading", "trained_betas": None, "use_karras_sigmas": False},
     ["euler", "ddim", "dpm-solver++"]),
]


def trajectory(scheduler, steps, start, outputs):
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(0)  # as the pipelines do
    sample = start * scheduler.init_noise_sigma
    samples, scales = [], []
    for t, output in zip(scheduler.timesteps, outputs):
        scaled = scheduler.scale_model_input(sample, t)
        scales.append(float(scaled.norm() / sample.norm()))
        sample = scheduler.step(output, t, sample).prev_sample
        samples.append(sample.tolist())
    return {
        "steps": steps,
        "timesteps": scheduler.timesteps.tolist(),
        "initialScale": float(scheduler.init_noise_sigma),
        "inputScales": scales,
        "samples": samples,
    }


def saved(scheduler):
    """As text of scheduler_config.json, which is not always JSON: -Infinity."""
    return scheduler.to_json_string()


generator = torch.Generator().manual_seed(4)
start = torch.randn(WIDTH, generator=generator)
outputs = torch.randn(40, WIDTH, generator=generator)
cases = []
for name, config, steps in CASES:
    scheduler = CLASSES[name](**config)
    cases.append({"scheduler": name, "config": saved(scheduler), **trajectory(scheduler, steps, start, outputs)})
for cls, config, names in SAVED_BY_OTHERS:
    for name in names:
        # as a file holds it: without what the class would add
        file = {"_class_name": cls.__name__, "_diffusers_version": "0.6.0", **config}
        scheduler = CLASSES[name].from_config(cls.from_config(file).config)
        cases.append({"scheduler": name, "config": json.dumps(file), **trajectory(scheduler, 12, start, outputs)})
fixture = {"start": start.tolist(), "outputs": outputs.tolist(), "cases": cases}
with open(sys.argv[1], "w") as file:
    json.dump(fixture, file)
print(len(cases), "cases")
