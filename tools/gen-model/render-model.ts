import type { ServiceModel } from "@fc/aws";

/** model.json: sorted, one operation or shape per line, so that a change reads well in a diff. */
export function renderModel(model: ServiceModel): string {
  const lines = [
    "{",
    `"service": ${JSON.stringify(model.service)},`,
    `"sources": ${JSON.stringify(model.sources)},`,
    `"operations": {\n${entries(model.operations)}\n},`,
    `"shapes": {\n${entries(model.shapes)}\n}`,
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

function entries(record: Readonly<Record<string, unknown>>): string {
  return Object.keys(record)
    .sort()
    .map((name) => `${JSON.stringify(name)}: ${JSON.stringify(record[name])}`)
    .join(",\n");
}
