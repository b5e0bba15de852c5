import { errorCode } from '../../shared/errors.ts';

/** The code of the error that this throws, or “nothing”. */
export function thrown(work: () => unknown): string {
  try {
    work();
    return 'nothing';
  } catch (error) {
    return errorCode(error);
  }
}
