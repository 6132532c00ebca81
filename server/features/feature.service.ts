import { type DataSource, In } from "typeorm";
import { z } from "zod";
import { ArtifactKind } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import type { ArtifactService } from "../artifacts/artifact.service.ts";
import { inTransaction } from "../database/transaction.ts";
import { FeatureRow } from "./feature-row.entity.ts";

export { MatrixReader, openMatrix, type RowPlace } from "./matrix-reader.ts";

declare module "../graphql/context.ts" {
  interface Services {
    features: FeatureService;
  }
}

const MAX_IMAGES = 5000;
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits");
const images = z
  .array(sha256)
  .min(1, "must name at least one image")
  .max(MAX_IMAGES, `must name at most ${MAX_IMAGES} images`)
  .refine((hashes) => new Set(hashes).size === hashes.length, "must name each image once");
const question = z.object({ encoderKey: sha256, images });
const matrix = question.extend({ matrixSha256: sha256 });

/** $1 encoder key, $2 matrix, $3 its images in order of rows. Sorted, so that two workers don't wait for each other in a circle. */
const INSERT_ROWS = `
insert into feature_rows (image_sha256, encoder_key, matrix_sha256, "row")
select image, $1, $2, place - 1 from unnest($3::text[]) with ordinality as t(image, place) order by image
on conflict (image_sha256, encoder_key) do nothing`;

/** Remembers which images an encoder has seen, so that no worker encodes them again. */
export class FeatureService {
  constructor(
    private readonly db: DataSource,
    private readonly artifacts: ArtifactService,
  ) {}

  /** Where the features of these images are; images that were not encoded yet are left out. @throws UserError BAD_INPUT */
  find(input: unknown): Promise<FeatureRow[]> {
    const { encoderKey, images } = parseInput(question, input);
    return this.db.getRepository(FeatureRow).findBy({ encoderKey, imageSha256: In(images) });
  }

  /**
   * Records an uploaded matrix, row i for image i. An image that is recorded already, by a worker that was faster, keeps
   * its first row. @returns where the features of all these images are now. @throws UserError BAD_INPUT, ARTIFACT_MISSING
   */
  async register(input: unknown): Promise<FeatureRow[]> {
    const { encoderKey, matrixSha256, images } = parseInput(matrix, input);
    await this.artifacts.require(matrixSha256, ArtifactKind.FEATURES, "matrixSha256");
    const [missing] = await this.artifacts.missing(images);
    if (missing)
      throw new UserError("ARTIFACT_MISSING", `No artifact ${missing}.`, `images[${images.indexOf(missing)}]`);
    return inTransaction(this.db, async (tx) => {
      await tx.query(INSERT_ROWS, [encoderKey, matrixSha256, images]);
      return tx.getRepository(FeatureRow).findBy({ encoderKey, imageSha256: In(images) });
    });
  }
}
