/** The votes of a study as they were cast, for other people's statistics. */
import type { EntityManager } from "typeorm";
import { csvLine, numberCell, textCell } from "../../shared/format/csv.ts";
import type { Study } from "../studies/study.entity.ts";
import { pagesOf } from "./pages.ts";

/** A line of the export. */
export interface VoteLine {
  participant: number;
  /** place in the participant's order, from 0 */
  position: number;
  kind: string;
  prompt_position: number;
  prompt: string;
  left_arm: string;
  right_arm: string;
  left_sha256: string;
  right_sha256: string;
  choice: string;
  /** name of the arm that was chosen; null for a tie or none */
  chosen_arm: string | null;
  /** of an attention check */
  expected: string | null;
  response_ms: number;
  /** from 1; more: changed after an undo */
  revision: number;
  cast_at: string;
  /** whether the plan leaves it out */
  excluded: boolean;
}

const PAGE = 1000;

/**
 * $1 study, $2 and $3 participant and position of the row before, $4 rows. In order of study_participants_study_id_number_key
 * and study_assignments_participant_id_position_key.
 */
const VOTES_PAGE = `
with failed as (
  select a.participant_id as id from study_assignments a join study_votes v on v.assignment_id = a.id
  join study_participants p on p.id = a.participant_id join studies s on s.id = p.study_id
  where p.study_id = $1 and a.kind = 'ATTENTION' and v.choice <> a.expected
  group by a.participant_id, s.attention_failures having count(*) > s.attention_failures)
select p.number as participant, a.position, a.kind, pr.position as prompt_position, pr.text as prompt,
  l.name as left_arm, r.name as right_arm, ls.artifact_sha256 as left_sha256, rs.artifact_sha256 as right_sha256, v.choice,
  case v.choice when 'LEFT' then l.name when 'RIGHT' then r.name end as chosen_arm, a.expected, v.response_ms, v.revision,
  to_char(v.cast_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as cast_at,
  v.response_ms < s.min_response_ms or f.id is not null as excluded
from study_participants p join studies s on s.id = p.study_id
join study_assignments a on a.participant_id = p.id join study_votes v on v.assignment_id = a.id
join study_items i on i.id = a.item_id join prompts pr on pr.id = i.prompt_id
join study_arms l on l.study_id = s.id and l.position = case when a.flipped then i.arm_b else i.arm_a end
join study_arms r on r.study_id = s.id and r.position = case when a.flipped then i.arm_a else i.arm_b end
join samples ls on ls.id = case when a.flipped then i.sample_b_id else i.sample_a_id end
join samples rs on rs.id = case when a.flipped then i.sample_a_id else i.sample_b_id end
left join failed f on f.id = p.id
where p.study_id = $1 and p.source <> 'PREVIEW' and a.kind <> 'PRACTICE' and (p.number, a.position) > ($2::int, $3::int)
order by p.number, a.position limit $4`;

export async function* storedVotes(db: EntityManager, { id }: Study): AsyncGenerator<VoteLine> {
  const read = (after: VoteLine | null): Promise<VoteLine[]> =>
    db.query(VOTES_PAGE, [id, after?.participant ?? -1, after?.position ?? -1, PAGE]);
  for await (const page of pagesOf(read, PAGE)) yield* page;
}

const COLUMNS: Record<keyof VoteLine, true> = {
  ...{
    participant: true,
    position: true,
    kind: true,
    prompt_position: true,
    prompt: true,
    left_arm: true,
    right_arm: true,
  },
  ...{ left_sha256: true, right_sha256: true, choice: true, chosen_arm: true, expected: true, response_ms: true },
  ...{ revision: true, cast_at: true, excluded: true },
};
const NAMES = Object.keys(COLUMNS) as (keyof VoteLine)[];

function cell(value: VoteLine[keyof VoteLine]): string {
  if (value === null || typeof value === "number") return numberCell(value);
  return typeof value === "boolean" ? String(value) : textCell(value);
}

export async function* votesCsv(votes: AsyncIterable<VoteLine>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(csvLine(NAMES));
  for await (const vote of votes) yield Buffer.from(csvLine(NAMES.map((name) => cell(vote[name]))));
}

export async function* votesJsonLines(votes: AsyncIterable<VoteLine>): AsyncGenerator<Uint8Array> {
  for await (const vote of votes) yield Buffer.from(`${JSON.stringify(vote)}\n`);
}
