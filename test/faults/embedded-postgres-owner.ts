/** A process that owns an embedded Postgres until it is killed: node --import tsx embedded-postgres-owner.ts FOLDER */
import { startEmbeddedPostgres } from "../../server/database/embedded-postgres.ts";

const { url, pid } = await startEmbeddedPostgres({ dataDirectory: process.argv[2] ?? "" });
process.send?.({ url, pid });
setInterval(() => undefined, 60_000);
