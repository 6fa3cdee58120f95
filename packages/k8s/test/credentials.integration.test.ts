import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateAuthority, createCertificateAuthority } from "@fc/core/certificates";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openCluster } from "../src/client/open-cluster.ts";
import { type ClusterOptions, K8sClient, type Kubeconfig, type KubeconfigUser } from "../src/index.ts";
import { FakeApiServer } from "../src/testing/index.ts";
import { ConnectProxy } from "./connect-proxy.ts";
import { StepClock } from "./step-clock.ts";
import { type LogLine, recordingLogger } from "./support.ts";
import { TlsFront } from "./tls-front.ts";

const newAuthority = (): CertificateAuthority => createCertificateAuthority({ commonName: "ca", nowMs: Date.now() });
const authority = newAuthority();
let directory: string;
let behind: FakeApiServer;
let front: TlsFront;
let clock: StepClock;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-credentials-"));
  behind = await FakeApiServer.start();
});
afterAll(async () => {
  await behind[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});
beforeEach(async () => {
  front = await TlsFront.start(behind, authority);
  clock = new StepClock();
});
afterEach(() => front[Symbol.asyncDispose]());

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

function kubeconfig(user: KubeconfigUser, cluster: object = {}): Kubeconfig {
  const data = Buffer.from(authority.certificate).toString("base64");
  return {
    clusters: [{ name: "c", cluster: { server: front.url, "certificate-authority-data": data, ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
}

/** Asks for the version, as often as it is called, over one transport. */
async function caller(options: ClusterOptions): Promise<{ call: () => Promise<number>; close: () => void }> {
  const { transport } = await openCluster({ clock, ...options });
  const call = async (): Promise<number> => (await transport.send({ method: "GET", path: "/version" })).httpStatus;
  return { call, close: () => transport.close() };
}

describe("a cluster in hand", () => {
  test("is reached with CA and token, and a client made and closed there", async () => {
    front.tokens.add("t1");
    const cluster = { server: front.url, ca: authority.certificate, token: "t1" };
    const client = await K8sClient.connect({ cluster, namespace: "fake-namespace" });
    expect(client).toMatchObject({ namespace: "fake-namespace", inCluster: false });
    await client[Symbol.asyncDispose]();
    expect(new Set(front.callers)).toEqual(new Set(["token t1"]));
  });

  test("is reached with a client certificate", async () => {
    front.clients.add("jane");
    const { certificate: cert, key } = authority.issue({ commonName: "jane", usage: "client" });
    const { call, close } = await caller({ cluster: { server: front.url, ca: authority.certificate, cert, key } });
    expect(await call()).toBe(200);
    close();
    expect(front.callers).toEqual(["client jane"]);
  });

  test("may give the current token whenever it is asked", async () => {
    front.tokens.add("t2");
    const tokens = ["t1", "t2"];
    const token = (): string => tokens.shift() ?? "none";
    const { call, close } = await caller({ cluster: { server: front.url, ca: authority.certificate, token } });
    expect(await call()).toBe(200);
    close();
    expect(front.callers).toEqual(["token t1", "token t2"]);
  });

  test("whose certificate no given CA has signed is refused by name", async () => {
    const cluster = { server: front.url, ca: newAuthority().certificate, token: "t1" };
    const failure = K8sClient.connect({ cluster, clock });
    await expect(failure).rejects.toMatchObject({ code: "FC_K8S_CONNECT_FAILED" });
    await expect(failure).rejects.toThrow(new RegExp(`${front.url}.*(certificate|signature)`));
  });

  test("with a CA that is none says so", async () => {
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const { certificate: cert } = authority.issue({ commonName: "a", usage: "client" });
    const { key } = authority.issue({ commonName: "b", usage: "client" });
    const connect = (cluster: object): Promise<K8sClient> =>
      K8sClient.connect({ cluster: { server: front.url, ...cluster }, clock });
    await expect(connect({ ca: broken })).rejects.toThrow(/credentials for https:.*no certificate in PEM/);
    await expect(connect({ ca: authority.certificate, cert, key })).rejects.toThrow(/key values mismatch/);
  });
});

describe("a token file", () => {
  test("that is rewritten is read again after the refusal of the old token", async () => {
    front.tokens.add("old");
    const tokenFile = await file("token-a", "old\n");
    const { call, close } = await caller({ kubeconfigContent: kubeconfig({ tokenFile }) });
    await call();
    await writeFile(tokenFile, "new\n");
    front.tokens.delete("old");
    front.tokens.add("new");
    expect(await call()).toBe(200);
    close();
    expect(front.callers).toEqual(["token old", "token old", "token new"]);
  });

  test("is read again after ten seconds without a refusal", async () => {
    front.tokens.add("old").add("new");
    const tokenFile = await file("token-b", "old");
    const { call, close } = await caller({ kubeconfigContent: kubeconfig({ tokenFile }) });
    await call();
    await writeFile(tokenFile, "new");
    await call();
    clock.pass(10_000);
    await call();
    close();
    expect(front.callers).toEqual(["token old", "token old", "token new"]);
  });

  test("that is missing or empty is named", async () => {
    const tokenFile = await file("token-c", " \n");
    const empty = await caller({ kubeconfigContent: kubeconfig({ tokenFile }) });
    await expect(empty.call()).rejects.toMatchObject({ code: "FC_K8S_CREDENTIALS_FAILED" });
    await expect(empty.call()).rejects.toThrow(`the token in ${tokenFile} is empty`);
    const missing = await caller({ kubeconfigContent: kubeconfig({ tokenFile: "/no/token" }) });
    await expect(missing.call()).rejects.toThrow(/ENOENT.*\/no\/token/);
  });

  test("of a Pod's service account is used with the CA beside it", async () => {
    front.tokens.add("pod-token");
    await file("token", "pod-token");
    await file("ca.crt", authority.certificate);
    await file("namespace", "pod-namespace");
    const { port } = new URL(front.url);
    const environment = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: port };
    const cluster = await openCluster({ clock, environment, serviceAccountDirectory: directory });
    expect(cluster).toMatchObject({ inCluster: true, namespace: "pod-namespace" });
    expect((await cluster.transport.send({ method: "GET", path: "/version" })).httpStatus).toBe(200);
    cluster.transport.close();
  });
});

describe("files of certificates", () => {
  test("that are replaced make new connections, and the old ones end", async () => {
    front.clients.add("one").add("two");
    const one = authority.issue({ commonName: "one", usage: "client" });
    const two = authority.issue({ commonName: "two", usage: "client" });
    const user = {
      "client-certificate": await file("client.pem", one.certificate),
      "client-key": await file("client-key.pem", one.key),
    };
    const { call, close } = await caller({ kubeconfigContent: kubeconfig(user) });
    await call();
    await call();
    expect(front.connections).toBe(1);
    await writeFile(user["client-certificate"], two.certificate);
    await writeFile(user["client-key"], two.key);
    let answer: (() => void) | undefined;
    behind.next("GET", "/version", (_request, response) => {
      answer = () => void response.end("{}");
    });
    const slow = call();
    await expect.poll(() => front.callers.length).toBe(3);
    clock.pass(10_000);
    await call();
    expect(front.callers).toEqual(["client one", "client one", "client one", "client two"]);
    expect(front.open).toBe(2);
    await expect.poll(() => answer).toBeDefined();
    answer?.();
    expect(await slow).toBe(200);
    await expect.poll(() => front.open).toBe(1);
    close();
  });

  test("of which only one was written yet do not disturb", async () => {
    front.clients.add("one");
    const one = authority.issue({ commonName: "one", usage: "client" });
    const user = {
      "client-certificate": await file("half.pem", one.certificate),
      "client-key": await file("half-key.pem", one.key),
    };
    const lines: LogLine[] = [];
    const { call, close } = await caller({ kubeconfigContent: kubeconfig(user), logger: recordingLogger(lines) });
    await call();
    await writeFile(user["client-certificate"], authority.issue({ commonName: "two", usage: "client" }).certificate);
    clock.pass(10_000);
    expect(await call()).toBe(200);
    close();
    expect(lines.find(({ level }) => level === "warn")?.fields["error"]).toContain("key values mismatch");
  });

  test("of a CA that the cluster replaced are read again when its certificate is not trusted", async () => {
    front.tokens.add("t");
    const ca = await file("ca-file.pem", authority.certificate);
    const user = { token: "t" };
    const { call, close } = await caller({
      kubeconfigContent: kubeconfig(user, {
        "certificate-authority-data": undefined,
        "certificate-authority": ca,
      }),
    });
    await call();
    const next = newAuthority();
    front.replaceAuthority(next);
    await writeFile(ca, next.certificate);
    expect(await call()).toBe(200);
    close();
  });
});

describe("a credential plugin", () => {
  async function plugin(name: string, script: string): Promise<string> {
    const path = await file(name, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }
  const credential = (status: object): string =>
    JSON.stringify({ kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1", status });
  const userOf = (command: string, more: object = {}): KubeconfigUser => ({
    exec: { apiVersion: "client.authentication.k8s.io/v1", command, ...more },
  });
  const callerOf = (user: KubeconfigUser): ReturnType<typeof caller> => caller({ kubeconfigContent: kubeconfig(user) });

  test("is run once for many calls, with what kubectl tells it", async () => {
    front.tokens.add("p1");
    const seen = join(directory, "seen");
    const command = await plugin(
      "plugin-a",
      `printf '%s %s\\n' "$1 $EXTRA" "$KUBERNETES_EXEC_INFO" >>${seen}; echo '${credential({ token: "p1" })}'`,
    );
    const user = userOf(command, { args: ["arg"], env: [{ name: "EXTRA", value: "more" }], provideClusterInfo: true });
    const { call, close } = await callerOf(user);
    for (let i = 0; i < 3; i += 1) {
      clock.pass(20_000);
      await call();
    }
    close();
    const lines = (await readFile(seen, "utf8")).trim().split("\n");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^arg more /);
    expect(JSON.parse(lines[0]?.slice("arg more ".length) ?? "")).toMatchObject({
      kind: "ExecCredential",
      apiVersion: "client.authentication.k8s.io/v1",
      spec: { interactive: false, cluster: { server: front.url } },
    });
  });

  test("is run again when its token is refused, and when it expires", async () => {
    const token = await file("plugin-token", "first");
    const status = `{"token":"'$(cat ${token})'","expirationTimestamp":"1970-01-01T00:10:00Z"}`;
    const command = await plugin(
      "plugin-b",
      `echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":${status}}'`,
    );
    front.tokens.add("second").add("third");
    const { call, close } = await callerOf(userOf(command));
    await expect(call()).rejects.toMatchObject({ code: "FC_K8S_UNAUTHORIZED" });
    await writeFile(token, "second");
    expect(await call()).toBe(200);
    await writeFile(token, "third");
    clock.pass(300_000);
    await call();
    clock.pass(300_000);
    await call();
    close();
    expect(front.callers).toEqual([
      "token first",
      "token first",
      "token first",
      "token second",
      "token second",
      "token third",
    ]);
  });

  test.each([
    ["directly", async () => undefined],
    ["through a proxy", () => ConnectProxy.start()],
  ])("may give a client certificate, that is shown %s", async (_way, startProxy) => {
    await using proxy = await startProxy();
    front.clients.add("plugged");
    const { certificate, key } = authority.issue({ commonName: "plugged", usage: "client" });
    const answer = await file("plugin-answer", credential({ clientCertificateData: certificate, clientKeyData: key }));
    const user = userOf(await plugin("plugin-c", `cat ${answer}`));
    const through = proxy === undefined ? {} : { "proxy-url": proxy.url };
    const { call, close } = await caller({ kubeconfigContent: kubeconfig(user, through) });
    expect(await call()).toBe(200);
    close();
    expect(front.callers).toEqual(["client plugged"]);
    expect(proxy?.targets.length ?? 1).toBe(1);
  });

  test.each([
    ["fails", "echo no session >&2; exit 3", /plugin-d ended with 3: no session/],
    ["writes no JSON", "echo hello", /plugin-d wrote no JSON/],
    ["speaks another version", `echo '{"kind":"ExecCredential","apiVersion":"v9"}'`, /wrote ExecCredential v9, not/],
    ["gives nothing", `echo '${credential({})}'`, /gave neither a token nor a certificate/],
  ])("that %s is an error in its words", async (_case, script, words) => {
    const { call } = await callerOf(userOf(await plugin("plugin-d", script)));
    await expect(call()).rejects.toThrow(words);
  });

  test("that is not installed says how to install it; one that wants a terminal is refused", async () => {
    const missing = await callerOf(userOf("no-such-plugin-here", { installHint: "Install it from example.org" }));
    await expect(missing.call()).rejects.toThrow(
      /no-such-plugin-here cannot be run. Install it from example.org.*ENOENT/,
    );
    const asking = await callerOf(userOf("any", { interactiveMode: "Always" }));
    await expect(asking.call()).rejects.toThrow("wants a terminal");
  });

  test("that hangs is ended after a minute", async () => {
    const { call } = await callerOf(userOf(await plugin("plugin-e", "exec sleep 1000")));
    const failure = call();
    failure.catch(() => undefined);
    await expect.poll(() => clock.fire(60_000)).toBe(1);
    await expect(failure).rejects.toThrow(/plugin-e: not done within 60000 ms/);
  });
});

test("a proxy carries many calls over one tunnel", async () => {
  front.tokens.add("t");
  await using proxy = await ConnectProxy.start();
  const { call, close } = await caller({ kubeconfigContent: kubeconfig({ token: "t" }, { "proxy-url": proxy.url }) });
  for (let i = 0; i < 5; i += 1) expect(await call()).toBe(200);
  close();
  expect(proxy.targets).toEqual([new URL(front.url).host]);
});

describe("the server's certificate", () => {
  test("is checked against the name that the kubeconfig gives", async () => {
    front.tokens.add("t");
    const named = await caller({ kubeconfigContent: kubeconfig({ token: "t" }, { "tls-server-name": "localhost" }) });
    expect(await named.call()).toBe(200);
    named.close();
    const other = await caller({
      kubeconfigContent: kubeconfig({ token: "t" }, { "tls-server-name": "other.example" }),
    });
    await expect(other.call()).rejects.toThrow(/other\.example.*not in the cert's altnames/);
    other.close();
  });

  test("is not checked when the kubeconfig says so", async () => {
    front.tokens.add("t");
    const trusting = { "certificate-authority-data": undefined, "insecure-skip-tls-verify": true };
    const { call, close } = await caller({ kubeconfigContent: kubeconfig({ token: "t" }, trusting) });
    expect(await call()).toBe(200);
    close();
  });
});

test("an OIDC token that is valid is sent", async () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const idToken = `${part({ alg: "none" })}.${part({ exp: 9_999_999_999 })}.c2ln`;
  front.tokens.add(idToken);
  const user = { "auth-provider": { name: "oidc", config: { "id-token": idToken } } };
  const { call, close } = await caller({ kubeconfigContent: kubeconfig(user) });
  expect(await call()).toBe(200);
  close();
});

test("a user is impersonated, and what cannot be of that is refused", async () => {
  front.tokens.add("t");
  const { call, close } = await caller({ kubeconfigContent: kubeconfig({ token: "t", as: "jane" }) });
  await call();
  close();
  expect(behind.requests.at(-1)?.headers["impersonate-user"]).toBe("jane");
  const groups = caller({ kubeconfigContent: kubeconfig({ token: "t", as: "jane", "as-groups": ["g"] }) });
  await expect(groups).rejects.toThrow('"as-groups" of user "u" is not supported');
});
