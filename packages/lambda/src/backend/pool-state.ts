/** What a backend keeps ready of one kind of environment. */
export interface PoolState {
  /** Names what the functions have in common that can be served from here. */
  readonly kind: string;
  readonly image: string;
  readonly memorySizeMb: number;
  readonly architecture: string;
  /** How many should wait now. */
  readonly wanted: number;
  readonly waiting: number;
  readonly starting: number;
  /** Launches that took one since the kind came into use. */
  readonly claimed: number;
  /** Launches that found none. */
  readonly missed: number;
  /** Whether environments of the kind fail one after the other. */
  readonly broken: boolean;
  readonly lastFailure?: {
    /** Milliseconds since the epoch. */
    readonly at: number;
    readonly text: string;
    /** Milliseconds until the next try. */
    readonly retryInMs: number;
  };
}
