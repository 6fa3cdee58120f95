import { expect, test } from "vitest";
import { accountOf, K8sBackend } from "./k8s-backend.ts";

test.each([
  ["arn:aws:lambda:us-east-1:111122223333:function:f", "111122223333"],
  ["arn:aws:lambda:us-east-1:111122223333:function:f:7", "111122223333"],
  ["arn:aws:lambda", "000000000000"],
  ["arn:aws:lambda:us-east-1:me:function:f", "000000000000"],
  ["", "000000000000"],
])("the account of %s is %s", (arn, account) => expect(accountOf(arn)).toBe(account));

test.each([
  [{}, /FAKECLOUD_K8S_SELF_URL/],
  [{ FAKECLOUD_K8S_SELF_URL: "nowhere" }, /FAKECLOUD_K8S_SELF_URL/],
  [{ FAKECLOUD_K8S_SELF_URL: "http://a", FAKECLOUD_LAMBDA_K8S_TOLERATIONS: "{" }, /FAKECLOUD_LAMBDA_K8S_TOLERATIONS/],
  [{ FAKECLOUD_K8S_SELF_URL: "http://a", FAKECLOUD_LAMBDA_K8S_POOL_SIZE: "many" }, /FAKECLOUD_LAMBDA_K8S_POOL_SIZE/],
])("an environment that is wrong stops the start: %j", async (environment, problem) => {
  const opened = K8sBackend.fromEnv({ serverPort: 4566, environment });
  await expect(opened).rejects.toMatchObject({ code: "FC_CONFIG_INVALID", message: expect.stringMatching(problem) });
});
