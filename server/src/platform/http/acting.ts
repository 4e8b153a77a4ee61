import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Acting, runAs } from '../acting/acting.ts'

/** A device that says more of itself than this is cut short. */
const USER_AGENT = 255

const ACTING = 'acting'

/** Lets everything that a request sets in motion know from where it came; guards tell who it is. */
export function noteWhoActs(http: FastifyInstance): void {
  http.decorateRequest(ACTING, null)
  http.addHook('onRequest', (request, _reply, done) => {
    const who = strangerOf(request)
    request.setDecorator<Acting>(ACTING, who)
    runAs(who, done)
  })
  // A body arrives by events of the socket, which know nothing of the request they belong to.
  http.addHook('preValidation', (request, _reply, done) => runAs(request.getDecorator<Acting>(ACTING), done))
}

const strangerOf = ({ id, ip, headers }: FastifyRequest): Acting => ({
  actor: { kind: 'stranger', id: null },
  address: ip,
  user_agent: headers['user-agent']?.slice(0, USER_AGENT) ?? null,
  request_id: id,
})
