import { expect, test } from "vitest";
import { proxyFromEnvironment } from "./environment-proxy.ts";

const proxy = "http://proxy.example:3128";

test.each([
  ["https://k8s.example", { HTTPS_PROXY: proxy }, proxy],
  ["https://k8s.example", { https_proxy: "proxy.example:3128" }, proxy],
  ["https://k8s.example", { HTTP_PROXY: proxy }, undefined],
  ["http://k8s.example", { HTTP_PROXY: proxy }, proxy],
  ["https://127.0.0.1:6443", { HTTPS_PROXY: proxy }, undefined],
  ["https://[::1]:6443", { HTTPS_PROXY: proxy }, undefined],
  ["https://api.k8s.example", { HTTPS_PROXY: proxy, NO_PROXY: "other, K8s.example" }, undefined],
  ["https://k8s.example", { HTTPS_PROXY: proxy, NO_PROXY: ".k8s.example" }, proxy],
  ["https://notk8s.example", { HTTPS_PROXY: proxy, NO_PROXY: "k8s.example" }, proxy],
  ["https://10.96.0.1", { HTTPS_PROXY: proxy, NO_PROXY: "10.96.0.0/12" }, undefined],
  ["https://10.200.0.1", { HTTPS_PROXY: proxy, NO_PROXY: "10.96.0.0/12,fd00::/8" }, proxy],
  ["https://[fd00::1]:6443", { HTTPS_PROXY: proxy, no_proxy: "fd00::1" }, undefined],
  ["https://k8s.example:6443", { HTTPS_PROXY: proxy, NO_PROXY: "k8s.example:443" }, proxy],
  ["https://k8s.example", { HTTPS_PROXY: proxy, NO_PROXY: "*" }, undefined],
])("%s with %j goes through %s", (server, environment, expected) => {
  expect(proxyFromEnvironment(server, environment)).toBe(expected);
});
