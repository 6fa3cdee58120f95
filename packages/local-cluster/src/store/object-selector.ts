import { isJsonObject, listAt, objectAt, textAt } from "./kube-object.ts";
import type { LabelSelector } from "./label-selector.ts";

/** The object form of a label selector, `meta/v1 LabelSelector`. An empty one selects everything, an absent one nothing. */
export function objectSelector(selector: unknown): LabelSelector {
  if (!isJsonObject(selector)) return () => false;
  const wanted = Object.entries(objectAt(selector, "matchLabels"));
  const expressions = listAt(selector, "matchExpressions").map((expression): LabelSelector => {
    const key = textAt(expression, "key");
    const values = listAt(expression, "values");
    switch (textAt(expression, "operator")) {
      case "In":
        return (labels) => values.includes(labels[key]);
      case "NotIn":
        return (labels) => !values.includes(labels[key]);
      case "Exists":
        return (labels) => labels[key] !== undefined;
      case "DoesNotExist":
        return (labels) => labels[key] === undefined;
      default:
        return () => false;
    }
  });
  return (labels) =>
    wanted.every(([key, value]) => labels[key] === value) && expressions.every((matches) => matches(labels));
}
