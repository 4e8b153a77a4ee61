import type { MiddlewareHandler } from 'hono'
import { admit, type Demand, noteClaims } from './bearer.ts'
import type { Verifier } from './verifier.ts'

export { tokenOf } from './bearer.ts'

/** Middleware that lets in whoever bears a good token. */
export const requireToken =
  (verifier: Verifier, demand: Demand = {}): MiddlewareHandler =>
  async (context, next) => {
    const { method, url } = context.req
    const { pathname, search } = new URL(url)
    const asked = {
      method,
      target: `${pathname}${search}`,
      authorization: context.req.header('authorization'),
      dpop: context.req.header('dpop'),
    }
    const admission = await admit(verifier, asked, demand)
    if ('denial' in admission) {
      const { status, headers, body } = admission.denial
      return context.json(body, status, { ...headers })
    }
    noteClaims(context, admission.claims)
    return next()
  }
