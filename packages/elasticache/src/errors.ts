import { AwsError } from "@fc/aws";
import { errorText, FcError } from "@fc/core";

/** An error of the service's model, by its shape's name: the model gives the code and the HTTP status. */
export function fault(shape: string, message: string): AwsError {
  return new AwsError(shape, message);
}

/** `InvalidParameterValue`, 400. */
export function invalidValue(message: string): AwsError {
  return fault("InvalidParameterValueException", message);
}

/** `InvalidParameterCombination`, 400. */
export function invalidCombination(message: string): AwsError {
  return fault("InvalidParameterCombinationException", message);
}

/** The refusal of something that AWS has and this service does not: said before anything is changed, never faked. */
export function unsupported(what: string, advice: string): AwsError {
  return invalidCombination(`${what} is not implemented by this endpoint. ${advice}`);
}

/** `CacheClusterNotFound`, 404. */
export function clusterNotFound(id: string): AwsError {
  return fault("CacheClusterNotFoundFault", `CacheCluster not found: ${id}`);
}

/** `ReplicationGroupNotFoundFault`, 404. */
export function groupNotFound(id: string): AwsError {
  return fault("ReplicationGroupNotFoundFault", `ReplicationGroup ${id} not found.`);
}

/** `CacheParameterGroupNotFound`, 404. */
export function parameterGroupNotFound(name: string): AwsError {
  return fault("CacheParameterGroupNotFoundFault", `CacheParameterGroup ${name} not found.`);
}

/** `CacheSubnetGroupNotFoundFault`: 400, as the model says. */
export function subnetGroupNotFound(name: string): AwsError {
  return fault("CacheSubnetGroupNotFoundFault", `Cache Subnet Group ${name} does not exist.`);
}

/** `SnapshotNotFoundFault`, 404. */
export function snapshotNotFound(name: string): AwsError {
  return fault("SnapshotNotFoundFault", `Snapshot ${name} not found.`);
}

/** `ServerlessCacheNotFoundFault`, 404. */
export function serverlessCacheNotFound(name: string): AwsError {
  return fault("ServerlessCacheNotFoundFault", `ServerlessCache ${name} not found.`);
}

/** `ServerlessCacheSnapshotNotFoundFault`, 404. */
export function serverlessSnapshotNotFound(name: string): AwsError {
  return fault("ServerlessCacheSnapshotNotFoundFault", `ServerlessCacheSnapshot ${name} not found.`);
}

/** `UserNotFound`, 404. */
export function userNotFound(id: string): AwsError {
  return fault("UserNotFoundFault", `User ${id} not found.`);
}

/** `UserGroupNotFound`, 404. */
export function userGroupNotFound(id: string): AwsError {
  return fault("UserGroupNotFoundFault", `User group ${id} not found.`);
}

/** `InvalidUserState`, 400. */
export function userState(message: string): AwsError {
  return fault("InvalidUserStateFault", message);
}

/** `InvalidUserGroupState`, 400. */
export function userGroupState(message: string): AwsError {
  return fault("InvalidUserGroupStateFault", message);
}

/** `InvalidCacheClusterState`, 400. */
export function clusterState(message: string): AwsError {
  return fault("InvalidCacheClusterStateFault", message);
}

/** `InvalidReplicationGroupState`, 400. */
export function groupState(message: string): AwsError {
  return fault("InvalidReplicationGroupStateFault", message);
}

/** The words of an event about a backend's failure: with the cluster's own reason in front when it is not among them. */
export function failureText(error: unknown): string {
  const reason = FcError.isInstance(error) ? error.details["reason"] : undefined;
  const text = error instanceof Error ? error.message : "";
  // Backends put the words of a cause into their own message: then the chain would say them twice.
  const said = error instanceof Error && error.cause instanceof Error && text.includes(error.cause.message);
  const words = said ? text : errorText(error);
  return typeof reason === "string" && !words.includes(reason) ? `${reason}: ${words}` : words;
}
