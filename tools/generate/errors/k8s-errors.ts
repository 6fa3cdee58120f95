import type { ErrorTable } from "./error-table.ts";

const mayTryAgain = "it may be tried again; look at the API server when it stays so";

export const k8sErrors: ErrorTable = {
  FC_K8S_CONNECT_FAILED: [
    "no cluster was found, or it does not answer; the message has every place that was tried and why each did not do",
    "set `KUBECONFIG`, or run inside the cluster; `fc-server doctor` looks closer",
  ],
  FC_K8S_CREDENTIALS_FAILED: [
    "the kubeconfig's credentials could not be had: an exec plug-in failed, a token file is not there",
    "run what the message names by hand",
  ],
  FC_K8S_BAD_REQUEST: ["the API server answered 400", "a mistake of the calling program; the message is Kubernetes'"],
  FC_K8S_UNAUTHORIZED: ["it answered 401: it does not know the credentials", "renew them"],
  FC_K8S_FORBIDDEN: [
    "it answered 403: RBAC, a quota, admission or Pod Security; the message is Kubernetes'",
    "grant the Role of [kubernetes.md](kubernetes.md); for a quota make room",
  ],
  FC_K8S_NOT_FOUND: ["it answered 404", "does the namespace exist (`FAKECLOUD_K8S_NAMESPACE`)?"],
  FC_K8S_CONFLICT: [
    "it answered 409: the name is taken, or the object has changed meanwhile",
    "read it again, then change it",
  ],
  FC_K8S_GONE: ["it answered 410: a resource version is too old", "list again"],
  FC_K8S_INVALID: [
    "it answered 422: the object is not valid; the message names the field",
    "correct it: annotations, tolerations and the like come from settings and tags",
  ],
  FC_K8S_TOO_MANY_REQUESTS: ["it answered 429", "lower `FAKECLOUD_K8S_REQUESTS_PER_SECOND`"],
  FC_K8S_UNAVAILABLE: ["it answered 5xx", mayTryAgain],
  FC_K8S_API_ERROR: ["it answered with another status", "the message has it"],
  FC_K8S_UNREACHABLE: ["no answer came: the connection failed or broke", mayTryAgain],
  FC_K8S_POD_START_FAILED: [
    "a Pod cannot start; the message has Kubernetes' reason, the last events and the end of its log",
    "by the reason: name an image that nodes can pull, make room, correct the placement",
  ],
  FC_K8S_EXEC_FAILED: [
    "a command in a Pod could not run, or its stream ended without a status",
    "the message says which; grant create on `pods/exec`",
  ],
  FC_K8S_EXEC_STDIN_UNSUPPORTED: [
    "the API server's protocol cannot tell the end of standard input",
    "use Kubernetes 1.30 or newer, or do not write to standard input",
  ],
  FC_K8S_EXEC_OUTPUT_DIFFERS: [
    "what a command wrote is not what was expected, by size or SHA-256",
    "nothing was kept; try again",
  ],
  FC_K8S_DIAL_FAILED: [
    "a Pod's port could not be reached, neither by its address nor through the API server",
    "run the server where Pod addresses are routed, or grant get on `pods/portforward`",
  ],
  FC_K8S_TAG_INVALID: [
    "a reserved tag `fakecloud-k8s/…` has a value that Kubernetes would refuse, or the operator does not allow it",
    "correct the tag; `FAKECLOUD_K8S_ALLOWED_TAGS` says what is allowed",
  ],
  FC_K8S_ACCESS_CONNECTION: ["[preflight](kubernetes.md#preflight): whether the cluster answers", "as the line says"],
  FC_K8S_ACCESS_IDENTITY: ["preflight: as whom", "as the line says"],
  FC_K8S_ACCESS_VERSION: ["preflight: whether its version is supported", "use Kubernetes 1.29 or newer"],
  FC_K8S_ACCESS_NAMESPACE: ["preflight: whether the namespace is there", "make it, or name another one"],
  FC_K8S_ACCESS_PERMISSION: ["preflight: whether each verb of the Role is granted", "grant it"],
  FC_K8S_ACCESS_POD: [
    "preflight: whether the namespace admits the real Pods (a dry run)",
    "as the line says: Pod Security, admission, LimitRange",
  ],
  FC_K8S_ACCESS_QUOTA: ["preflight: what its ResourceQuotas leave", "raise them"],
};
