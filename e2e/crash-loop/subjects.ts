import { createHash } from "node:crypto";
import {
  CacheParameterGroupNotFoundFault,
  CreateCacheParameterGroupCommand,
  DeleteCacheParameterGroupCommand,
  DescribeCacheParameterGroupsCommand,
  DescribeCacheParametersCommand,
  ModifyCacheParameterGroupCommand,
} from "@aws-sdk/client-elasticache";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { elastiCacheClient, lambdaClient } from "../lib/clients.ts";
import { role, zipOf } from "../lib/functions.ts";
import { Tracked } from "./tracked.ts";

/** Something that one caller changes again and again, and that can be looked at after a crash. */
export interface Subject {
  /** One change. Rejects when the server goes meanwhile. */
  change(url: string, chance: () => number): Promise<void>;
  /** @throws Error for a change that was acknowledged and is not there, and for half of one */
  check(url: string): Promise<void>;
}

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
    change: async (url, chance) => {
      const client = lambdaClient(url);
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
            client.send(new CreateFunctionCommand({ ...input, ...more, Code: { ZipFile: zip } })),
          );
        } else if (chance() < 0.2) {
          await tracked.change(undefined, () => client.send(new DeleteFunctionCommand({ FunctionName })));
        } else if (chance() < 0.5) {
          const { zip, sha256 } = await code();
          await tracked.change({ ...before, sha256 }, () =>
            client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip })),
          );
        } else {
          const input = { FunctionName, Description: description, MemorySize: memory };
          await tracked.change({ ...before, description, memory }, () =>
            client.send(new UpdateFunctionConfigurationCommand(input)),
          );
        }
      } catch (error) {
        // An update is still in progress: refused, so nothing changed.
        if (!(error instanceof ResourceConflictException)) throw error;
        tracked.refused();
      } finally {
        client.destroy();
      }
    },
    check: async (url) => {
      const client = lambdaClient(url);
      try {
        const { Configuration, Code, Tags } = await client.send(new GetFunctionCommand({ FunctionName: name }));
        const bytes = Buffer.from(await (await fetch(Code?.Location ?? "")).arrayBuffer());
        const sha256 = createHash("sha256").update(bytes).digest("base64");
        if (sha256 !== Configuration?.CodeSha256) throw new Error(`the code of ${name} is not what its hash says`);
        const { Description: description = "", MemorySize: memory = 0 } = Configuration;
        tracked.settle({ description, memory, sha256, tag: Tags?.["of"] ?? "" });
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
        tracked.settle(undefined);
      } finally {
        client.destroy();
      }
    },
  };
}

interface ParameterGroupState {
  readonly description: string;
  readonly timeout: string;
  readonly samples: string;
}

/** A cache parameter group of which two parameters are always changed together. */
export function parameterGroupSubject(name: string): Subject {
  const tracked = new Tracked<ParameterGroupState>(`parameter group ${name}`);
  const group = { CacheParameterGroupName: name };
  return {
    change: async (url, chance) => {
      const client = elastiCacheClient(url);
      const before = tracked.known;
      const description = `described ${chance()}`;
      try {
        if (before === undefined) {
          const input = { ...group, CacheParameterGroupFamily: "redis7", Description: description };
          await tracked.change({ description, timeout: "0", samples: "3" }, () =>
            client.send(new CreateCacheParameterGroupCommand(input)),
          );
        } else if (chance() < 0.2) {
          await tracked.change(undefined, () => client.send(new DeleteCacheParameterGroupCommand(group)));
        } else {
          const [timeout, samples] = [20, 1].map((least) => String(least + Math.floor(chance() * 1_000)));
          const values = { timeout, "maxmemory-samples": samples };
          const ParameterNameValues = Object.entries(values).map(([ParameterName, ParameterValue]) => ({
            ParameterName,
            ParameterValue,
          }));
          await tracked.change({ ...before, timeout: timeout ?? "", samples: samples ?? "" }, () =>
            client.send(new ModifyCacheParameterGroupCommand({ ...group, ParameterNameValues })),
          );
        }
      } finally {
        client.destroy();
      }
    },
    check: async (url) => {
      const client = elastiCacheClient(url);
      try {
        const { CacheParameterGroups } = await client.send(new DescribeCacheParameterGroupsCommand(group));
        const { Parameters = [] } = await client.send(new DescribeCacheParametersCommand(group));
        const value = (wanted: string): string =>
          Parameters.find(({ ParameterName }) => ParameterName === wanted)?.ParameterValue ?? "";
        const description = CacheParameterGroups?.[0]?.Description ?? "";
        tracked.settle({ description, timeout: value("timeout"), samples: value("maxmemory-samples") });
      } catch (error) {
        if (!(error instanceof CacheParameterGroupNotFoundFault)) throw error;
        tracked.settle(undefined);
      } finally {
        client.destroy();
      }
    },
  };
}
