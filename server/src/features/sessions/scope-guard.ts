import { defineErrors } from '../../lib/errors.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { type Guard, isReading } from '../../platform/http/guards.ts'
import { ErrorReply } from '../../platform/http/replies.ts'

/** Scopes of which one is needed to read, and one to change; an empty list leaves it to the product's own applications. */
export interface ScopeRule {
  read: readonly string[]
  write: readonly string[]
}

const errors = defineErrors('sessions', {
  insufficientScope: [403, 'The access token does not have the scope for this'],
})

/** Keeps other people's applications to what they were allowed; stands behind the guard of the account (RFC 6750, 3.1). */
export const requireScope = ({ read, write }: ScopeRule): Guard => ({
  security: 'BearerToken',
  answers: { 403: ErrorReply },
  check: (request) => {
    const { scopes } = callerOf(request).session
    if (scopes === null) return
    const wanted = isReading(request) ? read : write
    const owned = scopes.split(' ')
    if (wanted.some((scope) => owned.includes(scope))) return
    throw errors.insufficientScope({
      headers: {
        'www-authenticate': `Bearer realm="Barong", error="insufficient_scope", scope="${wanted.join(' ')}"`,
      },
    })
  },
})
