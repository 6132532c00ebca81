import type { EntityManager } from "typeorm";
import { UserError } from "../../shared/user-error.ts";
import type { ReadableStore } from "../artifacts/artifact.service.ts";
import { MatrixReader, openMatrix, type RowPlace } from "../features/feature.service.ts";
import { pagesOf } from "./pages.ts";

/** The images whose features are exported: a round's samples or a proxy set's items. */
export interface FeatureScope {
  of: "round" | "proxySet";
  id: string;
}

/** A row as the database has it; `place` is what it is besides an image. */
interface NamedRow {
  id: string;
  place: string;
  image: string;
  position: number;
  k: number;
  matrixSha256: string | null;
  row: number | null;
}

const PAGE = 1000;
/** Rows that are read and sent at once. */
const CHUNK = 500;
/** The limit of the reference implementation of safetensors. */
const MAX_HEADER_BYTES = 100_000_000;
const FLOAT_BYTES = 4;

/** $1 round, $2 encoder key, $3 rows, $4, $5 position and k of the row before. Index samples_by_place_idx. */
const ROUND_ROWS = `
select s.id, s.prompt_position || ':' || s.k as place, s.artifact_sha256 as image, s.prompt_position as position, s.k,
  f.matrix_sha256 as "matrixSha256", f."row"
from samples s left join feature_rows f on f.image_sha256 = s.artifact_sha256 and f.encoder_key = $2
where s.round_id = $1 and (s.prompt_position, s.k) > ($4::int, $5::int) order by s.prompt_position, s.k limit $3`;

/** $1 proxy set, $2 encoder key, $3 rows, $4 image before. Index proxy_items_proxy_set_id_artifact_sha256_key. */
const PROXY_ROWS = `
select i.id, i.split as place, i.artifact_sha256 as image, 0 as position, 0 as k, f.matrix_sha256 as "matrixSha256", f."row"
from proxy_items i left join feature_rows f on f.image_sha256 = i.artifact_sha256 and f.encoder_key = $2
where i.proxy_set_id = $1 and i.artifact_sha256 > $4 order by i.artifact_sha256 limit $3`;

/** $1 round or proxy set: the encoders that have seen its first image, each with one of their matrices. */
const ENCODERS: Record<FeatureScope["of"], string> = {
  round: `
select encoder_key as "key", min(matrix_sha256) as "matrixSha256" from feature_rows where image_sha256 = (
  select artifact_sha256 from samples where round_id = $1 order by prompt_position, k limit 1) group by 1 order by 1`,
  proxySet: `
select encoder_key as "key", min(matrix_sha256) as "matrixSha256" from feature_rows where image_sha256 = (
  select artifact_sha256 from proxy_items where proxy_set_id = $1 order by artifact_sha256 limit 1) group by 1 order by 1`,
};

function namedRows(db: EntityManager, { of, id }: FeatureScope, encoderKey: string): AsyncGenerator<NamedRow[]> {
  return pagesOf<NamedRow>(
    (after) =>
      of === "round"
        ? db.query(ROUND_ROWS, [id, encoderKey, PAGE, after?.position ?? -1, after?.k ?? -1])
        : db.query(PROXY_ROWS, [id, encoderKey, PAGE, after?.image ?? ""]),
    PAGE,
  );
}

/** The only encoder that has seen the images. @throws UserError FEATURES_MISSING, BAD_INPUT when there are several */
async function onlyEncoder(db: EntityManager, store: ReadableStore, scope: FeatureScope): Promise<string> {
  const found: { key: string; matrixSha256: string }[] = await db.query(ENCODERS[scope.of], [scope.id]);
  const [first] = found;
  if (!first)
    throw new UserError(
      "FEATURES_MISSING",
      "No encoder has seen these images yet; training or scoring makes their features.",
      "encoderKey",
    );
  if (found.length === 1) return first.key;
  const names = await Promise.all(
    found.map(async ({ key, matrixSha256 }) => `${key} (${(await openMatrix(store, matrixSha256)).encoder})`),
  );
  throw new UserError(
    "BAD_INPUT",
    `encoderKey: several encoders have seen these images: ${names.join(", ")}.`,
    "encoderKey",
  );
}

/** What the head of the file says of its rows, in order: who they are, and where they lie now. */
interface Rows {
  ids: string[];
  images: string[];
  places: string[];
  stored: RowPlace[];
}

/** @throws UserError FEATURES_MISSING */
async function findRows(db: EntityManager, scope: FeatureScope, encoderKey: string): Promise<Rows> {
  const rows: Rows = { ids: [], images: [], places: [], stored: [] };
  const matrices = new Map<string, string>();
  for await (const page of namedRows(db, scope, encoderKey))
    for (const { id, image, place, matrixSha256, row } of page) {
      rows.ids.push(id);
      rows.images.push(image);
      rows.places.push(place);
      if (matrixSha256 === null || row === null) continue;
      // One string for a matrix, not one for every row of it.
      const known = matrices.get(matrixSha256) ?? matrixSha256;
      matrices.set(known, known);
      rows.stored.push({ matrixSha256: known, row });
    }
  const missing = rows.ids.length - rows.stored.length;
  if (missing > 0 || rows.ids.length === 0)
    throw new UserError(
      "FEATURES_MISSING",
      `${missing} of ${rows.ids.length} images have no features by this encoder yet; training or scoring makes them.`,
      "encoderKey",
    );
  return rows;
}

function headerOf(rows: Rows, { width, metadata }: { width: number; metadata: Record<string, string> }): Buffer {
  const count = rows.ids.length;
  const features = { dtype: "F32", shape: [count, width], data_offsets: [0, count * width * FLOAT_BYTES] };
  const named = { ...metadata, rows: rows.ids.join("\n"), images: rows.images.join("\n") };
  const json = Buffer.from(JSON.stringify({ __metadata__: named, features }));
  const padded = Math.ceil(json.length / 8) * 8;
  if (padded > MAX_HEADER_BYTES)
    throw new UserError("TOO_LARGE", `The names of ${count} rows don't fit the header of a safetensors file.`, "id");
  const header = Buffer.alloc(8 + padded, " ");
  header.writeBigUInt64LE(BigInt(padded));
  json.copy(header, 8);
  return header;
}

/**
 * Features as one safetensors file: the tensor `features` [n, 2D] float32, and in the metadata, line by line, `rows` (ids of
 * samples or proxy items), `images` (sha256), and `places` (prompt position and k) or `splits`. Only the names are held in
 * memory, some 250 bytes a row.
 * @param encoderKey default: that of the only encoder that has seen the images
 * @throws UserError FEATURES_MISSING, BAD_INPUT, TOO_LARGE before the first byte
 */
export async function featureExport(
  db: EntityManager,
  store: ReadableStore,
  { scope, encoderKey }: { scope: FeatureScope; encoderKey: string | null },
): Promise<AsyncGenerator<Uint8Array>> {
  const key = encoderKey ?? (await onlyEncoder(db, store, scope));
  const rows = await findRows(db, scope, key);
  const { width, encoder } = await openMatrix(store, rows.stored[0]?.matrixSha256 ?? "");
  const places = { [scope.of === "round" ? "places" : "splits"]: rows.places.join("\n") };
  const header = headerOf(rows, { width, metadata: { encoder, encoderKey: key, ...places } });
  const reader = new MatrixReader(store, width);
  return (async function* () {
    yield header;
    for (let from = 0; from < rows.stored.length; from += CHUNK)
      yield await reader.rows(rows.stored.slice(from, from + CHUNK));
  })();
}
