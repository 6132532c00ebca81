import type { ApolloServerPlugin } from "@apollo/server";
import { type DocumentNode, Kind } from "graphql";
import { UserError } from "../../shared/user-error.ts";
import { refusal } from "./errors.ts";

const namesIn = (document: DocumentNode): string[] =>
  document.definitions.flatMap((d) => (d.kind === Kind.OPERATION_DEFINITION ? (d.name?.value ?? []) : []));

/** Refuses a document from which no operation can be chosen; with an executor of its own, Apollo leaves that to us. */
export const knownOperation: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ document, operation, request: { operationName } }) {
        if (operation) return;
        const problem = operationName ? `There is no operation named ${operationName} here` : "Which operation to run?";
        const names = namesIn(document).join(", ");
        throw refusal(
          new UserError("BAD_INPUT", `${problem}; name one of: ${names || "none has a name"}.`, "operationName"),
        );
      },
    };
  },
};
