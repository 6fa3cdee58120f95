// Writes model.json and src/model.generated.ts of every service package.
//   node --conditions=@fc/source tools/gen-model/run.ts [--botocore FOLDER]
// FOLDER is a botocore package folder; default: the one that python3 imports. Take one as new as the SDK.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installedBotocore } from "./botocore.ts";
import { generateModel } from "./generate-model.ts";
import { renderModel } from "./render-model.ts";
import { renderTypes } from "./render-types.ts";
import { generatedServices } from "./services.ts";

const { values } = parseArgs({ options: { botocore: { type: "string" } } });
const botocore = values.botocore ?? installedBotocore();
for (const service of generatedServices) {
  const { model, notes } = await generateModel(service, botocore);
  const folder = new URL(`../../packages/${service.package}/`, import.meta.url);
  writeFileSync(new URL("model.json", folder), renderModel(model));
  writeFileSync(new URL("src/model.generated.ts", folder), renderTypes(model));
  const counts = `${Object.keys(model.operations).length} operations, ${Object.keys(model.shapes).length} shapes`;
  console.log(`${fileURLToPath(folder)}: ${counts}`);
  for (const note of notes) console.log(`  ${note}`);
}
