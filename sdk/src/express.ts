import type { RequestHandler } from 'express'
import { admit, type Demand, noteClaims } from './bearer.ts'
import type { Verifier } from './verifier.ts'

export { tokenOf } from './bearer.ts'

/** Middleware that lets in whoever bears a good token. */
export const requireToken =
  (verifier: Verifier, demand: Demand = {}): RequestHandler =>
  async (request, response, next) => {
    const admission = await admit(verifier, request.headers.authorization, demand)
    if ('claims' in admission) {
      noteClaims(request, admission.claims)
      next()
      return
    }
    const { status, headers, body } = admission.denial
    response.status(status).set(headers).json(body)
  }
