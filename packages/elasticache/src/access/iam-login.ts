import { createSignatureCheck, type SignatureCheck } from "@fc/aws";
import type { Clock } from "@fc/core";
import type { CacheAccess } from "../backend/backend.ts";
import { serverlessSpec } from "../serverless/serverless-spec.ts";
import type { State } from "../state/state.ts";
import { nodeKeysOf } from "../transitions/node-spec.ts";
import { nodeAccess } from "./node-access.ts";

/** What a client says to an engine: `AUTH <user> <token>`. */
export interface IamLogin {
  /** The node that it says it to. */
  readonly nodeKey: string;
  readonly user: string;
  /** A presigned `connect` request without its scheme: `<cache>/?Action=connect&User=<user>&X-Amz-…`. */
  readonly token: string;
}

/** AWS's limit: a token is good for 15 minutes. */
const longestSeconds = 900;

/** Whether a token opens the engine of a node to a user of it. Without `secrets`, whoever signed counts as known. */
export function createIamLogins(
  state: State,
  options: { readonly secrets: Readonly<Record<string, string>> | undefined; readonly clock: Clock },
): (login: IamLogin) => boolean {
  const check = createSignatureCheck({ service: "elasticache", presignedSeconds: longestSeconds, ...options });
  return ({ nodeKey, user, token }) => {
    const cache = cacheOf(state, nodeKey);
    if (cache === undefined || !cache.iamUsers.includes(user)) return false;
    return isConnect(token, user, cache) && signedBy(check, token, cache.account);
  };
}

/** What a token has to name. */
interface ConnectTarget {
  readonly account: string;
  readonly region: string;
  /** The replication group, or the serverless cache. */
  readonly id: string;
  readonly serverless: boolean;
}

function cacheOf(state: State, nodeKey: string): (ConnectTarget & { readonly iamUsers: string[] }) | undefined {
  const namesOf = (access: CacheAccess | undefined): string[] =>
    (access?.users ?? []).filter(({ iam }) => iam === true).map(({ name }) => name);
  const cluster = state.clusters.all().find((each) => nodeKeysOf(each).includes(nodeKey));
  if (cluster !== undefined) {
    const { account, region, replicationGroupId: id = cluster.id } = cluster;
    return { account, region, id, serverless: false, iamUsers: namesOf(nodeAccess(state, cluster)) };
  }
  const cache = state.serverlessCaches.all().find((each) => each.nodeKey === nodeKey);
  if (cache === undefined) return undefined;
  const { account, region, id } = cache;
  return { account, region, id, serverless: true, iamUsers: namesOf(serverlessSpec(state, cache).access) };
}

function isConnect(token: string, user: string, { region, id, serverless }: ConnectTarget): boolean {
  const { host, search } = URL.parse(`http://${token}`) ?? {};
  const query = new URLSearchParams(search);
  // A value that is there twice is signed twice, and could mean either.
  const only = (name: string): string | undefined => {
    const values = query.getAll(name);
    return values.length === 1 ? values[0] : undefined;
  };
  return (
    host === id &&
    only("Action") === "connect" &&
    only("User") === user &&
    only("ResourceType") === (serverless ? "ServerlessCache" : undefined) &&
    only("X-Amz-Credential")?.split("/").at(-3) === region
  );
}

function signedBy(check: SignatureCheck, token: string, account: string): boolean {
  const slash = token.indexOf("/");
  const target = slash === -1 ? "" : token.slice(slash);
  const host = token.slice(0, slash);
  const head = { method: "GET", target, headers: { host }, signal: new AbortController().signal };
  const accessKeyId = check(head, new Uint8Array());
  if (accessKeyId === undefined) return false;
  // An access key that is an account id says whose request it is, as at the gateway.
  return !/^\d{12}$/.test(accessKeyId) || accessKeyId === account;
}
