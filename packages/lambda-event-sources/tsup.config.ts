import { library } from "@fc-repo/tsup-config";

export default library({ index: "src/index.ts" });
