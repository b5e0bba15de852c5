// What extract and salvage brought out, and what they could not.

import type { ExtractReport, SalvageReport } from '../../shared/backup.ts';
import { printable } from '../../shared/reports/printable.ts';
import { formatTable } from '../../shared/reports/table.ts';
import { remarkLines, type ReportContext } from '../../shared/reports/words.ts';

const SHOWN = 20;

export function describeExtraction(
  report: ExtractReport,
  context: ReportContext,
  options: { readonly dryRun: boolean } = { dryRun: false },
): string[] {
  return [
    extractionHeadline(report, context, options.dryRun),
    ...section('Parts that could not be read to their end:', report.failures, ({ member, error }) =>
      about(member, error.message),
    ),
    ...section('Left out:', report.skipped, ({ member, name, reason }) =>
      about(member, `${name}: ${reason}`),
    ),
    ...section(
      'Written under another name:',
      report.renamed,
      (entry) => `${entry.member}: ${entry.name} is now ${entry.writtenAs}`,
    ),
    ...section(
      'Links, not followed and not created:',
      report.links,
      (link) => `${link.member}: ${link.name} leads to ${link.target}`,
    ),
    '',
    `Done in ${context.formats.duration(report.durationMs)}.`,
  ];
}

function extractionHeadline(report: ExtractReport, { formats }: ReportContext, dryRun: boolean): string {
  const more =
    report.failures.length === 0 && report.skipped.length === 0 ? '' : ' What is missing is listed below.';
  if (report.fileCount === 0) return `No file ${dryRun ? 'would be' : 'was'} extracted.${more}`;
  const files = `${formats.countOf(report.fileCount, 'file', 'files')} (${formats.size(report.bytes)})`;
  return `${files} ${dryRun ? 'would be extracted' : 'extracted'} to ${printable(report.folder)}.${more}`;
}

const STATUS = { complete: 'complete', partial: 'PARTLY', lost: 'LOST' } as const;

export function describeSalvage(report: SalvageReport, { formats }: ReportContext): string[] {
  const whole = report.missing.length === 0 && report.members.every(({ status }) => status === 'complete');
  const count = (wanted: keyof typeof STATUS): number =>
    report.members.filter(({ status }) => status === wanted).length;
  const partly = count('partial') === 0 ? '' : `, ${formats.count(count('partial'))} partly`;
  return [
    whole
      ? 'Everything in this backup could be saved.'
      : `${formats.count(count('complete'))} of ${formats.countOf(report.members.length + report.missing.length, 'part', 'parts')} could be saved wholly${partly}.`,
    report.outputPath === null
      ? 'No new backup was written.'
      : `The salvaged backup: ${printable(report.outputPath)}`,
    ...(report.members.length === 0
      ? []
      : [
          '',
          ...formatTable(
            [
              { title: 'Part' },
              { title: 'Entries', align: 'right' },
              { title: 'Size', align: 'right' },
              { title: 'Saved' },
            ],
            report.members.map((member) => [
              printable(member.name),
              formats.count(member.entryCount),
              formats.size(member.bytes),
              STATUS[member.status],
            ]),
          ),
        ]),
    ...section(
      'What could not be saved wholly:',
      report.members.filter(({ error }) => error !== null),
      (member) =>
        `${member.name}: ${member.error?.message ?? ''}${member.lastGoodEntry === null ? '' : ` The last whole entry is ${member.lastGoodEntry}.`}`,
    ),
    ...section('Listed in the backup, but not in the file:', report.missing, (name) => name),
    ...remarkLines(report.remarks),
    '',
    `Done in ${formats.duration(report.durationMs)}.`,
  ];
}

/** An empty member stands for the whole backup. */
function about(member: string, text: string): string {
  return member === '' ? text : `${member}: ${text}`;
}

function section<Item>(title: string, items: readonly Item[], line: (item: Item) => string): string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, SHOWN).map((item) => `- ${printable(line(item))}`);
  const more = items.length - shown.length;
  return ['', title, ...shown, ...(more === 0 ? [] : [`- and ${more} more; --json lists them all.`])];
}
