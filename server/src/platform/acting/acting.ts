import { AsyncLocalStorage } from 'node:async_hooks'
import { urlToken } from '../../lib/ids.ts'

/**
 * In what capacity somebody acts: a person on their own account, an administrator on others', a signer of the management
 * API, an application that a person let in, this server or its operator, or somebody who has not proved anything yet.
 */
export type ActorKind = 'person' | 'administrator' | 'signer' | 'application' | 'system' | 'stranger'

/** Who acts. `id` is an account's or an application's id, the names of signers, or a command of this program. */
interface Actor {
  kind: ActorKind
  id: string | null
}

/** Who acts, and from where. */
export interface Acting {
  actor: Actor
  address: string | null
  user_agent: string | null
  /** The id that the answer and the log carry too. */
  request_id: string | null
  /** ISO 3166-1 alpha-2, where a trusted proxy told it. */
  country?: string | undefined
  /** The browser or program, by the cookie that it was given before. */
  device?: string | undefined
  /** Work that was done for this request, as it was sent. */
  proof_of_work?: string | undefined
  /** A device that is given its cookie with the answer: a new one, or one whose cookie is signed anew. */
  new_device?: string | undefined
  /** The language that they read, as far as they told. */
  language?: string | undefined
  /** The host that they asked. */
  host?: string | undefined
  /** Why, in the words of who acts, where reasons are asked for. */
  reason?: string
}

const acting = new AsyncLocalStorage<Acting>()

const NOBODY: Acting = { actor: { kind: 'system', id: null }, address: null, user_agent: null, request_id: null }

/** Who acts at this point of the program: whoever sent the request that is being answered, else this server. */
export const whoActs = (): Acting => acting.getStore() ?? NOBODY

/** Runs something, and all it calls and awaits, as done by somebody. */
export const runAs = <T>(who: Acting, run: () => T): T => acting.run(who, run)

/** Tells who it is that acts, once a request has proved it. */
export function actAs(kind: ActorKind, id: string | number): void {
  const who = acting.getStore()
  if (who) who.actor = { kind, id: String(id) }
}

/** The device that acts; one that has no cookie is given one with the answer. `undefined` where no request is answered. */
export function nameDevice(): string | undefined {
  const who = acting.getStore()
  if (!who) return undefined
  if (who.device !== undefined) return who.device
  who.new_device ??= urlToken(16)
  return who.new_device
}

/** Tells why somebody acts; every audit record of the request carries it from then on. */
export function actBecause(reason: string): void {
  const who = acting.getStore()
  if (who) who.reason = reason
}
