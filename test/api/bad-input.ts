import type { Role } from "../../shared/enums.ts";
import type { UserErrorCode } from "../../shared/user-error.ts";

/** Variables that a mutation must refuse: why, what is sent, and the code and field that the error must name. */
export type BadInput = [
  why: string,
  variables: Record<string, unknown>,
  code: UserErrorCode,
  field: string | null,
  role?: Role,
];

/** No object has this id. */
export const ABSENT = "01900000-0000-7000-8000-000000000000";
/** No text that Postgres takes. */
export const NUL = "a\0b";
