// What the commands of `strongroom rotate` do: the plan, a yes, the run, the report; and looking at rotations later.

import { StrongroomError } from '../../../shared/errors.ts';
import type { BatchReport } from '../../../shared/library.ts';
import { batchLines } from '../../../shared/reports/batch-plan.ts';
import { hasWork, rotationLines, rotationList, rotationPlanLines } from '../../../shared/reports/rotation.ts';
import type { RotationPlan, RotationStatus } from '../../../shared/rotation.ts';
import type { VaultArguments } from '../../command-options.ts';
import { agreeToPlan, requireSensibleOriginals, SHOWN_BEFORE_CONSENT } from '../../consent.ts';
import type { LibraryDesk, StartedRotation } from '../../engine.ts';
import { EXIT, type ExitCode, worstExitCode } from '../../exit-code.ts';
import { openVault } from '../../keys/vault-access.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { withProgress, type ShownRun } from '../jobs/job-progress.ts';
import { lookIntoVault, openDesk } from '../library/access.ts';
import { codesOfBatch, codesOfPlan, QUARANTINE_DAYS } from '../library/batch.ts';
import { readFilter, requireChoice } from '../library/filter.ts';
import type { RotateArguments } from './index.ts';
import {
  makeSureItIsSaved,
  newKeyToUse,
  oldKeyIds,
  plannedNewKey,
  requireOneNewKey,
} from './rotation-keys.ts';

export async function showPlan(
  session: Session,
  paths: readonly string[],
  args: RotateArguments,
): Promise<ExitCode> {
  requireSense(paths, args);
  const { plan } = await makePlan(session, paths, args, plannedNewKey);
  const exitCode = worstExitCode(codesOfPlan(plan.batch));
  return printReport(
    session,
    session.host.dataFolder,
    plan,
    rotationPlanLines(plan, session.formats),
    exitCode,
  );
}

export async function runRotation(
  session: Session,
  paths: readonly string[],
  args: RotateArguments,
): Promise<ExitCode> {
  requireSense(paths, args);
  if (args.yes !== true && session.prompter === null) {
    throw new StrongroomError(
      'USAGE',
      'This rotation would replace your backups, and there is no terminal to ask you.',
      {
        hint: 'See what it would do: strongroom rotate plan. Then add --yes to agree beforehand.',
      },
    );
  }
  const { desk, plan } = await makePlan(session, paths, args, newKeyToUse);
  if (!hasWork(plan))
    return printReport(
      session,
      session.host.dataFolder,
      { plan, rotation: null, report: null },
      rotationPlanLines(plan, session.formats),
    );
  await makeSureItIsSaved(session, desk, plan.request.newKeyId, args.saveKit);
  await agreeToPlan(session, {
    yes: args.yes,
    lines: () => rotationPlanLines({ ...plan, unsaved: null }, session.formats, SHOWN_BEFORE_CONSENT),
    summary: null,
    afterNo: 'No backup was changed.',
  });
  const { rotation, report } = await carryOut(
    session,
    (options) => desk.rotations.start(plan, options),
    desk,
  );
  const exitCode = worstExitCode([...codesOfPlan(plan.batch), ...codesOf(report)]);
  return tell(session, rotation, report, exitCode, plan);
}

export async function resumeRotation(session: Session, id: number, args: VaultArguments): Promise<ExitCode> {
  await openVault(session, args);
  const desk = await openDesk(session);
  const { rotation, report } = await carryOut(session, (options) => desk.rotations.resume(id, options), desk);
  return tell(session, rotation, report, worstExitCode(codesOf(report)), null);
}

export async function showRotations(
  session: Session,
  id: number | undefined,
  args: VaultArguments,
): Promise<ExitCode> {
  await lookIntoVault(session, args); // without it keys have no names
  const desk = await openDesk(session);
  const subject = session.host.dataFolder;
  if (id === undefined) {
    const rotations = await desk.rotations.list();
    return printReport(session, subject, { rotations }, rotationList(rotations, session.formats));
  }
  const rotation = await desk.rotations.status(id);
  return printReport(
    session,
    subject,
    { rotations: [rotation] },
    rotationLines(rotation, session.formats, false),
  );
}

export async function endRotation(session: Session, id: number, args: VaultArguments): Promise<ExitCode> {
  await lookIntoVault(session, args);
  const desk = await openDesk(session);
  const rotation = await desk.rotations.end(id);
  return printReport(
    session,
    session.host.dataFolder,
    { rotations: [rotation] },
    rotationLines(rotation, session.formats, false),
  );
}

/** What the arguments alone tell, before the vault is opened. @throws USAGE */
function requireSense(paths: readonly string[], args: RotateArguments): void {
  requireChoice(paths, args);
  requireSensibleOriginals(args);
  requireOneNewKey(args);
}

async function makePlan(
  session: Session,
  paths: readonly string[],
  args: RotateArguments,
  chooseNewKey: typeof plannedNewKey,
): Promise<{ readonly desk: LibraryDesk; readonly plan: RotationPlan }> {
  await openVault(session, args);
  const desk = await openDesk(session);
  const filter = await readFilter(session, desk, paths, args);
  const { screen, formats, host } = session;
  const oldIds = await oldKeyIds(session, args);
  const request = {
    oldKeyIds: oldIds,
    newKeyId: await chooseNewKey(session, args, oldIds),
    filter,
    originals: args.originals,
    quarantineDays: args.quarantineDays ?? QUARANTINE_DAYS,
  };
  const plan = await desk.rotations.plan(request, {
    signal: host.signal,
    onProgress: ({ doneCount, totalCount }) =>
      screen.live(`Making the plan (${formats.count(doneCount)} of ${formats.count(totalCount)})`),
  });
  screen.live(null);
  return { desk, plan };
}

function carryOut(
  session: Session,
  begin: (running: ShownRun) => Promise<StartedRotation>,
  desk: LibraryDesk,
): Promise<{ readonly rotation: RotationStatus; readonly report: BatchReport | null }> {
  return withProgress(session, async (running) => {
    const { rotation, run } = await begin(running);
    if (run === null) return { rotation, report: null };
    await run.ended;
    return { rotation: await desk.rotations.status(rotation.id), report: await desk.batchReport(run.job.id) };
  });
}

async function tell(
  session: Session,
  rotation: RotationStatus,
  report: BatchReport | null,
  exitCode: ExitCode,
  plan: RotationPlan | null,
): Promise<ExitCode> {
  const { formats } = session;
  const lines = [
    ...(report === null ? [] : [...batchLines(report, plan?.batch ?? null, formats), '']),
    ...rotationLines(rotation, formats, true),
  ];
  // What is left is not done, whether anybody could have done it or not.
  const code = worstExitCode([exitCode, rotation.state === 'open' ? EXIT.other : EXIT.good]);
  return printReport(session, session.host.dataFolder, { plan, rotation, report }, lines, code);
}

function codesOf(report: BatchReport | null): ExitCode[] {
  return report === null ? [EXIT.good] : codesOfBatch(report);
}
