import { expect, test } from "vitest";
import { proxiedRequest } from "./proxied-request.ts";

const read = (method: string, url: string): string => {
  const { verb, resource, namespace, name } = proxiedRequest({ method, url });
  return `${verb} ${resource} ${namespace ?? "-"}/${name ?? "-"}`;
};

test.each([
  ["GET", "/api/v1/namespaces/n/pods/p", "get pods n/p"],
  ["GET", "/api/v1/namespaces/n/pods?limit=1", "list pods n/-"],
  ["GET", "/api/v1/namespaces/n/pods?watch=true", "watch pods n/-"],
  ["GET", "/api/v1/pods?watch=1", "watch pods -/-"],
  ["POST", "/api/v1/namespaces/n/pods", "create pods n/-"],
  ["POST", "/api/v1/namespaces/n/pods/p/exec?command=ls", "create pods/exec n/p"],
  ["GET", "/api/v1/namespaces/n/pods/p/log?follow=true", "get pods/log n/p"],
  ["PUT", "/apis/coordination.k8s.io/v1/namespaces/n/leases/l", "update leases n/l"],
  ["PATCH", "/apis/apps/v1/namespaces/n/deployments/d/scale", "patch deployments/scale n/d"],
  ["DELETE", "/api/v1/namespaces/n/pods/p", "delete pods n/p"],
  ["DELETE", "/api/v1/namespaces/n/pods?labelSelector=a", "deletecollection pods n/-"],
  ["GET", "/api/v1/namespaces/n", "get namespaces -/n"],
  ["PUT", "/api/v1/namespaces/n/finalize", "update namespaces/finalize -/n"],
  ["GET", "/api/v1/nodes/a%2Fb", "get nodes -/a/b"],
  ["GET", "/version", "get  -/-"],
  ["GET", "/apis/apps/v1", "get  -/-"],
])("%s %s is %s", (method, url, expected) => {
  expect(read(method, url)).toBe(expected);
});
