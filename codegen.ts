import type { CodegenConfig } from "@graphql-codegen/cli";

/** Typed documents for the dashboard, from the committed schema. */
const config: CodegenConfig = {
  schema: "shared/schema.graphql",
  documents: ["web/**/*.graphql.ts", "shared/**/*.graphql.ts"],
  ignoreNoDocuments: true,
  emitLegacyCommonJSImports: false,
  importExtension: ".ts",
  generates: {
    "web/graphql/generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false, gqlTagName: "graphql" },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { DateTimeISO: "string", JSONObject: "Record<string, unknown>", SafeInt: "number" },
      },
    },
  },
};
export default config;
