// A program that leaves its queue without closing it: node queue-child.ts <paused|cancelled|retried>

import { JobQueue } from '../../core/jobs/index.ts';
import { StrongroomError } from '../../shared/errors.ts';
import { MemoryJournal } from './memory-journal.ts';

const how = process.argv[2];
const says = (word: string): void => void process.stdout.write(`${word}\n`);
const STOPS_AFTER_MS = 500;
let attempts = 0;

const queue = new JobQueue({
  journal: new MemoryJournal(),
  owner: 'child',
  mayBeAlive: () => true,
  atATime: 1,
  handlers: [
    {
      kind: 'migrate',
      atATime: () => 1,
      isPassing: ({ code }) => code === 'SOURCE_CHANGED',
      run: async () => {
        if (how === 'retried' && ++attempts === 1) throw new StrongroomError('SOURCE_CHANGED', 'It grows.');
        if (how !== 'retried') await new Promise((resolve) => setTimeout(resolve, STOPS_AFTER_MS));
        says('item ended');
        return { state: 'done', message: 'Done.', resultJson: null };
      },
    },
  ],
});
const items = ['a', 'b'].map((path) => ({ path, sizeBytes: 1 }));
const { id } = queue.create('migrate', 'A job', null, items);
void queue.run(id).then(({ state }) => says(state));
if (how === 'paused') setTimeout(() => void queue.pause(id), 50);
if (how === 'cancelled') setTimeout(() => void queue.cancel(id), 50);
