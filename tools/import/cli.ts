/** `npm run import -- --name NAME --samples PATH --proxy PATH [--encoder ID] [--api URL] [--token-file FILE]` */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ApiClient } from "../../shared/api-client.ts";
import { importExperiment } from "./import-experiment.ts";

const { values } = parseArgs({
  options: {
    name: { type: "string" },
    samples: { type: "string" },
    proxy: { type: "string" },
    encoder: { type: "string" },
    api: { type: "string", default: "http://127.0.0.1:4400" },
    "token-file": { type: "string", default: "data/admin-token" },
  },
});
const { name, samples, proxy, encoder, api } = values;
if (!name || !samples || !proxy) {
  process.stderr.write(
    "Usage: npm run import -- --name NAME --samples PATH --proxy PATH [--encoder ID] [--api URL] [--token-file FILE]\n",
  );
  process.exit(2);
}
try {
  const token = process.env.GANRM_TOKEN ?? readFileSync(values["token-file"], "utf8").trim();
  const report = await importExperiment(new ApiClient({ url: api, token, patience: 5_000 }), {
    name,
    samples,
    proxy,
    encoder,
    onProblem: ({ file, line, reason, fix }) =>
      process.stderr.write(`${file}${line ? `:${line}` : ""}: ${reason} ${fix}\n`),
  });
  process.stdout.write(
    `${report.samples} samples and ${report.proxyImages} proxy images went in, ${report.problems} problems.\n${api}/experiments/${report.experimentId}\n`,
  );
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
