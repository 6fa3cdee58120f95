/** A Pod as the caller names it; with a uid, only that one. */
export interface PodReference {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string };
}
