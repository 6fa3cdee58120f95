import { conformanceCases } from "@fc/lambda/conformance";
import { afterAll, beforeAll, describe } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { clusterBed } from "./cluster-bed.ts";
import { conformanceTests } from "./conformance-tests.ts";
import type { TestBed } from "./test-bed.ts";

// With a pool, as the server has one. Launches without it run the same cases on the embedded cluster, and here those of
// backend.cluster.test.ts: all of them twice would take this suite minutes more. In parts, as they wait more than they compute.
const parts = 3;
describe.concurrent.each(Array.from({ length: parts }, (_, part) => part))(
  "on a real cluster, in a namespace with Pod Security restricted, with a pool, part %i",
  (part) => {
    let bed: TestBed;

    beforeAll(async () => {
      bed = await clusterBed(`conformance-${part}`);
    });

    afterAll(() => bed[Symbol.asyncDispose]());

    const open = (): ReturnType<typeof createLambdaK8sBackend> =>
      createLambdaK8sBackend({ ...bed.options, settings: { poolSize: 1 } });
    const cases = conformanceCases.filter((_, index) => index % parts === part);
    conformanceTests(() => ({ client: bed.client, open, pool: "always" }), { ownFiles: true }, {}, cases);
  },
);
