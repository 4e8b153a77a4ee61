import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import type { Guard } from '../../platform/http/guards.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { type Duty, dutyOf, refusalOf } from './duties.ts'

/** Refuses those who have to do something else first, save for what does it; stands behind the guard of the account. */
export const requireNoDuty = ({ config, db }: Pick<Deps, 'config' | 'db'>, done: readonly Duty[] = []): Guard => ({
  security: 'BearerToken',
  answers: { 403: ErrorReply },
  check: (request) => {
    const judge = (duty: Duty | undefined) => {
      if (duty !== undefined && !done.includes(duty)) throw refusalOf(duty)
    }
    const duty = dutyOf({ config }, db, callerOf(request).account)
    return duty instanceof Promise ? duty.then(judge) : judge(duty)
  },
})
