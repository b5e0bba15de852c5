// The front door of the gzip room: one gzip stream (RFC 1952, deflate RFC 1951) read strictly, and the rewritten
// end of one that was cut (securetar-format "The v2 size field is usually short"). Knows no files, tars or keys.
export { GzipReader, type GzipEnd, type GzipReaderOptions, type GzipTrailer } from './gzip-reader.ts';
export { applyGzipCure, planGzipCure, type CureWish, type GzipCure } from './gzip-cure.ts';
