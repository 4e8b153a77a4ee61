import { defineErrors, Unavailable } from '../../lib/errors.ts'

const errors = defineErrors('database', {
  unavailable: [503, 'The service is unavailable, please try again in a moment'],
})

/** What a request is told that the database could not serve; in two seconds it may. */
export const unavailable = (cause: unknown): Unavailable =>
  new Unavailable(errors.unavailable({ headers: { 'retry-after': '2' }, cause }))

/** Of Node's network errors. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])
/**
 * SQLSTATEs of a server that is going, coming, full (of connections, of data) or no longer the one that writes, that ended a
 * statement, a transaction or a connection which took longer than its operator allows, or that undid a transaction since it and
 * others stood in each other's way (PostgreSQL, appendix A).
 */
const NOT_NOW = /^(08...|57P0[1235]|57014|53...|55P03|25006|25P0[34]|40001|40P01)$/
/** Of these, those after which the connection is as good as before. */
const GOES_ON = /^(40...|57014|53[124]00|55P03)$/
/** What `pg` says without a code. */
const LOST =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|timeout exceeded when trying|Query read timeout)/
const TIMED_OUT = /^(timeout exceeded when trying|Connection terminated due to connection timeout)/
const UNDONE = /^40...$/

/** Whether PostgreSQL cannot do it now, though the statement is right. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  return code === '' ? LOST.test(error.message) : UNREACHABLE.has(code) || NOT_NOW.test(code)
}

/** Whether no connection was to be had for as long as one is waited for. */
export const isTimeout = (error: unknown): boolean =>
  error instanceof Error && codeOf(error) === '' && TIMED_OUT.test(error.message)

/** Whether the connection that the error came over should not be used again. */
export const isLost = (error: unknown): boolean =>
  isUnavailable(error) && !(error instanceof Error && GOES_ON.test(codeOf(error)))

/** Whether PostgreSQL undid what the error is of, since it and others stood in each other's way. */
export const isUndone = (error: unknown): boolean => error instanceof Error && UNDONE.test(codeOf(error))

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')

/** What is behind an error, in the words of whoever said it; for the operator. */
export function reasonOf(error: unknown): string {
  const reason = error instanceof Unavailable && error.cause !== undefined ? error.cause : error
  // A name that stands for several addresses fails without a message.
  return reason instanceof Error ? reason.message || codeOf(reason) || reason.name : String(reason)
}
