import { StatusError } from "../../store/status-error.ts";
import { isTrue, type ResourceRequest } from "../http/api-request.ts";
import { Causes } from "./causes.ts";

const matches = ["Exact", "NotOlderThan"];

/** Checks the options of a list or watch that have to fit together. @throws StatusError 400, 422 */
export function checkListOptions({ query }: ResourceRequest): void {
  const limit = query.get("limit") ?? "";
  if (!/^[+-]?\d*$/.test(limit))
    throw StatusError.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`);
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const initial = isTrue(query, "watch") ? query.get("sendInitialEvents") : null;
  const causes = new Causes();
  const field = "resourceVersionMatch";
  if (initial !== null) {
    if (match !== "NotOlderThan")
      causes.forbidden(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  } else if (match !== "" && isTrue(query, "watch"))
    causes.forbidden(field, "resourceVersionMatch is forbidden for watch");
  else if (match !== "" && version === "")
    causes.forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided");
  else if (match !== "" && !matches.includes(match)) causes.notSupported(field, match, [...matches, ""]);
  else if (match === "Exact" && version === "0")
    causes.forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  if (causes.list.length > 0)
    throw StatusError.invalid({ plural: "", group: "meta.k8s.io", kind: "ListOptions" }, "", causes.list);
  if (/^\d*$/.test(version)) return;
  const why = `Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`;
  throw StatusError.badRequest(`invalid resource version: resourceVersion: ${why}`);
}
