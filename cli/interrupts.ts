// Ctrl-C and the polite ways to end a process: the first one asks the engine to stop and clean up,
// a second one ends the program at once.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens for the rest of the process's life. `exit` is called on the second signal. */
export function watchInterrupts(process: NodeJS.EventEmitter, exit: (code: number) => void): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}
