import { readSettings } from "@fc/core";
import { expect, test } from "vitest";
import { serverSettings } from "../settings.ts";
import { banner } from "./banner.ts";

const settings = readSettings(serverSettings, { environment: {} });
const isolation = { level: "plain", detail: "no namespaces here" };
const localCluster = { kubeconfigPath: "/run/kubeconfig", isolation };

test("a shell can pick out port, endpoint and kubeconfig", () => {
  const lines = banner({ url: "http://127.0.0.1:7", port: 7, localCluster }, settings).split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "FAKECLOUD_PORT=7",
    "AWS_ENDPOINT_URL=http://127.0.0.1:7",
    "KUBECONFIG=/run/kubeconfig",
  ]);
  expect(lines[3]).toContain("isolation plain: no namespaces here");
});

test("without an embedded cluster there is no kubeconfig to show", () => {
  expect(banner({ url: "http://127.0.0.1:7", port: 7, localCluster: undefined }, settings)).not.toContain("KUBECONFIG");
});
