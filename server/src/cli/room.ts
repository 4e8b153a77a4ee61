import { Unavailable } from '../lib/errors.ts'
import { isObject } from '../lib/json.ts'
import { isNoRoom } from '../platform/blobs/no-room.ts'
import { resultOf, SQLITE_FULL } from '../platform/db/sqlite-results.ts'
import { reasonOf } from '../platform/db/unavailable.ts'

/** PostgreSQL, appendix A: disk_full. */
const DISK_FULL = '53100'

/** What was said of a disk that is full, of files or of the database; undefined where the error is another. */
export function outOfRoom(error: unknown): string | undefined {
  const cause = error instanceof Unavailable ? error.cause : error
  const isFull = isNoRoom(cause) || resultOf(cause) === SQLITE_FULL || (isObject(cause) && cause['code'] === DISK_FULL)
  return isFull ? reasonOf(cause) : undefined
}
