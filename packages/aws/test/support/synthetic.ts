import type { MemberModel, ServiceModel, Shape, SimpleShape } from "../../src/index.ts";

export const variants = ["full", "nasty", "float", "min", "empty"] as const;
export type Variant = (typeof variants)[number];

const nastyTexts = [
  " leading and trailing ",
  "a&b<c>d\"e'f",
  "%20+%2B/ü$LATEST",
  "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST",
  "emoji 🦊 line\r\nfeed\ttab\u2028sep\u0085nel",
  "__proto__",
];

/** A value for every member of a structure, unique within the call, in one of five manners. */
export function synthesize(model: ServiceModel, name: string, variant: Variant): Record<string, unknown> {
  return new Synthesizer(model, variant).structure(name);
}

class Synthesizer {
  readonly #model: ServiceModel;
  readonly #variant: Variant;
  #counter = 0;

  constructor(model: ServiceModel, variant: Variant) {
    this.#model = model;
    this.#variant = variant;
  }

  structure(name: string): Record<string, unknown> {
    const shape = this.#shape(name);
    if (shape.type !== "structure" && shape.type !== "union") throw new Error(`${name} is no structure`);
    const output: Record<string, unknown> = {};
    for (const [memberName, member] of Object.entries(shape.members)) {
      // Only what the SDK under test knows can come back.
      if (member.origin !== undefined || (this.#variant === "min" && member.required !== true)) continue;
      output[memberName] = this.#member(member);
      if (shape.type === "union") break;
    }
    return output;
  }

  #shape(name: string): Shape {
    const shape = this.#model.shapes[name];
    if (shape === undefined) throw new Error(`no shape ${name}`);
    return shape;
  }

  #member(member: MemberModel): unknown {
    const shape = this.#shape(member.shape);
    if (member.in === "statusCode") return 207;
    if (shape.type === "string" && (member.in === "header" || member.in === "label")) return this.#boundText(member.in);
    return this.#value(member.shape);
  }

  /** Headers carry visible ASCII, labels are never empty. */
  #boundText(location: "header" | "label"): string {
    this.#counter += 1;
    if (location === "header") return `value ${this.#counter}`;
    return this.#variant === "nasty" ? `arn:aws:x/${this.#counter} %2F+ü&?#$LATEST` : `label-${this.#counter}`;
  }

  #value(name: string): unknown {
    const shape = this.#shape(name);
    const empty = this.#variant === "empty";
    switch (shape.type) {
      case "structure":
        return this.structure(name);
      case "union":
        return shape.eventStream ? this.#events(name) : this.structure(name);
      case "list":
        return empty ? [] : [this.#value(shape.member), this.#value(shape.member)];
      case "map":
        if (empty) return {};
        return Object.fromEntries([this.#text(), "constructor"].map((key) => [key, this.#value(shape.value)]));
      default:
        return this.#simple(shape);
    }
  }

  async *#events(name: string): AsyncGenerator<unknown> {
    const shape = this.#shape(name);
    for (const [member, { shape: target }] of Object.entries(
      (shape as { members: Record<string, MemberModel> }).members,
    )) {
      yield { [member]: this.structure(target) };
    }
  }

  #text(): string {
    this.#counter += 1;
    if (this.#variant === "empty") return "";
    return this.#variant === "nasty"
      ? `${nastyTexts[this.#counter % nastyTexts.length]}${this.#counter} `
      : `text-${this.#counter}`;
  }

  #simple(shape: SimpleShape): unknown {
    this.#counter += 1;
    switch (shape.type) {
      case "string":
        return this.#text();
      case "boolean":
        return this.#counter % 2 === 0;
      case "timestamp":
        return new Date(1_700_000_000_000 + this.#counter * 1000 + (this.#variant === "nasty" ? 123 : 0));
      case "blob":
        return this.#variant === "empty" ? new Uint8Array() : new Uint8Array([0, 255, 10, 13, this.#counter % 256]);
      case "float":
      case "double":
        return this.#variant === "float" ? this.#counter + 0.125 : this.#counter;
      case "long":
        return this.#variant === "float" ? Number.MAX_SAFE_INTEGER - this.#counter : this.#counter;
      default:
        return this.#variant === "float" ? -this.#counter : this.#counter;
    }
  }
}
