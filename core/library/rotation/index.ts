// Rotations of keys: backups that old keys open get a new one, over days where it has to be.

export { planRotation, requireWork } from './plan-rotation.ts';
export { batchOf, parseRotationRequest } from './rotation-request.ts';
export { rotationStatus } from './rotation-status.ts';
export { unsavedProblem } from './saved-key.ts';
export { settleRotation } from './settle-rotation.ts';
