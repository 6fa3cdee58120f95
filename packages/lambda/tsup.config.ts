import { library } from "@fc-repo/tsup-config";

export default library({
  index: "src/index.ts",
  backend: "src/backend/index.ts",
  conformance: "src/conformance/index.ts",
  "event-sources": "src/event-sources/index.ts",
  code: "src/code/index.ts",
  "runtime-api": "src/runtime-api/index.ts",
  testing: "src/testing/index.ts",
});
