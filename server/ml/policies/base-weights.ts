import { fileURLToPath } from "node:url";

/** The embedded policy as pretraining left it: G^0 of the demo, for `loadPolicy`. What it is says BASE-CARD.md beside it. */
export const BASE_WEIGHTS = fileURLToPath(new URL("flow/base.safetensors", import.meta.url));
