import { pagesByParent } from "../graphql/child-pages.ts";
import { selectOf } from "../graphql/connection.ts";
import { entitiesByParent, entityById, type LoaderDefinition } from "../graphql/loader.ts";
import { Participant } from "./participant.entity.ts";
import { Study, StudyArm } from "./study.entity.ts";

export const studyById = entityById(Study);
/** In their order. */
export const armsByStudy = entitiesByParent(StudyArm, "studyId", "position");

/** How far a study is. Previews count nowhere. */
export interface StudyProgress {
  items: number;
  /** invited or joined */
  participants: number;
  joined: number;
  finished: number;
  /** counted ones: of items, first showings */
  votes: number;
  votesWanted: number;
}

const PROGRESS = `
select s.id,
  (select count(*)::int from study_items i where i.study_id = s.id and not i.practice) as items,
  count(p.id)::int as participants, count(p.joined_at)::int as joined, count(p.finished_at)::int as finished,
  coalesce(sum((select count(*) from study_assignments a join study_votes v on v.assignment_id = a.id
    where a.participant_id = p.id and a.kind = 'VOTE')), 0)::int as votes,
  s.votes_per_item as "votesPerItem"
from studies s left join study_participants p on p.study_id = s.id and p.source <> 'PREVIEW'
where s.id = any($1) group by s.id`;

/** By study; an unknown one has nothing. Indexes of study_participants, study_assignments and study_votes by their parents. */
export const progressByStudy: LoaderDefinition<string, StudyProgress> = {
  name: "progressByStudy",
  async loadMany(db, ids) {
    const rows: (StudyProgress & { id: string; votesPerItem: number })[] = await db.query(PROGRESS, [ids]);
    const byId = new Map(
      rows.map(({ id, votesPerItem, ...progress }) => [
        id,
        { ...progress, votesWanted: votesPerItem * progress.items },
      ]),
    );
    const nothing = { items: 0, participants: 0, joined: 0, finished: 0, votes: 0, votesWanted: 0 };
    return ids.map((id) => byId.get(id) ?? nothing);
  },
};

/** Newest first, without previews. Index study_participants_study_id_number_key. */
export const participantsByStudy = pagesByParent<Participant>("participantsByStudy", (db) => ({
  select: selectOf(db, Participant, "p"),
  from: "study_participants p",
  parent: "p.study_id",
  where: ["p.source <> 'PREVIEW'"],
  ordering: { name: "participants", columns: [{ sql: "p.number", type: "int" }], descending: true },
}));

/** What a participant has done. */
export interface ParticipantProgress {
  votes: number;
  attentionChecks: number;
  attentionFailures: number;
  lastVoteAt: Date | null;
}

/** By participant; one who has done nothing has zeros. Index study_assignments_participant_id_position_key. */
export const progressByParticipant: LoaderDefinition<string, ParticipantProgress> = {
  name: "progressByParticipant",
  async loadMany(db, ids) {
    const rows: (ParticipantProgress & { id: string })[] = await db.query(
      `select a.participant_id as id, count(*) filter (where a.kind = 'VOTE')::int as votes,
         count(*) filter (where a.kind = 'ATTENTION')::int as "attentionChecks",
         count(*) filter (where a.kind = 'ATTENTION' and v.choice <> a.expected)::int as "attentionFailures",
         max(v.cast_at) as "lastVoteAt"
       from study_assignments a join study_votes v on v.assignment_id = a.id where a.participant_id = any($1) group by 1`,
      [ids],
    );
    const byId = new Map(rows.map(({ id, ...progress }) => [id, progress]));
    return ids.map((id) => byId.get(id) ?? { votes: 0, attentionChecks: 0, attentionFailures: 0, lastVoteAt: null });
  },
};
