const ASKED = `s.id as "studyId", s.state, s.question, s.instructions, s.allow_ties as "allowTies", s.allow_cannot_judge as "allowCannotJudge",
  s.practice, s.adaptive, s.seed, s.votes_per_item as "votesPerItem", s.items_per_participant as "itemsPerParticipant",
  s.attention_checks as "attentionChecks", s.repeats, s.completion_code as "completionCode", s.redirect_url as "redirectUrl",
  s.keep_panel_ids as "keepPanelIds",
  s.target_participants as "targetParticipants",
  (select count(*)::int from study_items i where i.study_id = s.id and not i.practice) as "itemCount"`;

/** $1 hash of a participant's token. Who votes, and in what. Index study_participants_token_hash_key. */
export const BALLOT = `
select p.id as "participantId", p.number, p.source, p.joined_at as "joinedAt", p.finished_at as "finishedAt", ${ASKED}
from study_participants p join studies s on s.id = p.study_id where p.token_hash = $1 and p.revoked_at is null`;

/** $1 hash of an open link's token. As BALLOT, of nobody yet. Index studies_link_hash_key. */
export const LINKED_BALLOT = `
select 0 as number, 'LINK' as source, null as "joinedAt", null as "finishedAt", ${ASKED} from studies s where s.link_hash = $1`;

/** $1 participants. In their order, with the vote where there is one. Index study_assignments_participant_id_position_key. */
export const GIVEN = `
select a.participant_id as "participantId", a.item_id as "itemId", i.prompt_id as "promptId", i.arm_a as "armA", i.arm_b as "armB",
  a.kind, a.flipped, a.expected, a.key, pr.text as prompt, v.choice
from study_assignments a join study_items i on i.id = a.item_id join prompts pr on pr.id = i.prompt_id
left join study_votes v on v.assignment_id = a.id
where a.participant_id = any($1) order by a.participant_id, a.position`;

/** $1 participants who are here: what they hold is kept for them anew. */
export const RENEW = `
update study_assignments a set assigned_at = now()
where participant_id = any($1) and assigned_at < now() - interval '5 minutes'
  and not exists (select 1 from study_votes v where v.assignment_id = a.id)`;

/** $1 study. */
export const PRACTICE_ITEM = "select id from study_items where study_id = $1 and practice order by position limit 1";

/** Of an item i: its votes, and what is promised to people who may be voting yet. $2 minutes that a participant is waited for. */
const TAKEN = `
  select a.flipped from study_assignments a join study_participants p on p.id = a.participant_id
  left join study_votes v on v.assignment_id = a.id
  where a.item_id = i.id and a.kind = 'VOTE' and p.source <> 'PREVIEW'
    and (v.assignment_id is not null or (p.revoked_at is null and a.assigned_at > now() - make_interval(mins => $2)))`;

/**
 * $1 study, $2 as of TAKEN. Every item with how many votes it has or was promised, and how the sides stand. Previews count nowhere.
 * Index study_assignments_item_id_idx.
 */
export const ITEM_STATES = `
select i.id, i.prompt_id as "promptId", i.arm_a as "armA", i.arm_b as "armB", count(a.flipped)::int as taken,
  coalesce(sum(case when a.flipped then 1 when not a.flipped then -1 end), 0)::int as tilt
from study_items i left join lateral (${TAKEN}) a on true
where i.study_id = $1 and not i.practice group by i.id order by i.position`;

/**
 * $1 study, $2 as of TAKEN. Whether a vote is wanted that nobody has given or was promised: of some item, or where votes go to whichever
 * items are undecided (adaptive), of all together.
 */
export const HAS_ROOM = `
select case when s.adaptive
  then (select count(*) from study_items i cross join lateral (${TAKEN}) a where i.study_id = s.id and not i.practice)
    < s.votes_per_item * (select count(*) from study_items i where i.study_id = s.id and not i.practice)
  else exists (
    select 1 from study_items i where i.study_id = s.id and not i.practice
      and (select count(*) from (${TAKEN}) a) < s.votes_per_item) end as room
from studies s where s.id = $1`;

/** $1.. columns of assignments. */
export const INSERT_ASSIGNMENTS = `
insert into study_assignments (participant_id, position, item_id, kind, flipped, expected, key)
select * from unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::boolean[], $6::text[], $7::text[])`;

/**
 * A vote, in one statement: $1 hash of the participant's token, $2 the assignment's key, $3 the browser's key of this submission,
 * $4 choice, $5 response time. The submission is taken once, and its vote written over an earlier one of the assignment only while
 * the participant has voted on nothing after it. No row: there is no such assignment for this token.
 */
export const VOTE = `
with target as (
  select a.id, s.id as study_id, s.state = 'OPEN' or p.source = 'PREVIEW' as open,
    ($4 <> 'TIE' or s.allow_ties) and ($4 <> 'CANNOT_JUDGE' or s.allow_cannot_judge) as offered,
    exists (select 1 from study_votes v where v.assignment_id = a.id) and exists (
      select 1 from study_assignments l join study_votes v on v.assignment_id = l.id
      where l.participant_id = a.participant_id and l.position > a.position) as passed,
    exists (select 1 from study_vote_events e where e.assignment_id = a.id and e.client_key = $3::uuid) as known
  from study_participants p join studies s on s.id = p.study_id
  join study_assignments a on a.participant_id = p.id and a.key = $2
  where p.token_hash = $1 and p.revoked_at is null),
event as (
  insert into study_vote_events (assignment_id, client_key, choice, response_ms)
  select id, $3::uuid, $4, $5::int from target where open and offered and not passed and not known
  on conflict do nothing returning assignment_id, choice, response_ms),
stored as (
  insert into study_votes (assignment_id, choice, response_ms, revision)
  select event.*, 1 + (select count(*) from study_vote_events e where e.assignment_id = event.assignment_id and e.choice is not null)
  from event on conflict (assignment_id) do update
  set choice = excluded.choice, response_ms = excluded.response_ms, revision = study_votes.revision + 1, cast_at = now()
  returning 1)
select study_id as "studyId", open, offered, passed, known, (select count(*)::int from stored) as stored from target`;

/**
 * Takes a vote back: $1 hash of the participant's token, $2 the assignment's key, $3 the browser's key of this submission. Allowed as
 * changing it is; the event stays, and who had finished has not any more. Answers as VOTE does.
 */
export const TAKE_BACK = `
with target as (
  select a.id, a.participant_id, s.id as study_id, s.state = 'OPEN' or p.source = 'PREVIEW' as open, v.assignment_id is not null as voted,
    v.assignment_id is not null and exists (
      select 1 from study_assignments l join study_votes v on v.assignment_id = l.id
      where l.participant_id = a.participant_id and l.position > a.position) as passed,
    exists (select 1 from study_vote_events e where e.assignment_id = a.id and e.client_key = $3::uuid) as known
  from study_participants p join studies s on s.id = p.study_id
  join study_assignments a on a.participant_id = p.id and a.key = $2 left join study_votes v on v.assignment_id = a.id
  where p.token_hash = $1 and p.revoked_at is null),
event as (
  insert into study_vote_events (assignment_id, client_key, choice, response_ms)
  select id, $3::uuid, null, 0 from target where open and voted and not passed and not known on conflict do nothing returning assignment_id),
stored as (
  delete from study_votes v using event where v.assignment_id = event.assignment_id returning 1),
resumed as (
  update study_participants p set finished_at = null from target join event on event.assignment_id = target.id
  where p.id = target.participant_id and p.finished_at is not null)
select study_id as "studyId", open, true as offered, passed, known, (select count(*)::int from stored) as stored from target`;

/** $1 an assignment's key, $2 whether the left side is asked for. The image's artifact, while the participant may see it. */
export const IMAGE = `
select s.artifact_sha256 as sha256 from study_assignments a join study_participants p on p.id = a.participant_id
join study_items i on i.id = a.item_id
join samples s on s.id = case when a.flipped = $2 then i.sample_b_id else i.sample_a_id end
where a.key = $1 and p.revoked_at is null`;

/** $1 study. Counted votes by pair of arms: what adaptive assignment goes by. */
export const TALLIES = `
select i.arm_a as a, i.arm_b as b,
  case when v.choice = 'TIE' then 0.5 when (v.choice = 'LEFT') <> a.flipped then 1 else 0 end::float8 as outcome, count(*)::int as times
from study_items i join study_assignments a on a.item_id = i.id and a.kind = 'VOTE' join study_votes v on v.assignment_id = a.id
join study_participants p on p.id = a.participant_id
where i.study_id = $1 and p.source <> 'PREVIEW' and v.choice <> 'CANNOT_JUDGE' group by 1, 2, 3`;
