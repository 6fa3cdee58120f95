import type { Clock, Logger, Semaphore } from "@fc/core";
import type { ImageHandler } from "../../images/image-handler.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import type { ActiveValues } from "../active-values.ts";
import type { AddressPool } from "../address-pool.ts";
import type { ConfigChanges } from "../config-changes.ts";
import type { RecordEvent } from "../event-recorder.ts";
import type { Isolation } from "../isolation/isolation.ts";
import type { OutputPipes } from "../isolation/output-pipes.ts";
import type { MemoryWatchdog } from "../memory-watchdog.ts";
import type { Pod } from "../pod-types.ts";
import type { ConfigSource } from "./config-source.ts";
import type { NodeCapacity, PodAddresses } from "./downward-field.ts";

/** What the nodes of an agent share. */
export interface SharedServices {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly isolation: Isolation;
  readonly imageHandlers: readonly ImageHandler[];
  readonly memory: MemoryWatchdog;
  readonly capacity: NodeCapacity;
  /** Bounds how many processes are started at once. */
  readonly starts: Semaphore;
  readonly outputPipes: OutputPipes;
  readonly addresses: AddressPool;
  readonly configChanges: ConfigChanges;
  /** Faults on demand: how long a Pod stays in ContainerCreating, and how late its status is written. */
  readonly startDelaysMs: ActiveValues;
  readonly pullDelaysMs: ActiveValues;
  readonly statusDelaysMs: ActiveValues;
  readonly hostIp: string;
  /** Folder of everything the agent keeps. */
  readonly directory: string;
  /** The server's user id. */
  readonly uid: number | undefined;
}

/** What the parts of one node share. */
export interface AgentServices extends SharedServices {
  readonly nodeName: string;
  readonly record: RecordEvent;
  /** While it holds, nothing that happens on the node is reported. */
  readonly isLost: () => boolean;
}

/** What the containers of a Pod share. */
export interface PodContext {
  readonly services: AgentServices;
  /** The Pod as last seen. */
  readonly pod: Pod;
  /** The Pod's own folder. */
  readonly directory: string;
  readonly addresses: PodAddresses;
  readonly source: ConfigSource;
  /** Volume name → host folder. */
  readonly volumes: ReadonlyMap<string, string>;
  /** To be called after a change of a container's status. */
  readonly changed: () => void;
  /** Resolves at once, unless the node is lost: then when it is back. */
  readonly nodeBack: () => Promise<void>;
}
