import type { FastifyRequest } from 'fastify'
import type { AccountFacts, Session } from '../db/schema.ts'

/** Who is calling, as a guard found out. */
export interface Caller {
  account: AccountFacts
  session: Session
}

/** Name of the request decorator that guards fill. */
export const CALLER = 'caller'

/** The caller of a route behind a guard; a route without one is a mistake of ours. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = request.getDecorator<Caller | null>(CALLER)
  if (!caller) throw new Error(`${request.routeOptions.url} asks for its caller but stands behind no guard.`)
  return caller
}
