import { readSettings } from "@fc/core";
import { expect, test } from "vitest";
import { serverSettings } from "../settings.ts";
import { banner } from "./banner.ts";

const settings = readSettings(serverSettings, { environment: {} });
const isolation = { level: "plain", detail: "no namespaces here" };
const url = "http://127.0.0.1:7";
const localCluster = { kubeconfigPath: "/run/kubeconfig", isolation };

test("a shell can pick out port, endpoint and kubeconfig", () => {
  const lines = banner({ url, adminUrl: url, port: 7, localCluster }, settings).split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "FAKECLOUD_PORT=7",
    "AWS_ENDPOINT_URL=http://127.0.0.1:7",
    "KUBECONFIG=/run/kubeconfig",
  ]);
  expect(lines[3]).toContain("isolation plain: no namespaces here");
});

test("without an embedded cluster there is no kubeconfig to show", () => {
  expect(banner({ url, adminUrl: url, port: 7, localCluster: undefined }, settings)).not.toContain("KUBECONFIG");
});

test("a listener for administration is told where there is one", () => {
  const text = banner({ url, adminUrl: "http://127.0.0.1:8", port: 7, localCluster: undefined }, settings);
  expect(text.split("\n")).toContain("FAKECLOUD_ADMIN_URL=http://127.0.0.1:8");
});
