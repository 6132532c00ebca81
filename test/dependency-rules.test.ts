import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "..");
const CONFIG = path.join(ROOT, ".dependency-cruiser.cjs");
const CRUISER = path.join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
const TREES = ["server", "web", "shared", "migrations", "test", "tools"];
const { forbidden } = createRequire(import.meta.url)(CONFIG) as { forbidden: { name: string; severity: string }[] };
const DOMAINS = forbidden.flatMap(({ name }) => /^domain-order:(.*)$/.exec(name)?.[1] ?? []);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-rules-"));
  cpSync(path.join(ROOT, "tsconfig.json"), path.join(folder, "tsconfig.json"));
  const dependencies: Record<string, string> = {};
  for (const name of ["pg", "typeorm", "graphql", "type-graphql", "onnxruntime-node", "pg-boss", "react", "express"]) {
    dependencies[name] = "1.0.0";
    install(name);
  }
  install("vitest");
  install("stowaway");
  write("package.json", JSON.stringify({ type: "module", dependencies, devDependencies: { vitest: "1.0.0" } }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

function install(name: string): void {
  write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
  write(`node_modules/${name}/index.js`, "export default 1;");
}

/** Writes a file that imports the others: paths from the root, or the names of packages. */
function module(file: string, ...imports: string[]): void {
  const lines = imports.map((to, i) => {
    const isPath = TREES.includes(to.split("/")[0] ?? "");
    const relative = path.posix.relative(path.posix.dirname(file), to);
    const specifier = !isPath ? to : relative.startsWith(".") ? relative : `./${relative}`;
    return `import imported${i} from "${specifier}";\nexport const used${i} = imported${i};`;
  });
  write(file, [...lines, "export default 1;"].join("\n"));
}

interface Violation {
  rule: { name: string };
  from: string;
  to: string;
}

/** @returns "rule: from -> to" for each violation, sorted */
function violations(): string[] {
  for (const tree of TREES) mkdirSync(path.join(folder, tree), { recursive: true });
  const run = spawnSync(process.execPath, [CRUISER, "--config", CONFIG, "--output-type", "json", ...TREES], {
    cwd: folder,
    encoding: "utf8",
  });
  if (!run.stdout) throw new Error(run.stderr);
  const { summary } = JSON.parse(run.stdout) as { summary: { violations: Violation[] } };
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort();
}

/** The project in miniature: every kind of file with every import that it may have. */
function writeCleanTree(): void {
  module("shared/enums.ts");
  module("server/graphql/connection.ts", "graphql", "shared/enums.ts");
  module("server/database/transaction.ts", "pg", "typeorm");
  for (const [i, domain] of DOMAINS.entries()) {
    const before = DOMAINS.slice(0, i).map((name) => `server/${name}/${name}.service.ts`);
    module(`server/${domain}/${domain}.entity.ts`, "type-graphql", "typeorm", "server/graphql/connection.ts");
    module(`server/${domain}/${domain}.service.ts`, "server/database/transaction.ts", "shared/enums.ts", ...before);
    module(`server/${domain}/${domain}.resolver.ts`, `server/${domain}/${domain}.service.ts`, "type-graphql");
    module(`server/${domain}/${domain}.sql.ts`);
  }
  module("server/jobs/queue.ts", "pg-boss");
  module("server/ml/onnx/session.ts", "onnxruntime-node", "node:fs", "shared/enums.ts");
  module("server/ml/reward/train.ts", "server/ml/onnx/session.ts");
  module("server/worker/main.ts", "server/ml/reward/train.ts", "shared/enums.ts");
  module("server/main.ts", "express", ...DOMAINS.map((domain) => `server/${domain}/${domain}.resolver.ts`));
  module("migrations/index.ts", "migrations/1-first.ts");
  module("migrations/1-first.ts", "typeorm");
  module("web/components/Badge.tsx", "react", "shared/enums.ts");
  module("web/features/rounds/RoundPage.tsx", "web/components/Badge.tsx");
  module("web/features/jobs/JobList.tsx", "web/components/Badge.tsx");
  module("web/app/page.tsx", "web/features/rounds/RoundPage.tsx");
  module("tools/demo/run.ts", "server/main.ts");
  module("test/support/server.ts", "server/main.ts", "vitest");
  module("server/main.test.ts", "test/support/server.ts", "vitest");
  write("server/auth/circle.ts", 'import type { B } from "./round.ts";\nexport interface A { b: B }');
  write("server/auth/round.ts", 'import type { A } from "./circle.ts";\nexport interface B { a: A }');
}

/** [the rule, a file, what it must not import]. */
const INJECTED: [string, string, string][] = [
  ["shared-is-a-leaf", "shared/statistics.ts", "server/graphql/connection.ts"],
  ["shared-is-pure", "shared/read.ts", "node:fs"],
  ["shared-knows-no-framework", "shared/hook.ts", "react"],
  ["ml-knows-no-product", "server/ml/reward/history.ts", "server/database/transaction.ts"],
  ["ml-knows-no-product", "server/ml/reward/list.ts", "server/graphql/connection.ts"],
  ["onnx-is-the-floor-of-ml", "server/ml/onnx/graph.ts", "server/ml/reward/train.ts"],
  ["worker-speaks-only-graphql", "server/worker/store.ts", "server/database/transaction.ts"],
  ["platform-knows-no-domain", "server/graphql/registry.ts", "server/auth/auth.service.ts"],
  ["platform-knows-no-domain", "server/database/entities.ts", "server/auth/auth.entity.ts"],
  ...DOMAINS.slice(1).map((later, i): [string, string, string] => [
    `domain-order:${DOMAINS[i]}`,
    `server/${DOMAINS[i]}/early.service.ts`,
    `server/${later}/${later}.service.ts`,
  ]),
  ["domain-order:shares", "server/shares/learn.service.ts", "server/ml/reward/train.ts"],
  ["neighbours-by-the-front-door", "server/samples/reach.service.ts", "server/rounds/rounds.sql.ts"],
  ["resolvers-hold-no-sql", "server/rounds/round.resolver.ts", "server/database/transaction.ts"],
  ["resolvers-hold-no-sql", "server/rounds/list.resolver.ts", "typeorm"],
  ["resolvers-hold-no-sql", "server/rounds/raw.resolver.ts", "pg"],
  ["services-know-no-graphql", "server/rounds/round.service.ts", "graphql"],
  ["services-know-no-graphql", "server/rounds/list.service.ts", "type-graphql"],
  ["one-door-to-onnxruntime", "server/ml/reward/score.ts", "onnxruntime-node"],
  ["one-door-to-pg-boss", "server/samples/queue.ts", "pg-boss"],
  ["migrations-are-frozen", "migrations/2-second.ts", "server/auth/auth.entity.ts"],
  ["pages-compose-features", "web/app/layout.tsx", "server/main.ts"],
  ["features-do-not-know-each-other", "web/features/rounds/Jobs.tsx", "web/features/jobs/JobList.tsx"],
  ["components-know-no-feature", "web/components/Card.tsx", "web/features/jobs/JobList.tsx"],
  ["web-knows-no-server", "web/features/jobs/useJob.ts", "server/main.ts"],
  ["server-knows-no-web", "server/web.ts", "web/components/Badge.tsx"],
  ["nothing-imports-tests", "server/helper.ts", "test/support/server.ts"],
  ["nothing-imports-tools", "server/seed.ts", "tools/demo/run.ts"],
  ["product-needs-no-dev-dependency", "server/assert.ts", "vitest"],
  ["dependencies-are-listed", "server/smuggle.ts", "stowaway"],
];

test("the project in miniature breaks no rule, a circle of types included", () => {
  writeCleanTree();
  expect(violations()).toEqual([]);
});

test("every rule reports the import that breaks it", () => {
  writeCleanTree();
  for (const [, file, to] of INJECTED) module(file, to);
  module("server/auth/hen.ts", "server/auth/egg.ts");
  module("server/auth/egg.ts", "server/auth/hen.ts");
  const expected = INJECTED.map(([rule, from, to]) => {
    const isPackage = !TREES.includes(to.split("/")[0] ?? "") && !to.startsWith("node:");
    return `${rule}: ${from} -> ${isPackage ? `node_modules/${to}/index.js` : to.replace("node:", "")}`;
  });
  const found = violations();
  expect(found).toEqual(expect.arrayContaining(expected));
  expect(found).toContain("no-cycles: server/auth/egg.ts -> server/auth/hen.ts");
  // Some imports break a second rule; nothing else is reported than what was injected.
  const injected = [...INJECTED.map(([, file]) => file), "server/auth/hen.ts", "server/auth/egg.ts"];
  expect(found.filter((line) => !injected.some((file) => line.includes(`: ${file} -> `)))).toEqual([]);
  // And no rule is left that nothing here broke; the last domain has none after it, so another import stands for it.
  const broken = new Set(found.map((line) => line.slice(0, line.indexOf(": "))));
  expect(forbidden.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
});

test("the order of the domains is the design's, and every rule is an error", () => {
  const design =
    "auth artifacts jobs prompts proxy-data policies experiments rounds reward-models samples pairs metrics ablations studies";
  expect(DOMAINS.filter((domain) => design.split(" ").includes(domain)).join(" ")).toBe(design);
  expect(forbidden.filter(({ severity }) => severity !== "error")).toEqual([]);
});
