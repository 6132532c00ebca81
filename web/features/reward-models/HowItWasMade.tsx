import { Anchor, Stack, Title } from "@mantine/core";
import { bytes, count } from "../../../shared/format/number.ts";
import { type Fact, Facts } from "../../components/Facts.tsx";
import { wordsOf } from "../../components/provenance.ts";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import type { RewardModel } from "./prepareCurves.ts";

/** What a strategy was made of; nothing for models from before it was kept. */
function madeOf({ run, bootstrap }: RewardModel): Fact[] {
  return [
    ...(bootstrap
      ? [{ label: "pseudo-labels", value: `2 × ${count(bootstrap.m)} of a pool of ${count(bootstrap.pool)}` }]
      : []),
    ...(run
      ? [
          {
            label: "training run",
            value: (
              <span title={run.key}>{`${run.key.slice(0, 10)}…, snapshots at ${run.snapshotSteps.join(", ")}`}</span>
            ),
          },
        ]
      : []),
  ];
}

const valueText = (value: unknown): string =>
  typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value);

/** How the model came to be: enough to make it again. */
export function HowItWasMade({ model }: { model: RewardModel }) {
  const settings = Object.entries(model.hyperparameters)
    .flatMap(([key, value]) => (key === "bootstrap" ? Object.entries(value ?? {}) : [[key, value] as const]))
    .filter(([, value]) => value != null)
    .map(([key, value]) => ({ label: wordsOf(key), value: valueText(value) }));
  const files = [
    { label: "RPL weights", file: model.weights },
    { label: "ONNX, features to score", file: model.onnx },
    { label: "ONNX, image to score", file: model.imageOnnx },
  ].flatMap(({ label, file }) =>
    file
      ? [
          {
            label,
            value: (
              <Anchor href={file.url} inherit download title={`sha256 ${file.sha256}`}>
                {file.sha256.slice(0, 10)}… ({bytes(file.byteSize)})
              </Anchor>
            ),
          },
        ]
      : [],
  );
  return (
    <Stack gap="xs" component="section" aria-label="How it was made">
      <Title order={2} size="h4">
        How it was made
      </Title>
      <Facts
        facts={[
          { label: "encoder", value: model.encoder },
          { label: "seed", value: String(model.seed) },
          ...settings,
          ...madeOf(model),
          ...(model.keptStep == null
            ? []
            : [
                {
                  label: "steps trained, kept",
                  value: `${count(model.trainedSteps ?? 0)}, ${count(model.keptStep)}`,
                },
              ]),
          { label: "created", value: <RelativeTime time={model.createdAt} /> },
          ...files,
        ]}
      />
    </Stack>
  );
}
