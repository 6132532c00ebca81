import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { loadDiffusersPolicy } from "../../server/ml/policies/diffusers/diffusers-policy.ts";
import { unpackTinyPipeline } from "../support/tiny-diffusers.ts";

let [plain, xl, broken] = ["", "", ""];
// each loads networks from disk
vi.setConfig({ testTimeout: 120_000 });
beforeAll(async () => {
  [plain, xl] = [await unpackTinyPipeline("sd15"), await unpackTinyPipeline("sdxl")];
  broken = await mkdtemp(join(tmpdir(), "broken-"));
});
afterAll(() => Promise.all([plain, xl, broken].map((folder) => rm(folder, { recursive: true }))));

/** A copy of a good folder with one thing wrong. */
async function breakCopy(from: string, file: string, change: object | string | null): Promise<string> {
  await rm(broken, { recursive: true });
  await cp(from, broken, { recursive: true });
  const path = join(broken, file);
  if (change === null) await rm(path);
  else if (typeof change === "string") await writeFile(path, change);
  else await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, { encoding: "utf8" })), ...change }));
  return broken;
}

test.each([
  ["model_index.json", null, "there is no such file"],
  ["model_index.json", "{", "it is not JSON"],
  ["model_index.json", { _class_name: "FluxPipeline" }, "_class_name must be one of StableDiffusionPipeline"],
  ["scheduler/scheduler_config.json", null, "there is no such file"],
  ["scheduler/scheduler_config.json", { _class_name: "LCMScheduler" }, "_class_name is LCMScheduler"],
  ["scheduler/scheduler_config.json", { beta_end: "0.02" }, "beta_end"],
  ["text_encoder/config.json", { num_hidden_layers: undefined }, "num_hidden_layers"],
  ["text_encoder/model.onnx", null, "there is no such file"],
  ["text_encoder/model.onnx", "not a model", "it can't be loaded on cpu"],
  ["tokenizer/merges.txt", null, "there is no such file"],
  ["unet/config.json", null, "there is no such file"],
  ["unet/config.json", { sample_size: undefined }, "sample_size must be a whole number"],
  ["unet/config.json", { sample_size: [16, 24] }, "sample_size must be a whole number"],
  ["unet/config.json", { in_channels: 9 }, "in_channels must be out_channels"],
  ["unet/config.json", { time_cond_proj_dim: 256 }, "time_cond_proj_dim must be null"],
  ["unet/config.json", { addition_embed_type: "text_time" }, "addition_embed_type must be null"],
  ["unet/config.json", { addition_embed_type: "image" }, "addition_embed_type must be null or text_time"],
  ["vae_decoder/config.json", null, "there is no such file"],
  ["vae_decoder/config.json", { scaling_factor: 0 }, "scaling_factor"],
  ["vae_decoder/config.json", { latents_mean: [1, 2, 3, 4] }, "latents_mean must be null"],
  ["vae_decoder/config.json", { latent_channels: 16 }, "latent_channels must be the in_channels"],
  ["vae_decoder/model.onnx", null, "there is no such file"],
])("%s with %j is refused by file and field", async (file, change, message) => {
  const folder = await breakCopy(plain, file, change);
  const refused = await loadDiffusersPolicy(folder).catch((error) => error);
  expect(refused).toMatchObject({ code: "BAD_INPUT", field: "folder" });
  expect(refused.message).toContain(message);
  expect(refused.message).toContain(join(folder, file));
});

test.each([
  ["text_encoder_2/config.json", null, "there is no such file"],
  ["tokenizer_2/tokenizer_config.json", null, "there is no such file"],
  ["text_encoder_2/config.json", { num_hidden_layers: 9 }, "hidden_states.8 is wanted"],
  ["model_index.json", { requires_aesthetics_score: true }, "requires_aesthetics_score must be false"],
  ["unet/model.onnx_data", null, "model.onnx_data"],
])("SDXL: %s with %j is refused by file and field", async (file, change, message) => {
  const folder = await breakCopy(xl, file, change);
  await expect(loadDiffusersPolicy(folder)).rejects.toThrow(message);
});

test("fields that old checkpoints lack have diffusers' defaults", async () => {
  const scaling = { scaling_factor: undefined, latent_channels: undefined };
  const policy = await loadDiffusersPolicy(await breakCopy(plain, "vae_decoder/config.json", scaling));
  const whole = await loadDiffusersPolicy(plain);
  const request = [{ prompt: "a cat", seed: 1 }];
  const settings = { steps: 2, guidance: 1 };
  expect(await policy.sample(request, settings)).toEqual(await whole.sample(request, settings));
  await policy.dispose();
  await whole.dispose();
});

test("a network for other sizes, or that overflows, is refused by its file when it draws", async () => {
  const settings = { steps: 2, guidance: 1 };
  const blocks = await breakCopy(plain, "vae_decoder/config.json", { block_out_channels: [4, 8, 8] });
  const policy = await loadDiffusersPolicy(blocks);
  await expect(policy.sample([{ prompt: "a", seed: 1 }], settings)).rejects.toThrow(
    /vae_decoder\/model\.onnx": it gives 3072/,
  );
  await policy.dispose();
  const loud = await loadDiffusersPolicy(await breakCopy(plain, "vae_decoder/config.json", { scaling_factor: 1e-39 }));
  await expect(loud.sample([{ prompt: "a", seed: 1 }], settings)).rejects.toThrow(
    /vae_decoder\/model\.onnx": .*not finite/,
  );
  await loud.dispose();
});
