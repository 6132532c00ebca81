import { expect, test } from "vitest";
import { chooseProvider } from "./provider.ts";

test("auto takes the first provider that loads, and says why not those before it", async () => {
  const { provider, refused } = await chooseProvider("auto");
  const order = [...refused.map((other) => other.provider), provider];
  expect(order).toEqual(["cuda", "webgpu", "cpu"].slice(0, order.length));
  for (const { reason } of refused) expect(reason).toMatch(/\w{3}/);
});

test("a provider asked for by name loads, or is refused by its name with the reason", async () => {
  expect(await chooseProvider("cpu")).toEqual({ provider: "cpu", refused: [] });
  const { refused } = await chooseProvider("auto");
  for (const { provider, reason } of refused) {
    await expect(chooseProvider(provider)).rejects.toThrow(`(${provider}). ${provider}: ${reason.slice(0, 20)}`);
  }
});
