import type { ApiClient } from "../../shared/api-client.ts";

const AT_ONCE = 8;

/** Uploads images, a few at a time. @returns their hashes, in order */
export async function concurrentUploads(
  client: ApiClient,
  images: readonly Uint8Array<ArrayBuffer>[],
): Promise<string[]> {
  const hashes = new Array<string>(images.length).fill("");
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < images.length; i = next++)
      hashes[i] = await client.upload(images[i] as Uint8Array<ArrayBuffer>, "IMAGE", `${i}.png`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return hashes;
}
