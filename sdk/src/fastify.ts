import type { FastifyReply, FastifyRequest } from 'fastify'
import { admit, type Demand, noteClaims } from './bearer.ts'
import type { Verifier } from './verifier.ts'

export { tokenOf } from './bearer.ts'

/** A hook for `onRequest` that lets in whoever bears a good token. */
export const requireToken =
  (verifier: Verifier, demand: Demand = {}) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { method, originalUrl: target, headers: sent } = request
    const asked = { method, target, authorization: sent.authorization, dpop: sent['dpop'] }
    const admission = await admit(verifier, asked, demand)
    if ('claims' in admission) return noteClaims(request, admission.claims)
    const { status, headers, body } = admission.denial
    await reply.code(status).headers(headers).send(body)
  }
