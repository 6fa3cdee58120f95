import { library } from "../../tsup.base.ts";

export default library({
  index: "src/index.ts",
  backend: "src/backend/index.ts",
  "runtime-api": "src/runtime-api/index.ts",
  testing: "src/testing/index.ts",
});
