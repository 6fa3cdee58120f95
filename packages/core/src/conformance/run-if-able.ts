/** A case of a conformance kit, as far as running it goes. */
export interface CaseNeeds<Ability extends string> {
  /** What its target must be able to do beyond what every target can. */
  readonly needs: readonly Ability[];
}

/** What a target can do, and why not, for the reports of skipped cases. */
export interface CaseAbilities<Ability extends string> {
  readonly abilities?: Partial<Readonly<Record<Ability, unknown>>> | undefined;
  readonly absent?: Partial<Readonly<Record<Ability, string>>> | undefined;
}

/** How a case ended. */
export type CaseResult<Case> = { readonly case: Case; readonly durationMs: number } & (
  | { readonly outcome: "passed" }
  | { readonly outcome: "failed"; readonly error: unknown }
  | { readonly outcome: "skipped"; readonly reason: string }
);

/** Runs a case unless its target lacks what it needs. Never rejects for what the case does. */
export async function runIfAble<Ability extends string, Case extends CaseNeeds<Ability>>(
  target: CaseAbilities<Ability>,
  entry: Case,
  run: () => Promise<void>,
): Promise<CaseResult<Case>> {
  const started = performance.now();
  const ended = (): { case: Case; durationMs: number } => ({ case: entry, durationMs: performance.now() - started });
  const missing = entry.needs.find((ability) => target.abilities?.[ability] === undefined);
  if (missing !== undefined) {
    const reason = target.absent?.[missing] ?? "whoever runs the cases did not supply it";
    return { ...ended(), outcome: "skipped", reason: `${missing}: ${reason}` };
  }
  try {
    await run();
    return { ...ended(), outcome: "passed" };
  } catch (error) {
    return { ...ended(), outcome: "failed", error };
  }
}
