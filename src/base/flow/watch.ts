// How long one exchange may take: to connect, to its first byte, and then as long as bytes keep coming.

/** Milliseconds: to connect, to the first byte, for an upload to be confirmed once it is sent, and of silence. */
export type Deadlines = {
  readonly connect: number;
  readonly firstByte: number;
  readonly commit: number;
  readonly stall: number;
};

/** What moves less than this for two silences on end is not worth the wait: 100 MB would take seven hours. */
const LEAST_BYTES_PER_SECOND = 4_000;

/** The watch over one exchange. */
export type Watch = {
  /** The exchange has come to a new phase, which may take so long. */
  enter(phase: string, milliseconds: number): void;
  /** Bytes are under way; `moved` counts those so far, null while it is not this side that they wait for. */
  follow(moved: () => number | null): void;
  stop(): void;
};

/** Watches an exchange that begins now; `late` hears why it takes too long. One timer at a time. */
export function startWatch(deadlines: Deadlines, late: (why: string) => void): Watch {
  const after = (phase: string, milliseconds: number) =>
    setTimeout(() => late(`${phase} within ${milliseconds / 1000} s`), milliseconds);
  let timer: NodeJS.Timeout = after('no answer', deadlines.firstByte);
  return {
    enter(phase, milliseconds) {
      clearTimeout(timer);
      timer = after(phase, milliseconds);
    },
    follow(moved) {
      clearTimeout(timer);
      timer = setInterval(pulse(moved, deadlines.stall, late), deadlines.stall);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Looks once in each silence's time: nothing at all is a stall, too little in two of them is a trickle. */
function pulse(moved: () => number | null, stall: number, late: (why: string) => void): () => void {
  const least = (LEAST_BYTES_PER_SECOND * 2 * stall) / 1000;
  let before: number | null = null;
  let last: number | null = 0;
  return () => {
    const now = moved();
    if (now !== null && now === last) late(`it stalled: nothing more within ${stall / 1000} s`);
    else if (now !== null && before !== null && now - before < least) {
      late(`it trickles: less than ${LEAST_BYTES_PER_SECOND / 1000} kB a second`);
    }
    before = now === null ? null : last;
    last = now;
  };
}
