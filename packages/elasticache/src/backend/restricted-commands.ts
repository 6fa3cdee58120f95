/**
 * What customers are kept from in every engine, as AWS does it ("Restricted commands" of the User Guide), and what would undo that. The
 * engines refuse with NOPERM, where AWS's say `ERR unknown command`. ACL LIST and GETUSER, which AWS answers without password hashes, are
 * refused because the engines would show them. All names are known to redis 7.0 and valkey 7.2: an engine ends on a rule that it does
 * not know.
 */
export const restrictedCommands: readonly string[] = [
  "bgrewriteaof",
  "bgsave",
  "config",
  "debug",
  "failover",
  "migrate",
  "module",
  "psync",
  "replicaof",
  "save",
  "shutdown",
  "slaveof",
  "sync",
  "acl|deluser",
  "acl|getuser",
  "acl|list",
  "acl|load",
  "acl|save",
  "acl|setuser",
  "cluster|addslots",
  "cluster|addslotsrange",
  "cluster|bumpepoch",
  "cluster|delslots",
  "cluster|delslotsrange",
  "cluster|failover",
  "cluster|flushslots",
  "cluster|forget",
  "cluster|links",
  "cluster|meet",
  "cluster|replicate",
  "cluster|reset",
  "cluster|saveconfig",
  "cluster|set-config-epoch",
  "cluster|setslot",
];
