// What a job did, as a file for its owner: in the words of the command line, or as data. Never replaces a file.

import { StrongroomError } from '../../shared/errors.ts';
import type { JobDetails } from '../../shared/jobs.ts';
import type { BatchReport, VerificationReport } from '../../shared/library.ts';
import type { CopyReport } from '../../shared/places.ts';
import { batchLines } from '../../shared/reports/batch-plan.ts';
import { copyLines } from '../../shared/reports/copies.ts';
import { createFormats, type Formats } from '../../shared/reports/formats.ts';
import { jobHead, jobLines } from '../../shared/reports/jobs.ts';
import { verificationLines } from '../../shared/reports/library-verification.ts';
import { schemeLines } from '../../shared/reports/scheme.ts';
import type { SchemeReport } from '../../shared/scheme.ts';
import type { Catalog } from '../catalog/index.ts';
import { writePrivateFile } from '../files/index.ts';
import { batchReport } from './batch/index.ts';
import { schemeReport } from './scheme/index.ts';
import { copyReport } from './copying/index.ts';
import { verificationReport } from './verification/index.ts';

export type ReportForm = 'text' | 'json';

/** @throws USAGE where there is no such job; OUTPUT_REFUSED, NO_SPACE, IO_FAILED; DAMAGED_CATALOG, BUSY */
export async function saveJobReport(
  catalog: Catalog,
  jobId: number,
  path: string,
  form: ReportForm,
): Promise<void> {
  const job = existing(catalog.jobs.get(jobId), jobId);
  const { data, lines } = reportOf(catalog, job);
  const text =
    form === 'json'
      ? JSON.stringify({ job, report: data }, null, 2)
      : lines(createFormats(undefined, undefined)).join('\n');
  await writePrivateFile(path, Buffer.from(`${text}\n`));
}

interface Report {
  /** Whatever its kind has: null for a scan. */
  readonly data: BatchReport | VerificationReport | SchemeReport | CopyReport | null;
  readonly lines: (formats: Formats) => string[];
}

function reportOf(catalog: Catalog, job: JobDetails): Report {
  const headed = (formats: Formats, lines: readonly string[]): string[] => [
    ...jobHead(job, formats),
    '',
    ...lines,
  ];
  switch (job.kind) {
    case 'migrate':
    case 'encrypt':
    case 'rekey': {
      const data = batchReport(catalog, job.id);
      return { data, lines: (formats) => headed(formats, batchLines(data, null, formats)) };
    }
    case 'verify': {
      const data = verificationReport(catalog, job.id);
      return { data, lines: (formats) => headed(formats, verificationLines(data, formats)) };
    }
    case 'scheme': {
      const data = schemeReport(catalog, job.id);
      return { data, lines: (formats) => headed(formats, schemeLines(data, formats)) };
    }
    case 'copy': {
      const data = copyReport(catalog, job.id);
      return { data, lines: (formats) => headed(formats, copyLines(data, null, formats)) };
    }
    case 'scan':
      return { data: null, lines: (formats) => jobLines(job, formats) };
  }
}

function existing(job: JobDetails | null, id: number): JobDetails {
  if (job !== null) return job;
  throw new StrongroomError('USAGE', `There is no job with the number ${id}.`, {
    hint: 'Look it up in the list of jobs.',
  });
}
