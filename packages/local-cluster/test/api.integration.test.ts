import { once } from "node:events";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiHarness, podBody, startApi } from "./api-harness.ts";

let api: ApiHarness;
const pods = "/api/v1/namespaces/default/pods";

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

describe("access", () => {
  test("another token is Unauthorized, health needs none", async () => {
    expect(await api.call("GET", pods, undefined, { authorization: "Bearer nope" })).toMatchObject({
      code: 401,
      body: { kind: "Status", reason: "Unauthorized" },
    });
    expect(await api.call("GET", "/readyz", undefined, { authorization: "" })).toMatchObject({ code: 200, body: "ok" });
  });

  test("a client certificate of the authority lets in, and is who asks", async () => {
    const { certificate: cert, key } = api.api.client;
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const chunks: Buffer[] = [];
    const headers = { "content-type": "application/json" };
    const request = httpsRequest(`${api.api.url}${path}`, { method: "POST", ca: api.authority, cert, key, headers });
    request.end("{}");
    const [response] = await once(request, "response");
    for await (const chunk of response) chunks.push(chunk);
    const { status } = JSON.parse(Buffer.concat(chunks).toString());
    expect(status.userInfo).toEqual({ username: "local-admin", groups: ["system:masters", "system:authenticated"] });
  });

  test("a foreign host name is refused, so that no web page can reach the API by rebinding", async () => {
    expect(await api.call("GET", "/version", undefined, { host: "evil.example" })).toMatchObject({ code: 421 });
  });
});

describe("objects", () => {
  test("a Pod is created with defaults, read, listed and deleted", async () => {
    const created = await api.call("POST", pods, podBody("crud"));
    expect(created).toMatchObject({
      code: 201,
      body: {
        spec: { restartPolicy: "Always", terminationGracePeriodSeconds: 30 },
        status: { phase: "Pending", qosClass: "BestEffort" },
      },
    });
    expect(await api.call("GET", `${pods}/crud`)).toMatchObject({ code: 200, body: created.body });
    const list = await api.call("GET", `${pods}?fieldSelector=metadata.name=crud`);
    expect(list.body).toMatchObject({ kind: "PodList", items: [{ metadata: { name: "crud" } }] });
    expect(await api.call("DELETE", `${pods}/crud`)).toMatchObject({ code: 200 });
    expect(await api.call("GET", `${pods}/crud`)).toMatchObject({
      code: 404,
      body: { message: 'pods "crud" not found' },
    });
  });

  test("a bound Pod is marked first and goes when its agent is done", async () => {
    await api.call(
      "POST",
      pods,
      podBody("grace", { spec: { nodeName: "n", containers: [{ name: "c", image: "x" }] } }),
    );
    const marked = await api.call("DELETE", `${pods}/grace`, { gracePeriodSeconds: 5 });
    expect(marked.body).toMatchObject({ metadata: { deletionGracePeriodSeconds: 5 } });
    expect((await api.call("GET", `${pods}/grace`)).code).toBe(200);
    await api.call("DELETE", `${pods}/grace`, { gracePeriodSeconds: 0 });
    expect((await api.call("GET", `${pods}/grace`)).code).toBe(404);
  });

  test("a delete with another uid is a Conflict", async () => {
    await api.call("POST", pods, podBody("uid"));
    const answer = await api.call("DELETE", `${pods}/uid`, { preconditions: { uid: "other" } });
    expect(answer).toMatchObject({ code: 409, body: { reason: "Conflict" } });
  });

  test("generateName makes distinct names", async () => {
    const body = podBody("", { metadata: { generateName: "gen-" } });
    const names = await Promise.all([api.call("POST", pods, body), api.call("POST", pods, body)]);
    const [a, b] = names.map((answer) => (answer.body["metadata"] as { name: string }).name);
    expect(a).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(a).not.toBe(b);
  });

  test.each([
    ["a missing namespace", "/api/v1/namespaces/absent/pods", podBody("x"), 404, 'namespaces "absent" not found'],
    [
      "another namespace in the body",
      pods,
      podBody("x", { metadata: { name: "x", namespace: "other" } }),
      400,
      "does not match the namespace",
    ],
    [
      "an unknown field",
      `${pods}?fieldValidation=Strict`,
      podBody("x", { spec: { foo: 1 } }),
      400,
      'strict decoding error: unknown field "spec.foo"',
    ],
    ["no containers", pods, podBody("x", { spec: {} }), 422, 'Pod "x" is invalid: spec.containers: Required value'],
    ["a wrong name", pods, podBody("X_"), 422, 'metadata.name: Invalid value: "X_"'],
    [
      "a mount without its volume",
      pods,
      podBody("x", {
        spec: { containers: [{ name: "c", image: "i", volumeMounts: [{ name: "v", mountPath: "/v" }] }] },
      }),
      422,
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    ["a broken body", pods, "{", 400, "unrecognized"],
  ])("%s is refused", async (_what, path, body, code, message) => {
    const answer = await api.call("POST", path, body);
    expect(answer.code).toBe(code);
    expect(answer.body["message"]).toContain(message);
  });

  test("the spec of a Pod is immutable but for its images", async () => {
    await api.call("POST", pods, podBody("fixed"));
    const patch = (spec: unknown): ReturnType<ApiHarness["call"]> =>
      api.call("PATCH", `${pods}/fixed`, { spec }, { "content-type": "application/strategic-merge-patch+json" });
    expect((await patch({ containers: [{ name: "main", image: "other" }] })).code).toBe(200);
    expect(await patch({ restartPolicy: "Never" })).toMatchObject({ code: 422, body: { reason: "Invalid" } });
  });

  test("a dry run stores nothing", async () => {
    expect((await api.call("POST", `${pods}?dryRun=All`, podBody("dry"))).code).toBe(201);
    expect((await api.call("GET", `${pods}/dry`)).code).toBe(404);
  });

  test("lists come in pages that continue", async () => {
    await api.call("POST", "/api/v1/namespaces", { metadata: { name: "paged" } });
    const path = "/api/v1/namespaces/paged/configmaps";
    for (const name of ["a", "b", "c"]) await api.call("POST", path, { metadata: { name } });
    const first = await api.call("GET", `${path}?limit=2`);
    expect(first.body).toMatchObject({ metadata: { remainingItemCount: 1 }, items: [{}, {}] });
    const next = (first.body["metadata"] as { continue: string }).continue;
    const second = await api.call("GET", `${path}?limit=2&continue=${next}`);
    expect(second.body["items"]).toMatchObject([{ metadata: { name: "c" } }]);
  });

  test("an apply creates, and a second one changes nothing", async () => {
    const path = "/api/v1/namespaces/default/configmaps/applied?fieldManager=t";
    const apply = (): ReturnType<ApiHarness["call"]> =>
      api.call("PATCH", path, "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n", {
        "content-type": "application/apply-patch+yaml",
      });
    const created = await apply();
    expect(created.code).toBe(201);
    expect(await apply()).toMatchObject({ code: 200, body: created.body });
  });

  test("a dependent goes with its owner, and one of an unknown owner at once", async () => {
    const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    const owner = await api.call("POST", leases, { metadata: { name: "owner" }, spec: {} });
    const { uid } = owner.body["metadata"] as { uid: string };
    const reference = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", name: "owner" };
    await api.call(
      "POST",
      pods,
      podBody("owned", { metadata: { name: "owned", ownerReferences: [{ ...reference, uid }] } }),
    );
    await api.call(
      "POST",
      pods,
      podBody("stray", { metadata: { name: "stray", ownerReferences: [{ ...reference, uid: "gone" }] } }),
    );
    expect((await api.call("GET", `${pods}/stray`)).code).toBe(404);
    expect((await api.call("GET", `${pods}/owned`)).code).toBe(200);
    await api.call("DELETE", `${leases}/owner`);
    expect((await api.call("GET", `${pods}/owned`)).code).toBe(404);
  });

  test("a deleted namespace is emptied and goes", async () => {
    await api.call("POST", "/api/v1/namespaces", { metadata: { name: "doomed" } });
    await api.call("POST", "/api/v1/namespaces/doomed/secrets", { metadata: { name: "s" }, stringData: { a: "b" } });
    await api.call("DELETE", "/api/v1/namespaces/doomed");
    expect((await api.call("GET", "/api/v1/namespaces/doomed")).code).toBe(404);
    expect(api.store.list("secrets", "doomed")).toEqual([]);
  });
});

describe("watches", () => {
  test("a selector turns changes into ADDED and DELETED", async () => {
    const events = api.watch(`${pods}?watch=true&labelSelector=w%3D1&resourceVersion=${api.store.resourceVersion}`);
    const first = events.next();
    await api.call("POST", pods, podBody("watched", { metadata: { name: "watched", labels: { w: "1" } } }));
    expect((await first).value).toMatchObject({
      type: "ADDED",
      object: { kind: "Pod", metadata: { name: "watched" } },
    });
    const merge = { "content-type": "application/merge-patch+json" };
    await api.call("PATCH", `${pods}/watched`, { metadata: { labels: { w: "2" } } }, merge);
    expect((await events.next()).value).toMatchObject({
      type: "DELETED",
      object: { metadata: { labels: { w: "1" } } },
    });
    await events.return(undefined);
  });

  test("a version of before the boot ends with 410 Expired in the stream", async () => {
    const events = api.watch(`${pods}?watch=true&resourceVersion=1000`);
    expect((await events.next()).value).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
    expect((await events.next()).done).toBe(true);
  });

  test("initial events end with an annotated bookmark", async () => {
    const query =
      "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&fieldSelector=metadata.name%3Dnone";
    const events = api.watch(`${pods}?${query}`);
    expect((await events.next()).value).toMatchObject({
      type: "BOOKMARK",
      object: { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } },
    });
    await events.return(undefined);
  });

  test("a table watch sends columns once", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    await api.call("POST", pods, podBody("table-a"));
    await api.call("POST", pods, podBody("table-b"));
    const events = api.watch(`${pods}?watch=true`, { accept });
    expect((await events.next()).value!.object).toMatchObject({ kind: "Table", columnDefinitions: expect.any(Array) });
    expect((await events.next()).value!.object).toMatchObject({ kind: "Table", columnDefinitions: null });
    await events.return(undefined);
  });
});

describe("a Service", () => {
  test("keeps its address, follows its selector at once, and refuses without ready Pods", async () => {
    const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const services = "/api/v1/namespaces/default/services";
    const created = await api.call("POST", services, {
      metadata: { name: "svc" },
      spec: { selector: { app: "a" }, ports: [{ port: 80, targetPort: port }] },
    });
    const { clusterIP } = created.body["spec"] as { clusterIP: string };
    expect(clusterIP).toMatch(/^127\.78\./);
    const read = async (): Promise<string> => {
      const { connect } = await import("node:net");
      const socket = connect(80, clusterIP);
      let text = "";
      try {
        for await (const chunk of socket) text += chunk;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? "";
      }
      return text;
    };
    expect(await read()).toBe("ECONNREFUSED");
    const labels = { app: "a" };
    await api.call("POST", pods, podBody("backend", { metadata: { name: "backend", labels } }));
    const status = { podIP: "127.0.0.1", phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
    await api.call(
      "PUT",
      `${pods}/backend/status`,
      podBody("backend", { metadata: { name: "backend", labels }, status }),
    );
    expect(await read()).toBe("hello");
    const slices = await api.call(
      "GET",
      "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=svc",
    );
    expect(slices.body["items"]).toMatchObject([
      { endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }] },
    ]);
    const merge = { "content-type": "application/merge-patch+json" };
    const moved = await api.call("PATCH", `${services}/svc`, { spec: { selector: { app: "b" } } }, merge);
    expect(moved.body["spec"]).toMatchObject({ clusterIP });
    expect(await read()).toBe("ECONNREFUSED");
    server.close();
  });
});
