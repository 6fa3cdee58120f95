// #region token
import { readFile } from "node:fs/promises";
import { K8sClient } from "@fc/k8s";

const { K8S_SERVER = "", K8S_CA_FILE = "", K8S_TOKEN = "" } = process.env;
await using client = await K8sClient.connect({
  cluster: { server: K8S_SERVER, ca: await readFile(K8S_CA_FILE, "utf8"), token: K8S_TOKEN },
  namespace: "default",
});
// #endregion

console.log(client.instanceId, (await client.listPods("app=none")).length);
