import type { DataSource } from "typeorm";
import { z } from "zod";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import type { ArtifactService } from "../artifacts/artifact.service.ts";
import { MatrixReader, openMatrix, type RowPlace } from "../features/feature.service.ts";
import type { ProxyItem } from "../proxy-data/proxy-set.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    nearestProxyItems: NearestProxyItemsService;
  }
}

/** An item of the proxy set, and how far a sample is from it. */
export interface NearProxyItem {
  item: ProxyItem;
  /** 1 - cos of the two images' features, in [0, 2]; 0: the same direction */
  distance: number;
}

export interface NearestProxyItems {
  /** the encoder's name and version */
  encoder: string;
  /** items that were looked at: those that this encoder has seen, at most MOST_ITEMS */
  compared: number;
  /** items of the proxy set */
  itemCount: number;
  items: NearProxyItem[];
}

const asked = z.object({
  sampleId: z.uuid("must be an id (a UUID)").toLowerCase(),
  first: z.number().int().min(1, "must be 1 to 24").max(24, "must be 1 to 24"),
});

/**
 * 270 MB of the default encoder's features, read a piece at a time: 2.4 to 3.4 s on 2 cores with a load of 12, memory grew by 15 MB, other
 * requests waited 87 ms at most. The paper's 500 items are a hundredth of it.
 */
const MOST_ITEMS = 50_000;
/** Rows in memory at once: 2.7 MB of the default encoder's. */
const ROWS_AT_ONCE = 500;

/** $1 sample. Whose proxy set it is compared with, by which encoder. */
const SCOPE = `
select s.artifact_sha256 as image, e.encoder, e.proxy_set_id as "proxySetId", x.train_count + x.held_out_count as "itemCount"
from samples s join rounds r on r.id = s.round_id join experiments e on e.id = r.experiment_id
join proxy_sets x on x.id = e.proxy_set_id where s.id = $1`;

/** $1 image. Where each encoder's features of it lie; primary key of feature_rows. */
const ROWS_OF_IMAGE = `
select encoder_key as "encoderKey", matrix_sha256 as "matrixSha256", "row" from feature_rows where image_sha256 = $1 order by 1`;

/** $1 proxy set, $2 encoder key, $3 most. In the order they are stored in, so that they are read in long pieces. */
const ROWS_OF_PROXY_SET = `
select i.id, f.matrix_sha256 as "matrixSha256", f."row" from proxy_items i
join feature_rows f on f.image_sha256 = i.artifact_sha256 and f.encoder_key = $2
where i.proxy_set_id = $1 order by f.matrix_sha256, f."row" limit $3`;

/** $1 ids. */
const ITEMS = `
select id, proxy_set_id as "proxySetId", artifact_sha256 as "artifactSha256", split, file_name as "fileName", prompt
from proxy_items where id = any($1)`;

interface Scope {
  image: string;
  encoder: string;
  proxySetId: string;
  itemCount: number;
}

/** Which of the images that are wanted does a sample look like to the encoder? Answered from stored features alone. */
export class NearestProxyItemsService {
  constructor(
    private readonly db: DataSource,
    private readonly artifacts: Pick<ArtifactService, "store">,
  ) {}

  /**
   * The nearest items of its experiment's proxy set, nearest first, by the features of the experiment's encoder; null while the
   * sample was not encoded. @throws UserError BAD_INPUT, NOT_FOUND
   */
  async find(input: unknown): Promise<NearestProxyItems | null> {
    const { sampleId, first } = parseInput(asked, input);
    const [scope]: Scope[] = await this.db.query(SCOPE, [sampleId]);
    if (!scope) throw new UserError("NOT_FOUND", `No sample ${sampleId}.`, "sampleId");
    const own = await this.rowOf(scope);
    if (!own) return null;
    const places: (RowPlace & { id: string })[] = await this.db.query(ROWS_OF_PROXY_SET, [
      ...[scope.proxySetId, own.encoderKey, MOST_ITEMS],
    ]);
    const reader = new MatrixReader(this.artifacts.store, own.width);
    const image = floatsOf(await reader.rows([own]));
    const near = new Nearest(first);
    for (let start = 0; start < places.length; start += ROWS_AT_ONCE) {
      const piece = places.slice(start, start + ROWS_AT_ONCE);
      const rows = floatsOf(await reader.rows(piece));
      for (const [i, { id }] of piece.entries())
        near.offer({ id, distance: cosineDistance(image, rows.subarray(i * own.width, (i + 1) * own.width)) });
    }
    const items = await this.itemsOf(near.found);
    return { encoder: own.encoder, compared: places.length, itemCount: scope.itemCount, items };
  }

  /** Where the features of the sample's image by the experiment's encoder lie; its newest version that has seen it. */
  private async rowOf({ image, encoder }: Scope): Promise<(RowPlace & { encoderKey: string } & OpenedMatrix) | null> {
    const rows: (RowPlace & { encoderKey: string })[] = await this.db.query(ROWS_OF_IMAGE, [image]);
    const opened = await Promise.all(
      rows.map(async (row) => ({ ...row, ...(await openMatrix(this.artifacts.store, row.matrixSha256)) })),
    );
    const its = opened.filter((row) => row.encoder.split(" ")[0] === encoder);
    return its.toSorted((a, b) => a.encoder.localeCompare(b.encoder, "en", { numeric: true })).at(-1) ?? null;
  }

  private async itemsOf(found: readonly Found[]): Promise<NearProxyItem[]> {
    const items: ProxyItem[] = await this.db.query(ITEMS, [found.map(({ id }) => id)]);
    const byId = new Map(items.map((item) => [item.id, item]));
    return found.flatMap(({ id, distance }) => {
      const item = byId.get(id);
      return item ? [{ item, distance }] : [];
    });
  }
}

type OpenedMatrix = Awaited<ReturnType<typeof openMatrix>>;

interface Found {
  id: string;
  distance: number;
}

/** The few nearest of all that are offered, nearest first. */
class Nearest {
  readonly found: Found[] = [];
  constructor(private readonly most: number) {}

  offer(one: Found): void {
    const last = this.found.at(-1);
    if (last && this.found.length === this.most && one.distance >= last.distance) return;
    const at = this.found.findIndex(({ distance }) => distance > one.distance);
    this.found.splice(at < 0 ? this.found.length : at, 0, one);
    this.found.length = Math.min(this.found.length, this.most);
  }
}

/** Stored rows are little-endian float32, as this machine's are. */
const floatsOf = (bytes: Buffer): Float32Array =>
  new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);

/**
 * 1 - a.b / (|a| |b|), in [0, 2], in double precision; 1 where either has no length.
 * @param a [D] features   @param b [D] features
 */
function cosineDistance(a: Float32Array, b: Float32Array): number {
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    dot += x * y;
    lengthA += x * x;
    lengthB += y * y;
  }
  const lengths = Math.sqrt(lengthA * lengthB);
  return lengths === 0 ? 1 : Math.min(2, Math.max(0, 1 - dot / lengths));
}
