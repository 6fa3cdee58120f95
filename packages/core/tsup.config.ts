import { library } from "@fc-repo/tsup-config";

export default library({
  index: "src/index.ts",
  certificates: "src/certificates/index.ts",
  conformance: "src/conformance/index.ts",
});
