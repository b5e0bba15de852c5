// Plumbing for what comes piece by piece: streams of bytes as async generators, and work on many things a few at a time.

export { Branch, MAIN_READER_LEFT, tee, type PieceSink } from './tee.ts';
export {
  PieceReceiver,
  PieceSender,
  isOtherSideLeft,
  newPieceRing,
  type PieceRing,
  type RingEnd,
} from './piece-ring.ts';
export { countBytes, drain } from './drain.ts';
export { sideBySide } from './side-by-side.ts';
