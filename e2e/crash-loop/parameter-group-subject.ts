import {
  CacheParameterGroupNotFoundFault,
  CreateCacheParameterGroupCommand,
  DeleteCacheParameterGroupCommand,
  DescribeCacheParameterGroupsCommand,
  DescribeCacheParametersCommand,
  ModifyCacheParameterGroupCommand,
} from "@aws-sdk/client-elasticache";
import type { Subject } from "./subject.ts";
import { Tracked } from "./tracked.ts";

interface ParameterGroupState {
  readonly description: string;
  readonly timeout: string;
  readonly samples: string;
}

/** What redis7 has by default. */
const defaults = { timeout: "0", samples: "3" };

/** A cache parameter group of which two parameters are always changed together. */
export function parameterGroupSubject(name: string): Subject {
  const tracked = new Tracked<ParameterGroupState>(`parameter group ${name}`);
  const group = { CacheParameterGroupName: name };
  return {
    change: async ({ caches }, chance) => {
      const before = tracked.known;
      if (before === undefined) {
        const description = `described ${chance()}`;
        const input = { ...group, CacheParameterGroupFamily: "redis7", Description: description };
        await tracked.change({ description, ...defaults }, () =>
          caches.send(new CreateCacheParameterGroupCommand(input)),
        );
      } else if (chance() < 0.2) {
        await tracked.change(undefined, () => caches.send(new DeleteCacheParameterGroupCommand(group)));
      } else {
        const timeout = String(20 + Math.floor(chance() * 1_000));
        const samples = String(1 + Math.floor(chance() * 1_000));
        const ParameterNameValues = [
          { ParameterName: "timeout", ParameterValue: timeout },
          { ParameterName: "maxmemory-samples", ParameterValue: samples },
        ];
        await tracked.change({ ...before, timeout, samples }, () =>
          caches.send(new ModifyCacheParameterGroupCommand({ ...group, ParameterNameValues })),
        );
      }
      return true;
    },
    check: async ({ caches }) => {
      try {
        const { CacheParameterGroups } = await caches.send(new DescribeCacheParameterGroupsCommand(group));
        const { Parameters = [] } = await caches.send(new DescribeCacheParametersCommand(group));
        const value = (wanted: string): string =>
          Parameters.find(({ ParameterName }) => ParameterName === wanted)?.ParameterValue ?? "";
        const description = CacheParameterGroups?.[0]?.Description ?? "";
        tracked.settle({ description, timeout: value("timeout"), samples: value("maxmemory-samples") });
      } catch (error) {
        if (!(error instanceof CacheParameterGroupNotFoundFault)) throw error;
        tracked.settle(undefined);
      }
    },
  };
}
