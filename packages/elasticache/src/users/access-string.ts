import { invalidValue } from "../errors.ts";
import { commandCategories, commandKind } from "./engine-commands.ts";

/** Rules that are one word. `reset`, `nopass` and the like are AWS's to set: passwords come by parameters of their own. */
const words: ReadonlySet<string> = new Set([
  "on",
  "off",
  "allkeys",
  "resetkeys",
  "allchannels",
  "resetchannels",
  "allcommands",
  "nocommands",
  "clearselectors",
  "sanitize-payload",
  "skip-sanitize-payload",
]);
const inSelector: ReadonlySet<string> = new Set([
  "allkeys",
  "resetkeys",
  "allchannels",
  "resetchannels",
  "allcommands",
  "nocommands",
]);
const maxLength = 10_000;

/**
 * An access string as it is kept: one blank between rules, commands in lower case, and `off` in front when it says neither `on` nor
 * `off`, as AWS has it.
 * @throws AwsError `InvalidParameterValue` for what an engine or AWS would not take.
 */
export function accessString(value: string | undefined, parameter = "AccessString"): string {
  const text = (value ?? "").trim();
  if (text === "") throw invalidValue(`The parameter ${parameter} must be provided and must not be blank.`);
  if (text.length > maxLength)
    throw invalidValue(`The parameter ${parameter} must have at most ${maxLength} characters.`);
  const rules = splitRules(text, parameter).map((rule) => checkRule(rule, parameter));
  return rules.some((rule) => rule === "on" || rule === "off") ? rules.join(" ") : ["off", ...rules].join(" ");
}

/** The rules of an access string; a selector in parentheses is one. */
export function splitRules(text: string, parameter = "AccessString"): string[] {
  const rules: string[] = [];
  let selector: string[] | undefined;
  for (const word of text.split(/\s+/)) {
    if (selector === undefined && word.startsWith("(")) selector = [word.slice(1)];
    else if (selector !== undefined) selector.push(word);
    else {
      rules.push(word);
      continue;
    }
    if (!word.endsWith(")")) continue;
    const inner = selector.join(" ").slice(0, -1).trim();
    rules.push(`(${inner})`);
    selector = undefined;
  }
  if (selector !== undefined)
    throw invalid(parameter, `(${selector.join(" ")}`, "the selector has no closing parenthesis");
  return rules;
}

function checkRule(rule: string, parameter: string): string {
  if (!rule.startsWith("(")) return checkSimple(rule, words, parameter);
  const inner = rule.slice(1, -1);
  if (inner === "" || /[()]/.test(inner))
    throw invalid(parameter, rule, "a selector holds rules for keys, channels and commands");
  return `(${inner
    .split(" ")
    .map((one) => checkSimple(one, inSelector, parameter))
    .join(" ")})`;
}

function checkSimple(rule: string, allowed: ReadonlySet<string>, parameter: string): string {
  const lower = rule.toLowerCase();
  if (allowed.has(lower)) return lower;
  if (/^(?:%(?:r|w|rw))?~[\x21-\x7e]+$/i.test(rule) || /^&[\x21-\x7e]+$/.test(rule)) return rule;
  if (/^[+-]@/.test(rule)) {
    if (!commandCategories.has(lower.slice(2))) throw invalid(parameter, rule, "there is no such command category");
    return lower;
  }
  if (/^[+-]./.test(rule)) {
    const kind = commandKind(lower.slice(1));
    if (kind === "known") return lower;
    throw invalid(parameter, rule, kind === "restricted" ? "this command is restricted" : "there is no such command");
  }
  if (/^[<>#!]/.test(rule) || ["nopass", "resetpass", "reset"].includes(lower))
    throw invalidValue(
      `The parameter ${parameter} must not set or remove passwords. Use Passwords, NoPasswordRequired or AuthenticationMode.`,
    );
  throw invalid(parameter, rule, "it is not an access rule");
}

function invalid(parameter: string, rule: string, why: string): Error {
  return invalidValue(`The parameter ${parameter} has an invalid rule ${rule}: ${why}.`);
}
