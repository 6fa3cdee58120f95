import { library } from "@fc-repo/tsup-config";

export default library({
  index: "src/index.ts",
  backend: "src/backend/index.ts",
  conformance: "src/conformance/index.ts",
  testing: "src/testing/index.ts",
});
