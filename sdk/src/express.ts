import type { RequestHandler } from 'express'
import { admit, type Demand, noteClaims } from './bearer.ts'
import type { Verifier } from './verifier.ts'

export { tokenOf } from './bearer.ts'

/** Middleware that lets in whoever bears a good token. */
export const requireToken =
  (verifier: Verifier, demand: Demand = {}): RequestHandler =>
  async (request, response, next) => {
    const { method, originalUrl: target, headers: sent } = request
    const asked = { method, target, authorization: sent.authorization, dpop: sent['dpop'] }
    const admission = await admit(verifier, asked, demand)
    if ('claims' in admission) {
      noteClaims(request, admission.claims)
      next()
      return
    }
    const { status, headers, body } = admission.denial
    response.status(status).set(headers).json(body)
  }
