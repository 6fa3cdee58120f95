import type { ErrorTable } from "./error-table.ts";

export const coreErrors: ErrorTable = {
  FC_CONFIG_INVALID: [
    "settings are not understood, or contradict each other; every problem is a line",
    "correct them; `fc-server --help` says what each takes, `fc-server --config explain` what holds",
  ],
  FC_DEADLINE_EXCEEDED: [
    "something was not done in its time; the message says what, and in how long",
    "look at what it waited for; most of these times are settings ([configuration.md](configuration.md))",
  ],
  FC_BLOB_NOT_FOUND: [
    "bytes that a record names (code, a snapshot) are not in the blob store",
    "was `blobs/` of the data path restored without `records.db`, or emptied? Restore both together",
  ],
  FC_BLOB_CORRUPT: [
    "the file of a blob was cut or changed; nobody gets its last piece",
    "put the file back from a backup, or upload the code again",
  ],
  FC_BLOB_FULL: ["the disk is full: no bytes were stored", "make room, then try again"],
  FC_BLOB_NAME_INVALID: [
    "a blob was asked for by something that is no SHA-256",
    "a mistake of the calling program: pass the `sha256` that `write` gave",
  ],
};

export const awsErrors: ErrorTable = {
  FC_AWS_BODY_TOO_LARGE: [
    "a request's body is larger than the protocol allows; clients see HTTP 413",
    "send less: large code goes through S3 or a container image",
  ],
  FC_AWS_UNKNOWN_OPERATION: [
    "a handler was given for an operation that the service's model does not have",
    "a mistake of the embedding program: the message names the nearest operation",
  ],
  FC_AWS_MODEL_UNREADABLE: ["a package's `model.json` is missing or damaged", "install the package again"],
  FC_AWS_MODEL_UNSUPPORTED: [
    "a model uses what the protocol layer does not have",
    "a model of your own: leave that out; one of these packages: report it",
  ],
  FC_AWS_MODEL_SHAPE_MISSING: ["a model names a shape that it does not hold", "generate the model again, whole"],
  FC_AWS_MODEL_SHAPE_KIND: ["a model has another kind of shape where a structure is needed", "the same"],
};

export const clusterErrors: ErrorTable = {
  FC_CLUSTER_LISTEN: [
    "the embedded API server cannot listen on its address",
    "end what listens there, or leave the port to the system",
  ],
  FC_CLUSTER_ISOLATION: [
    "the isolation that FAKECLOUD_LOCAL_ISOLATION asks for does not work on this machine; the message says why",
    "use `auto`, or allow user namespaces",
  ],
  FC_CLUSTER_DATA_IN_USE: ["another server that lives has the folder of the embedded cluster", "give each its own"],
  FC_CLUSTER_CONTAINER_START: [
    "a container's process could not be started; the Pod shows it as its state",
    "look at the Pod's events: `kubectl describe pod`",
  ],
  FC_CLUSTER_CONTAINER_CONFIG: [
    "a Secret, ConfigMap, key or volume that a container needs is not there: CreateContainerConfigError",
    "make it; the container starts then",
  ],
  FC_CLUSTER_STATUS: [
    "the embedded API server refused a request; `details` has HTTP code and Kubernetes' Status",
    "as with any cluster: the message says what was refused",
  ],
  FC_CLUSTER_CLOSED: ["the embedded cluster is being closed", "nothing: its server is stopping"],
};
