import type { ErrorTable } from "./error-table.ts";

const doctor = "as the line says: [deploy.md](deploy.md#when-something-is-amiss)";

export const serverErrors: ErrorTable = {
  FC_CLI_ARGUMENT_INVALID: ["`fc-server` does not know an argument, or it lacks its value", "`fc-server --help`"],
  FC_SERVER_ADDRESS_UNAVAILABLE: [
    "the server cannot listen on an address",
    "end what listens there, or choose another one; port 0 is any",
  ],
  FC_SERVER_TLS_INVALID: [
    "`FAKECLOUD_TLS_CERT` or `FAKECLOUD_TLS_KEY` cannot be read, or do not belong together",
    "name a chain in PEM, the server's own certificate first, and its key without a passphrase",
  ],
  FC_SERVER_INIT_FAILED: [
    "an init hook (`FAKECLOUD_INIT_DIR`) failed, took too long or cannot be run; the message has its last lines",
    "run it by hand with `AWS_ENDPOINT_URL` set; it must succeed again on what it has set up before",
  ],
  FC_SERVER_LISTENER_NEEDED: [
    "`createServer({ listen: false })` with a real cluster or with init hooks: Pods and hooks would not reach it",
    "leave `listen` away",
  ],
  FC_SERVER_CLOSED: ["a request was handed to a server that was closed", "a mistake of the calling program"],
  FC_SERVER_BACKEND_MODULE_INVALID: [
    "a backend's module cannot be loaded, or does not export what it should",
    "[custom-backends.md](custom-backends.md)",
  ],
  FC_SERVER_RUN_DIRECTORY_UNSAFE: [
    "the folder for the process's files belongs to another user",
    "remove it, or set `TMPDIR`",
  ],
  FC_STORAGE_IN_USE: ["another server has the data path", "stop that one, or set another `FAKECLOUD_DATA_PATH`"],
  FC_STORAGE_CORRUPT: [
    "`records.db` or a record in it is damaged, or it is none of this server's; nothing was changed",
    "put a backup in its place, or move it away to start empty",
  ],
  FC_STORAGE_TOO_NEW: [
    "a later version has written the data path",
    "run that version, put a backup of `backups/` in place ([storage.md](storage.md#new-versions)), or set another path",
  ],
  FC_STORAGE_MIGRATION_FAILED: [
    "`records.db` could not be brought from an older format to this version's; it is as it was",
    "run the version that wrote it, and report this",
  ],
  FC_STORAGE_KEY_MISSING: [
    "`records.db` is encrypted, and `data.key` is gone",
    "put the file back, or set `FAKECLOUD_DATA_KEY` to what was in it ([storage.md](storage.md#secrets))",
  ],
  FC_STORAGE_KEY_WRONG: [
    "the key is not the one that `records.db` was written with, or none at all",
    "put the `data.key` of the data path back, or set `FAKECLOUD_DATA_KEY` to its key",
  ],
  FC_STORAGE_FULL: [
    "the disk is full: the change was not made",
    "make room, then try again; `/_fakecloud/ready` says it, too",
  ],
  FC_STORAGE_UNAVAILABLE: [
    "the data path cannot be read or written; the message is the system's",
    "by its words: permissions, a volume that is gone",
  ],
  FC_DOCTOR_SETTINGS: ["doctor: the settings", doctor],
  FC_DOCTOR_REACH: ["doctor: the way from Pods to the server", doctor],
  FC_DOCTOR_DNS: ["doctor: names of Services in Pods", doctor],
  FC_DOCTOR_DIAL: ["doctor: the way from the server to Pods", doctor],
  FC_DOCTOR_IMAGE: ["doctor: images on the nodes", doctor],
  FC_DOCTOR_CLOCK: ["doctor: this machine's clock beside the cluster's", doctor],
  FC_DOCTOR_LEFTOVERS: ["doctor: what dead servers left", doctor],
};
