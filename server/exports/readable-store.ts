import type { ArtifactService } from "../artifacts/artifact.service.ts";

/** Where the bytes of images and matrices are read from. */
export type ReadableStore = Pick<ArtifactService["store"], "read">;
