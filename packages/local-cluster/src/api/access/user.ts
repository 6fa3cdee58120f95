/** Who asks. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  /** Of a ServiceAccount. */
  readonly uid?: string;
}
