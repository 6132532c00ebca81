import type { DataSource } from "typeorm";
import { z } from "zod";
import { parseInput } from "../../shared/parse-input.ts";
import { inTransaction, orNameTaken } from "../database/transaction.ts";
import { keysetPage, type Page, type PageArgs, selectOf } from "../graphql/connection.ts";
import { Prompt, PromptSet } from "./prompt.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    prompts: PromptService;
  }
}

const newPromptSet = z.object({
  name: z.string().trim().min(1, "must not be empty").max(200),
  source: z.string().max(1000).default(""),
  prompts: z
    .array(
      z.object({
        text: z.string().trim().min(1, "must not be empty").max(10_000),
        tags: z.array(z.string().trim().min(1).max(100)).max(50).default([]),
      }),
    )
    .min(1, "must hold at least one prompt")
    .max(100_000),
});

export class PromptService {
  constructor(private readonly db: DataSource) {}

  /** A prompt set with its prompts, in the order given. @throws UserError BAD_INPUT, NAME_TAKEN */
  async create(input: unknown): Promise<PromptSet> {
    const { name, source, prompts } = parseInput(newPromptSet, input);
    return inTransaction(this.db, async (tx) => {
      const sets = tx.getRepository(PromptSet);
      const inserted = await sets
        .insert({ name, source, promptCount: prompts.length })
        .catch(orNameTaken("A prompt set", name));
      const id: string = inserted.identifiers[0]?.id;
      await tx.query(
        `insert into prompts (prompt_set_id, position, text, tags)
         select $1, (p.ordinality - 1)::int, p.value ->> 'text', array(select jsonb_array_elements_text(p.value -> 'tags'))
         from jsonb_array_elements($2::jsonb) with ordinality p`,
        [id, JSON.stringify(prompts)],
      );
      return sets.findOneByOrFail({ id });
    });
  }

  sets(args: PageArgs): Promise<Page<PromptSet>> {
    const ordering = { name: "promptSets", columns: [{ sql: "s.id", type: "uuid" }], descending: true };
    return keysetPage(
      this.db.manager,
      { select: selectOf(this.db.manager, PromptSet, "s"), from: "prompt_sets s", ordering },
      args,
    );
  }

  prompts(setId: string, args: PageArgs): Promise<Page<Prompt>> {
    const ordering = { name: "prompts", columns: [{ sql: "p.position", type: "int" }] };
    const select = selectOf(this.db.manager, Prompt, "p");
    return keysetPage(
      this.db.manager,
      { select, from: "prompts p", where: ["p.prompt_set_id = $1"], params: [setId], ordering },
      args,
    );
  }
}
