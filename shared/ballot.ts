/** What a volunteer's browser and the server say to each other (`/ballots`). Nothing of it tells which policy made an image. */
import type { VoteChoice } from "./enums.ts";

/** Said to who would be asked nothing any more. */
export const FULL_STUDY =
  "This study has all the answers it needs, so there is nothing left to judge. No answer of yours was recorded. Thank you for coming.";

/** What the page shows first. */
export interface Ballot {
  question: string;
  /** Markdown */
  instructions: string;
  allowTies: boolean;
  allowCannotJudge: boolean;
  practice: boolean;
  /** whether a panel's ids, as they came in the link, are kept */
  keepsPanelIds: boolean;
  /** the token is of the open link: whoever agrees joins and gets one of their own */
  link: boolean;
  /** a member of the lab is looking; nothing counts */
  preview: boolean;
  /** FULL: who would begin now would be asked nothing */
  state: "INVITED" | "VOTING" | "FINISHED" | "NOT_OPEN" | "FULL" | "CLOSED";
  /** pairs to judge at most */
  pairs: number;
}

export interface BallotItem {
  /** opaque; what its vote is sent under */
  key: string;
  prompt: string;
  /** addresses of the images */
  left: string;
  right: string;
  practice: boolean;
}

export interface BallotItems {
  /** not voted on yet, in order */
  items: BallotItem[];
  /** the latest vote, which may be changed */
  last: { item: BallotItem; choice: VoteChoice } | null;
  voted: number;
  total: number;
  finished: boolean;
  completionCode: string | null;
  redirectUrl: string | null;
}

/** A vote as it is sent, or that it is taken back; the same key is stored once. */
export interface SentVote {
  key: string;
  item: string;
  /** null: the vote on the pair is taken back, which is then asked again */
  choice: VoteChoice | null;
  /** 0 where it is taken back */
  responseMs: number;
}

/** `code` null: it is stored, now or before. */
export interface VoteResult {
  key: string;
  code: "NOT_FOUND" | "STUDY_NOT_OPEN" | "BAD_INPUT" | "CONFLICT" | null;
}
