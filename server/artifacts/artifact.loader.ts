import { entityById } from "../graphql/loader.ts";
import { Artifact } from "./artifact.entity.ts";

export const artifactBySha256 = entityById(Artifact, "sha256");
