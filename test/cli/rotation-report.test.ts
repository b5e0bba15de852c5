// A plan of a rotation in words: short before the question, and nothing about what is not done.

import { expect, it } from 'vitest';

import { createFormats } from '../../shared/reports/formats.ts';
import { rotationPlanLines } from '../../shared/reports/rotation.ts';
import type { RotationPlan } from '../../shared/rotation.ts';
import { batchPlan, plannedItem } from './fake-library.ts';

const FORMATS = createFormats('en', 'UTC');

function plan(items: RotationPlan['batch']['items']): RotationPlan {
  return {
    request: { oldKeyIds: ['1'], newKeyId: '2', filter: {}, originals: 'keep', quarantineDays: 30 },
    oldKeys: [{ id: '1', label: 'Home 2024', state: 'active' }],
    newKey: { id: '2', label: 'Home 2026', state: 'active' },
    unsaved: null,
    batch: batchPlan({ items }),
    away: [],
    retires: ['1'],
    advice: ['Change it there, too.'],
  };
}

it('names some of many, and the command that names them all', () => {
  const items = Array.from({ length: 25 }, (_, index) => plannedItem({ path: `/backups/${index}.tar` }));
  const lines = rotationPlanLines(plan(items), FORMATS, 20);
  expect(lines.filter((line) => line.startsWith('  /backups/'))).toHaveLength(20);
  expect(lines).toContain('  and 5 more (all of them: strongroom rotate plan …)');
});

it('where nothing is under the old key, says only that', () => {
  expect(rotationPlanLines(plan([]), FORMATS)).toEqual([
    'Nothing to do: none of the backups that you chose is under “Home 2024”.',
  ]);
});
