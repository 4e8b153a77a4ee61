/** Result codes of SQLite: the disk failed, or there is no room on it. */
export const SQLITE_IOERR = 10
export const SQLITE_FULL = 13

/** SQLite's result code of an error; its last byte says what it is, extended codes add more above it. Undefined where it has none. */
export const resultOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
