import { UserError } from "../../../shared/user-error.ts";
import { loadClip } from "./clip.ts";
import { ENCODER_IDS, type Encoder } from "./encoder.ts";
import { loadMobilenet } from "./mobilenet.ts";

/** Loads an encoder into this process. Throws a UserError for an unknown id or a missing model file. */
export async function loadEncoder(
  id: string,
  { clipModel = process.env.GANRM_CLIP_MODEL }: { clipModel?: string } = {},
): Promise<Encoder> {
  if (id === "mobilenet-v2-mid") return loadMobilenet();
  if (id === "clip-vit-b32") return loadClip(clipModel);
  throw new UserError("BAD_INPUT", `There is no encoder "${id}"; there are ${ENCODER_IDS.join(" and ")}.`, "encoder");
}
