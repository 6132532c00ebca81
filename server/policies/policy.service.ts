import type { DataSource } from "typeorm";
import { z } from "zod";
import { ArtifactKind, PolicyOrigin } from "../../shared/enums.ts";
import { policyFolder } from "../../shared/jobs/generate-samples.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import type { ArtifactService } from "../artifacts/artifact.service.ts";
import { orNameTaken } from "../database/transaction.ts";
import { keysetPage, type Page, type PageArgs, selectOf } from "../graphql/connection.ts";
import { Policy } from "./policy.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    policies: PolicyService;
  }
}

const newPolicy = z
  .object({
    name: z.string().trim().min(1, "must not be empty").max(200),
    parentId: z.uuid().nullish(),
    origin: z.enum(PolicyOrigin).default(PolicyOrigin.IMPORTED),
    generator: z.string().max(500).default(""),
    config: z.record(z.string(), z.unknown()).default({}),
    weightsSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "must be 64 hex digits")
      .nullish(),
    folder: policyFolder.nullish(),
  })
  .refine((policy) => policy.weightsSha256 == null || policy.folder == null, {
    path: ["folder"],
    message: "must be left out where there are weights",
  });

export class PolicyService {
  constructor(
    private readonly db: DataSource,
    private readonly artifacts: ArtifactService,
  ) {}

  /** Registers a generator checkpoint made elsewhere. @throws UserError BAD_INPUT, NOT_FOUND, ARTIFACT_MISSING, NAME_TAKEN */
  async create(input: unknown): Promise<Policy> {
    const policy = parseInput(newPolicy, input);
    const policies = this.db.getRepository(Policy);
    if (policy.parentId && !(await policies.existsBy({ id: policy.parentId })))
      throw new UserError("NOT_FOUND", `No policy ${policy.parentId}.`, "parentId");
    if (policy.weightsSha256) await this.artifacts.require(policy.weightsSha256, ArtifactKind.MODEL, "weightsSha256");
    const inserted = await policies
      .insert({ ...policy, config: policy.config as never })
      .catch(orNameTaken("A policy", policy.name));
    return policies.findOneByOrFail({ id: inserted.identifiers[0]?.id });
  }

  list(args: PageArgs): Promise<Page<Policy>> {
    const ordering = { name: "policies", columns: [{ sql: "p.id", type: "uuid" }], descending: true };
    return keysetPage(
      this.db.manager,
      { select: selectOf(this.db.manager, Policy, "p"), from: "policies p", ordering },
      args,
    );
  }
}
