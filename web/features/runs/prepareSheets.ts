import type { ContactSheetsQuery, SelectedSamplesQuery } from "../../graphql/generated/graphql.ts";

type Experiment = NonNullable<ContactSheetsQuery["experiment"]>;
type Round = Omit<Experiment["rounds"][number], "rewardModels">;

/** A column of drawings, one of each prompt. */
export interface Sheet {
  key: string;
  label: string;
  /** hash of the drawing of each prompt; null: none */
  images: (string | null)[];
}

export interface Sheets {
  prompts: string[];
  sheets: Sheet[];
}

/** The reward model by which round 1's samples are selected; null while there is none. */
export function selectorOf(experiment: Experiment): { roundId: string; rewardModelId: string } | null {
  const [first] = experiment.rounds;
  const model = first?.rewardModels.find(({ name }) => name === "R");
  return first && model ? { roundId: first.id, rewardModelId: model.id } : null;
}

/**
 * Side by side, each prompt's first sample (the same seed in every column): the base policy, the best of its K by R, then each
 * round's policy of this experiment, and the last policy of every other that begins alike.
 */
export function prepareSheets(experiment: Experiment, selected: SelectedSamplesQuery["round"] | undefined): Sheets {
  const [first, ...others] = experiment.rounds;
  if (!first) return { prompts: [], sheets: [] };
  const rows = first.promptRows.nodes;
  const positions = rows.map(({ prompt }) => prompt.position);
  const best = new Set(
    selected?.promptRows.nodes
      .flatMap(({ samples }) => samples.filter(({ score }) => score?.rank === 1))
      .map(({ id }) => id),
  );
  const ofRound = (round: Round, label: string): Sheet => ({ key: round.id, label, images: firstOf(round, positions) });
  const selection = rows.map(({ samples }) => samples.find(({ id }) => best.has(id))?.artifactSha256 ?? null);
  const arms = experiment.siblings.flatMap(({ postTraining, rounds }) => {
    const last = rounds.at(-1);
    return last && rounds.length > 1 ? [ofRound(last, `${methodOf(postTraining)}, after ${after(last)}`)] : [];
  });
  const sheets = [
    ofRound(first, "base"),
    ...(best.size > 0 ? [{ key: "selection", label: "best of K", images: selection }] : []),
    ...others.map((round) => ofRound(round, `${methodOf(experiment.postTraining)}, after ${after(round)}`)),
    ...arms,
  ];
  return {
    prompts: rows.map(({ prompt }) => prompt.text),
    sheets: sheets.filter(({ images }) => images.some((image) => image !== null)),
  };
}

const methodOf = (postTraining: string): string => (postTraining === "NONE" ? "no post-training" : postTraining);
/** Round t shows what round t - 1 led to. */
const after = ({ index }: Round): string => `round ${index - 1}`;

function firstOf({ promptRows }: Round, positions: readonly number[]): (string | null)[] {
  const byPosition = new Map(promptRows.nodes.map(({ prompt, samples }) => [prompt.position, samples]));
  return positions.map((position) => byPosition.get(position)?.find(({ k }) => k === 0)?.artifactSha256 ?? null);
}
