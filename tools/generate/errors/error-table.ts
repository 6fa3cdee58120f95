/** Error codes with when they come and what to do, each a sentence part of docs/errors.md. */
export type ErrorTable = Readonly<Record<string, readonly [when: string, fix: string]>>;
