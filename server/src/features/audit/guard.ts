import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { Refusal } from '../../lib/errors.ts'
import { type ActorKind, whoActs } from '../../platform/acting/acting.ts'
import { operationOf } from '../../platform/http/observing.ts'
import { recordAct } from './recording.ts'
import { findAccountId } from './store.ts'

/** Which refusals are recorded, and as what. */
export interface RefusalRule {
  action: 'staff.refused' | 'management.refused'
  /** Refusals of anybody else are noise of the Internet, and must not fill the log. */
  of: readonly ActorKind[]
  /** All statuses unless told. */
  status?: number
}

/** Records what is refused on the routes that are registered on `http` afterwards, before the answer leaves. */
export function recordRefusals(
  http: FastifyInstance,
  needs: Pick<Deps, 'db' | 'clock'>,
  { action, of, status }: RefusalRule,
): void {
  http.addHook('onError', async (request, _reply, error) => {
    if (!(error instanceof Refusal) || !of.includes(whoActs().actor.kind)) return
    if (status !== undefined && error.status !== status) return
    const uid = accountIn(request)
    const account_id = uid === undefined ? null : ((await findAccountId(needs.db, uid)) ?? null)
    const operation = `${request.method} ${operationOf(request)}`
    await recordAct(needs, { action, account_id, refused: error, details: { operation } })
  })
}

/** The uid of the account that a request is about, by its path. */
function accountIn({ params }: FastifyRequest): string | undefined {
  const uid: unknown = typeof params === 'object' && params !== null && 'uid' in params ? params.uid : undefined
  return typeof uid === 'string' ? uid : undefined
}
