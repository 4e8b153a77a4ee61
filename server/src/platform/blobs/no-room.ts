import { defineErrors, Unavailable } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'

const errors = defineErrors('storage', {
  noRoom: [503, 'There is no room to keep the file just now, please try again later'],
})

/** The disk is full, or what this user may use of it; a file is larger than the process may write. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG']
/** Seconds: somebody has to make room first. */
const RETRY = { 'retry-after': '60' }

/**
 * What a person is told whose file there is no room for, where an error means that. It is 503 as with a full database, not 507
 * (RFC 4918, section 11.5): clients and proxies know it and read its Retry-After.
 */
export const noRoom = (error: unknown): Unavailable | undefined =>
  isNoRoom(error) ? new Unavailable(errors.noRoom({ headers: RETRY, cause: error })) : undefined

/** Whether an error says that there is no room for a file. */
export const isNoRoom = (error: unknown): boolean => isObject(error) && NO_ROOM.includes(String(error['code']))
