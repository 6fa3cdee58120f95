export type { ClusterFaults, PodName } from "./faults/cluster-faults.ts";
export type { ImageHandler, ImagePlan } from "./images/image-handler.ts";
export {
  type IsolationLevel,
  type LocalCluster,
  type LocalClusterOptions,
  startLocalCluster,
} from "./start-local-cluster.ts";
