import type { Fault } from "../testing/fault-proxy/fault.ts";
import { faults } from "../testing/fault-proxy/faults.ts";
import type { FaultOperation } from "./fault-operation.ts";
import { identityOperations } from "./identity-operations.ts";
import { streamOperations } from "./stream-operations.ts";
import { unaryOperations } from "./unary-operations.ts";

/** What befalls an operation. */
export interface Trouble {
  readonly name: string;
  /** Undefined: the whole API server is away, */
  readonly fault: Fault | undefined;
  /** for so many milliseconds of the caller's waiting. */
  readonly awayMs: number;
  /** How many requests it meets, or that it does not end. */
  readonly times: number;
  /** It meets requests only: a stream that is open is cut, so that the next request is met. */
  readonly atRequest: boolean;
  /** Nothing comes: the caller has to give up. */
  readonly silent: boolean;
}

/** What the caller sees: the right value after so many requests, or an error. */
export type Outcome = { readonly requests: number } | { readonly code: string; readonly message: RegExp };

/** One row: what befalls which operation, and what its caller sees. */
export interface FaultRow {
  readonly operation: string;
  readonly trouble: Trouble;
  readonly outcome: Outcome;
  readonly run: FaultOperation;
}

const forGood = Number.POSITIVE_INFINITY;
const trouble = (name: string, fault: Fault | undefined, options: Partial<Trouble> = {}): Trouble => ({
  ...{ name, fault, awayMs: 0, times: 1, atRequest: false, silent: false },
  ...options,
});
const atRequest = { atRequest: true } as const;

const unsent: Trouble = trouble("dropped before the request", faults.dropConnection("before-request"), atRequest);
const unanswered: Trouble = trouble("dropped before the answer", faults.dropConnection("before-answer"), atRequest);
const halved: Trouble = trouble("cut within the answer", faults.dropConnection("mid-body"));
const late: Trouble = trouble("late", faults.delay(50), atRequest);
const slow: Trouble = trouble("slow", faults.slow(100_000));
const frozen: Trouble = trouble("frozen", faults.freeze(), { silent: true });
const frozenForGood: Trouble = trouble("frozen for good", faults.freeze(), { times: forGood, silent: true });
const status401: Trouble = trouble("HTTP 401", faults.status(401), atRequest);
const status410: Trouble = trouble("HTTP 410", faults.status(410), atRequest);
const status429: Trouble = trouble(
  "HTTP 429 with Retry-After",
  faults.status(429, { retryAfterSeconds: 2 }),
  atRequest,
);
const status500: Trouble = trouble("HTTP 500", faults.status(500), atRequest);
const status503: Trouble = trouble(
  "HTTP 503 with Retry-After",
  faults.status(503, { retryAfterSeconds: 2 }),
  atRequest,
);
const status503ForGood: Trouble = trouble("HTTP 503 for good", faults.status(503), { atRequest: true, times: forGood });
const event410: Trouble = trouble("ERROR event 410", faults.watchError(410));
const event500: Trouble = trouble("ERROR event 500", faults.watchError(500));
const halfEvent: Trouble = trouble("half an event", faults.cutWatchEvent());
const statusCut: Trouble = trouble("cut before its status", faults.truncateExec("cut"));
const statusClosed: Trouble = trouble("closed before its status", faults.truncateExec("close"));
const statusDropped: Trouble = trouble("without its status", faults.truncateExec("drop-status"));
const away: Trouble = trouble("API away", undefined, { awayMs: forGood });
const awayAndBack: Trouble = trouble("API away, back at the next try", undefined);
const awayForLong: Trouble = trouble("API away for 60 s", undefined, { awayMs: 60_000 });

/** The right value, after so many requests that the fault could have met. */
const value = (requests: number): Outcome => ({ requests });
const error = (code: string, message: RegExp): Outcome => ({ code: `FC_K8S_${code}`, message });
const lost: Outcome = error("UNREACHABLE", /socket hang up/);
const silent: Outcome = error("UNREACHABLE", /no answer within 10000 ms/);
const refused: Outcome = error("UNREACHABLE", /ECONNREFUSED/);
const answered = (code: string, httpStatus: number): Outcome => error(code, new RegExp(`: ${httpStatus} `));
const withoutStatus = (closeCode: number): Outcome =>
  error("EXEC_FAILED", new RegExp(`ended without a status \\(WebSocket close ${closeCode}\\): output may be missing`));

type Column = readonly (readonly [Trouble, Outcome])[];

/** What may happen twice is sent again, whatever became of the first. */
const idempotent: Column = [
  [unsent, value(2)],
  [unanswered, value(2)],
  [halved, value(2)],
  [late, value(1)],
  [slow, value(1)],
  [frozen, value(2)],
  [frozenForGood, silent],
  [status401, value(2)],
  [status410, answered("GONE", 410)],
  [status429, value(2)],
  [status500, value(2)],
  [status503, value(2)],
  [status503ForGood, answered("UNAVAILABLE", 503)],
  [away, refused],
  [awayAndBack, value(1)],
];

/** What must not happen twice is sent again only when the cluster has said, or cannot have known, that it did not happen. */
const once: Column = [
  [unsent, lost],
  [unanswered, lost],
  [late, value(1)],
  [slow, value(1)],
  [frozen, silent],
  [status401, value(2)],
  [status429, value(2)],
  [status500, answered("UNAVAILABLE", 500)],
  [status503, value(2)],
  [away, refused],
  [awayAndBack, value(1)],
];

/** A stream that goes on by itself: however it broke, nothing is lost. */
const resumed: Column = [
  [unsent, value(2)],
  [unanswered, value(2)],
  [halved, value(1)],
  [late, value(1)],
  [slow, value(0)],
  [status401, value(2)],
  [status429, value(2)],
  [status500, value(2)],
  [status503, value(2)],
  [awayAndBack, value(1)],
  [awayForLong, value(1)],
];

/** A watch ends in some ways of its own. */
const watched: Column = [
  ...resumed,
  [frozen, value(1)],
  [status410, value(2)],
  [event410, value(1)],
  [event500, value(1)],
  [halfEvent, value(1)],
];

const dialFailed = (message: RegExp): Outcome => error("DIAL_FAILED", message);
const connectFailed = (message: RegExp): Outcome => error("CONNECT_FAILED", message);

const { get, list, create, patch } = unaryOperations;
const { waitForPod, onPodChange, exec, followLogs } = streamOperations;
const table: readonly (readonly [string, FaultOperation, Column])[] = [
  ["get", get, idempotent],
  ["list", list, idempotent],
  // Made once: a repeat finds what the first one made.
  ["create", create, idempotent],
  ["startPod", unaryOperations.startPod, idempotent],
  ["delete", unaryOperations.delete, idempotent],
  ["merge patch", patch, idempotent],
  ["JSON patch", unaryOperations["json-patch"], [...once, [halved, error("UNREACHABLE", /no answer.*aborted/)]]],
  ["waitForPod", waitForPod, watched],
  ["onPodChange", onPodChange, watched],
  [
    "exec",
    exec,
    [
      ...once,
      [halved, withoutStatus(1006)],
      [statusCut, withoutStatus(1006)],
      [statusClosed, withoutStatus(1000)],
      [statusDropped, withoutStatus(1000)],
    ],
  ],
  [
    "exec that runs",
    streamOperations["exec that runs"],
    [
      [halved, withoutStatus(1006)],
      [frozen, error("EXEC_FAILED", /the connection is dead: no pong/)],
      [away, withoutStatus(1006)],
    ],
  ],
  ["followLogs", followLogs, [...resumed, [frozen, value(0)]]],
  [
    "port-forward",
    streamOperations["port-forward"],
    [
      [unsent, dialFailed(/port-forward: .*socket hang up/)],
      [unanswered, dialFailed(/port-forward: .*socket hang up/)],
      [halved, dialFailed(/port-forward .*the connection broke off/)],
      [late, value(1)],
      [slow, value(1)],
      [frozen, dialFailed(/no answer within 10000 ms/)],
      [status401, value(2)],
      [status429, value(2)],
      [status500, dialFailed(/port-forward: .*: 500 /)],
      [status503, value(2)],
      [away, dialFailed(/ECONNREFUSED/)],
      [awayAndBack, value(1)],
    ],
  ],
  [
    "renew the Lease",
    identityOperations["renew the Lease"],
    [
      [unsent, value(2)],
      // The repeat finds that the Lease has changed, reads it, and writes again.
      [unanswered, value(3)],
      [halved, value(3)],
      [frozen, value(2)],
      [status401, value(2)],
      [status429, value(2)],
      [status500, value(2)],
      [status503, value(2)],
      [awayAndBack, value(1)],
    ],
  ],
  [
    "connect",
    identityOperations.connect,
    [
      [unsent, value(2)],
      [frozen, value(2)],
      [frozenForGood, connectFailed(/no answer within 10000 ms/)],
      [status401, value(2)],
      [away, connectFailed(/ECONNREFUSED/)],
      [awayAndBack, value(1)],
    ],
  ],
  [
    "connect: the Lease",
    identityOperations["connect: the Lease"],
    [
      [unsent, value(2)],
      [unanswered, value(2)],
      [status500, value(2)],
      [status503ForGood, connectFailed(/: 503 /)],
    ],
  ],
];

/** Every fault with every operation that it can meet, and what the caller sees. */
export const faultRows: readonly FaultRow[] = table.flatMap(([operation, run, column]) =>
  column.map(([met, outcome]) => ({ operation, run, trouble: met, outcome })),
);

/** The row in words. */
export function describeRow({ operation, trouble: met, outcome }: FaultRow): string {
  const sees = "code" in outcome ? outcome.code : `the value, ${outcome.requests} requests`;
  return `${operation}, ${met.name}: ${sees}`;
}
