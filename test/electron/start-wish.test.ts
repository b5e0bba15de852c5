import { pathToFileURL } from 'node:url';

import { describe, expect, it } from 'vitest';

import { readArguments, readHandedOver } from '../../electron/open-files.ts';
import { WorkPauses } from '../../electron/work-pauses.ts';

describe('what a start wants', () => {
  it('is the files it names, from where it was started, and nothing of the system’s flags', () => {
    expect(readArguments(['--type=gpu', 'a.tar', '', '/b/c.tar', '--hidden'], '/home/me')).toEqual({
      paths: ['/home/me/a.tar', '/b/c.tar'],
      isQuiet: true,
    });
  });

  it('is the file behind an address, as file managers of Linux hand it over', () => {
    const { paths } = readArguments(
      [pathToFileURL('/home/me/100 % of it #1 – ä.tar').href, 'file://nas/b.tar', 'file:///%zz'],
      '/home/me',
    );
    expect(paths).toEqual([
      '/home/me/100 % of it #1 – ä.tar',
      '/home/me/file:/nas/b.tar',
      '/home/me/file:/%zz',
    ]);
  });

  it.each([
    null,
    'text',
    [],
    {},
    { paths: 'x', isQuiet: false },
    { paths: [1], isQuiet: false },
    { paths: [] },
  ])('is nothing where it is not understood: %j', (data) => {
    expect(readHandedOver(data)).toEqual({ paths: [], isQuiet: false });
  });

  it('has no path that would mean another place here', () => {
    expect(readHandedOver({ paths: ['/a.tar', 'b.tar', '../c.tar'], isQuiet: false }).paths).toEqual([
      '/a.tar',
    ]);
  });
});

describe('background work', () => {
  it('goes on when the last reason to rest is gone, and says the reason that weighs most', () => {
    const told: (string | null)[] = [];
    const pauses = new WorkPauses({
      pauseWork: (because) => told.push(because),
      resumeWork: () => told.push(null),
    });
    pauses.add('battery');
    pauses.add('person');
    pauses.add('suspend');
    pauses.remove('suspend');
    pauses.remove('battery');
    pauses.remove('battery');
    pauses.remove('person');
    expect(told).toEqual(['battery', 'person', 'person', 'person', 'person', null]);
  });
});
