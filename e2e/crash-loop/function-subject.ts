import { createHash } from "node:crypto";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { role, zipOf } from "../lib/functions.ts";
import type { Subject } from "./subject.ts";
import { Tracked } from "./tracked.ts";

interface FunctionState {
  readonly description: string;
  readonly memory: number;
  readonly sha256: string;
  readonly tag: string;
}

const memorySizes = [128, 256, 512];

/** A function: each operation changes more than one thing, so that a half of it would show. */
export function functionSubject(name: string): Subject {
  const tracked = new Tracked<FunctionState>(`function ${name}`);
  let count = 0;
  const code = async (): Promise<{ readonly zip: Buffer; readonly sha256: string }> => {
    count += 1;
    const zip = await zipOf({ "index.mjs": `export const handler = async () => ${count};` });
    return { zip, sha256: createHash("sha256").update(zip).digest("base64") };
  };
  return {
    change: async ({ lambda }, chance) => {
      const FunctionName = name;
      const before = tracked.known;
      const memory = memorySizes[Math.floor(chance() * memorySizes.length)] ?? 128;
      const description = `${memory} MB ${chance()}`;
      try {
        if (before === undefined) {
          const { zip, sha256 } = await code();
          const input = { FunctionName, Runtime: "nodejs22.x", Handler: "index.handler", Role: role } as const;
          const more = { Description: description, MemorySize: memory, Tags: { of: description } };
          await tracked.change({ description, memory, sha256, tag: description }, () =>
            lambda.send(new CreateFunctionCommand({ ...input, ...more, Code: { ZipFile: zip } })),
          );
        } else if (chance() < 0.2) {
          await tracked.change(undefined, () => lambda.send(new DeleteFunctionCommand({ FunctionName })));
        } else if (chance() < 0.5) {
          const { zip, sha256 } = await code();
          await tracked.change({ ...before, sha256 }, () =>
            lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip })),
          );
        } else {
          const input = { FunctionName, Description: description, MemorySize: memory };
          await tracked.change({ ...before, description, memory }, () =>
            lambda.send(new UpdateFunctionConfigurationCommand(input)),
          );
        }
      } catch (error) {
        // An update is still in progress: refused, so nothing changed.
        if (!(error instanceof ResourceConflictException)) throw error;
        tracked.refused();
        return false;
      }
      return true;
    },
    check: async ({ lambda }) => {
      try {
        const { Configuration, Code, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
        const bytes = Buffer.from(await (await fetch(Code?.Location ?? "")).arrayBuffer());
        const sha256 = createHash("sha256").update(bytes).digest("base64");
        if (sha256 !== Configuration?.CodeSha256) throw new Error(`the code of ${name} is not what its hash says`);
        const { Description: description = "", MemorySize: memory = 0 } = Configuration;
        tracked.settle({ description, memory, sha256, tag: Tags?.["of"] ?? "" });
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
        tracked.settle(undefined);
      }
    },
  };
}
