import { entityById } from "../graphql/loader.ts";
import { Prompt, PromptSet } from "./prompt.entity.ts";

export const promptById = entityById(Prompt);
export const promptSetById = entityById(PromptSet);
