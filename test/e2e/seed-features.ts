import { encodeSafetensors } from "../../server/ml/safetensors.ts";
import { ApiClient } from "../../shared/api-client.ts";

interface Answer {
  round: {
    experiment: {
      encoder: string;
      proxySet: { items: { nodes: { fileName: string; artifact: { sha256: string } }[] } };
    };
    samples: { nodes: { promptPosition: number; artifactSha256: string }[] };
  };
}

/**
 * Stores features as a worker does, made so that proxy i lies i steps away from all samples of a prompt.
 * @returns names of the proxy images, the nearest first
 */
export async function encodeProxiesAlong(
  server: { url: string; token: string },
  roundId: string,
  promptPosition: number,
): Promise<string[]> {
  const client = new ApiClient(server);
  const { round } = await client.ask<Answer>(
    `query ($id: ID!) { round(id: $id) { samples(first: 1000) { nodes { promptPosition artifactSha256 } }
      experiment { encoder proxySet { items(first: 1000) { nodes { fileName artifact { sha256 } } } } } } }`,
    { id: roundId },
  );
  const proxies = round.experiment.proxySet.items.nodes.toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1));
  const samples = round.samples.nodes.filter((sample) => sample.promptPosition === promptPosition);
  const rows = [
    ...samples.map(({ artifactSha256 }) => ({ image: artifactSha256, angle: 0 })),
    ...proxies.map(({ artifact }, i) => ({ image: artifact.sha256, angle: 0.02 * (i + 1) })),
  ];
  const data = Float32Array.from(rows.flatMap(({ angle }) => [Math.cos(angle), Math.sin(angle)]));
  const file = encodeSafetensors({
    tensors: new Map([["features", { shape: [rows.length, 2], data }]]),
    metadata: { encoder: `${round.experiment.encoder} 1` },
  });
  const matrixSha256 = await client.upload(new Uint8Array(file), "FEATURES", "features.safetensors");
  await client.ask("mutation ($input: RegisterFeaturesInput!) { registerFeatures(input: $input) { rows { row } } }", {
    input: { encoderKey: "ab".repeat(32), matrixSha256, images: rows.map(({ image }) => image) },
  });
  return proxies.map(({ fileName }) => fileName);
}
