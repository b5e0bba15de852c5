// A process that is at work on an output until it is killed: node holding-child.ts <path>, tells `holding` on stdout.

import { OutputFile } from '../../core/files/index.ts';

const output = await OutputFile.create(process.argv[2] ?? '', { kind: 'new-file' });
await output.handle.writeFile('half of a ba');
process.stdout.write('holding\n');
setInterval(() => output, 60_000); // it is never done
