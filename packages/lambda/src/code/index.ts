/**
 * Function code as a backend takes it, from zips: for embedders that have a control plane of their own.
 *
 * @packageDocumentation
 */
export { codeFromZips } from "./code-from-zips.ts";
export { awsCodeLimits, type CodeLimits } from "./code-limits.ts";
