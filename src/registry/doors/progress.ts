// What a person sees while a run is under way.

/** The lines of the job's log; those of `debug` show only where debug logging is on. */
export type Log = {
  info(line: string): void;
  /** Something that a person should look at, though it makes nothing fail. */
  warning(line: string): void;
  debug(line: string): void;
  /** Something that a person should see as it begins: a wait, a failure. It is not folded away with the other lines. */
  tell(line: string): void;
};
