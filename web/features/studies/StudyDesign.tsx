import { Anchor, Card, Code, Stack, Text } from "@mantine/core";
import Link from "next/link";
import { count } from "../../../shared/format/number.ts";
import { Facts } from "../../components/Facts.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { chosenPrompts, exclusionRules, ofTotal, type Study, shownSample } from "./prepareStudy.ts";
import { StudyPlan } from "./StudyPlan.tsx";

type Arm = Study["arms"][number];

function ArmFact({ arm }: { arm: Arm }) {
  const { name, round } = arm;
  return (
    <Text size="sm" style={{ overflowWrap: "anywhere" }}>
      {name}:{" "}
      <Anchor component={Link} href={`/experiments/${round.experiment.id}`} inherit underline="always">
        {round.experiment.name}
      </Anchor>
      ,{" "}
      <Anchor component={Link} href={`/rounds/${round.id}`} inherit underline="always">
        round {round.index}
      </Anchor>
      , {round.policyIn.name}, {shownSample(arm)}
    </Text>
  );
}

/** How far the study is, and all that was decided about it beforehand. @param mayChange whether the completion code is shown */
export function StudyDesign({ study, mayChange }: { study: Study; mayChange: boolean }) {
  const { progress, arms, completionCode, redirectUrl } = study;
  const offered = [study.allowTies && "equal", study.allowCannotJudge && "can’t judge"].filter(Boolean).join(", ");
  const each = study.itemsPerParticipant ? `, at most ${count(study.itemsPerParticipant)} a participant` : "";
  return (
    <Card withBorder component="section" aria-label="Design and progress">
      <Stack gap="sm">
        <Facts
          facts={[
            { label: "Votes", value: ofTotal(progress.votes, progress.votesWanted) },
            {
              label: "Participants",
              value: `${count(progress.finished)} finished of ${count(progress.joined)} joined${study.targetParticipants ? `, ${count(study.targetParticipants)} wanted` : ""}`,
            },
            { label: "Pairs", value: `${count(progress.items)}, ${count(study.votesPerItem)} votes each${each}` },
            { label: "Prompts", value: chosenPrompts(study) },
            { label: "Seed", value: String(study.seed) },
            { label: "Question", value: study.question },
            { label: "Also offered", value: offered || "nothing: one has to be chosen" },
            {
              label: "Checks",
              value: `Of each participant: ${study.attentionChecks} for attention, ${study.repeats} repeated${study.practice ? ", after a practice pair" : ""}`,
            },
            { label: "Exclusions", value: exclusionRules(study) },
            ...(mayChange ? [{ label: "Completion code", value: completionCode ?? "none" }] : []),
            ...(mayChange && redirectUrl ? [{ label: "Leads on to", value: redirectUrl }] : []),
            { label: "Created", value: <RelativeTime time={study.createdAt} /> },
            {
              label: "Plan",
              value: study.planSha256 ? (
                <>
                  frozen <RelativeTime time={study.openedAt ?? study.createdAt} />,{" "}
                  <Code>{study.planSha256.slice(0, 16)}</Code>
                </>
              ) : (
                "not frozen: a draft"
              ),
            },
          ]}
        />
        <div>
          <Text size="xs" c="dimmed">
            Arms
          </Text>
          {arms.map((arm) => (
            <ArmFact key={arm.id} arm={arm} />
          ))}
        </div>
        {study.instructions && (
          <details>
            <summary>Instructions to volunteers</summary>
            <Text size="sm" mt="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
              {study.instructions}
            </Text>
          </details>
        )}
        {study.planSha256 && <StudyPlan id={study.id} />}
      </Stack>
    </Card>
  );
}
