import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { siteOf } from '../../lib/network-of.ts'
import type { Family, Limit, Limits } from '../limits/limits.ts'
import { callerOf } from './caller.ts'
import type { Guard } from './guards.ts'

type Needs = { limits: Limits }

/** Refuses what one address asks beyond BARONG_LIMIT_REQUESTS, on every route that is registered on `http` afterwards. */
export function limitRequests(http: FastifyInstance, needs: Needs): void {
  http.addHook('onRequest', (request, _reply, done) => {
    passAddress(needs, request)
    done()
  })
}

/** The same for one request. Throws 429. */
export function passAddress({ limits }: Needs, request: FastifyRequest): void {
  const source = limits.sourceOf(request.ip)
  if (source !== undefined) limits.pass('requests', source)
}

/** A guard that refuses what one account asks beyond BARONG_LIMIT_ACCOUNT_REQUESTS as well. */
export const limitingAccounts = ({ limits }: Needs, { check, security }: Guard): Guard => ({
  security,
  check: async (request) => {
    await check(request)
    limits.pass('account_requests', callerOf(request).account.uid)
  },
})

/** What of a route is counted, and as whose. */
export interface RouteLimit {
  family: Family
  /** Whom it is counted for; the address it comes from unless told otherwise. */
  subject?: (request: FastifyRequest) => string | undefined
  /**
   * Each request before it is served, or those that were refused with 4xx; `served`: each before it is served, and taken
   * back where it was refused or failed.
   */
  counts?: 'requests' | 'refusals' | 'served'
}

/** Limits the routes of the table, by method and path as in `POST /api/v1/sessions`; parameters were checked by then. */
export function limitRoutes(http: FastifyInstance, needs: Needs, table: Readonly<Record<string, RouteLimit[]>>): void {
  http.addHook('onRoute', (route) => {
    const names = [route.method].flat().map((method) => `${method} ${route.url.replace(/(?<=.)\/$/, '')}`)
    const limits = names.flatMap((name) => table[name] ?? [])
    if (limits.length === 0) return
    const admitted = new WeakMap<FastifyRequest, RouteLimit[]>()
    const before = async (request: FastifyRequest) => {
      const so_far: RouteLimit[] = []
      admitted.set(request, so_far)
      for (const limit of limits) {
        await admit(needs, limit, request)
        so_far.push(limit)
      }
    }
    const after = async (request: FastifyRequest, reply: FastifyReply) => {
      for (const limit of limits) await noteRefusal(needs, limit, request, reply.statusCode)
      if (reply.statusCode < 400) return
      for (const limit of admitted.get(request) ?? []) await takeBack(needs, limit, request)
    }
    route.preHandler = [...[route.preHandler ?? []].flat(), before]
    // Before the answer leaves: who reads it and asks again is counted already.
    route.onSend = [...[route.onSend ?? []].flat(), after]
  })
}

/** Counts a request before it is served, or looks whether too many were refused. Throws 429. */
export async function admit({ limits }: Needs, limit: RouteLimit, request: FastifyRequest): Promise<void> {
  const subject = subjectOf(limits, limit, request)
  if (subject === undefined) return
  const family = limits.families[limit.family]
  await (limit.counts === 'refusals' ? limits.check(family, subject) : limits.spend(family, subject))
  const site = limit.subject === undefined && OF_SITES.includes(limit.family) ? siteOf(subject) : undefined
  if (site !== undefined) await limits.spend(siteLimit(family), site)
}

/** What somebody with a /48 of IPv6, 65,536 addresses as we count them, could do without end. */
const OF_SITES: readonly Family[] = ['sign_in', 'sign_up', 'mail', 'sms']
/** As many addresses as a site may use up. */
const ADDRESSES_OF_SITE = 16

const siteLimit = ({ family, rates }: Limit): Limit => ({
  family,
  rates: rates.map(({ count, window }) => ({ count: count * ADDRESSES_OF_SITE, window })),
})

/** Counts a request that was answered with that status, if it counts for this limit. */
export async function noteRefusal(
  { limits }: Needs,
  limit: RouteLimit,
  request: FastifyRequest,
  status: number,
): Promise<void> {
  if (limit.counts !== 'refusals' || status < 400 || status >= 500 || status === 429) return
  const subject = subjectOf(limits, limit, request)
  if (subject !== undefined) await limits.note(limits.families[limit.family], subject)
}

async function takeBack({ limits }: Needs, limit: RouteLimit, request: FastifyRequest): Promise<void> {
  if (limit.counts !== 'served') return
  const subject = subjectOf(limits, limit, request)
  if (subject !== undefined) await limits.giveBack(limits.families[limit.family], subject)
}

const subjectOf = (limits: Limits, { subject }: RouteLimit, request: FastifyRequest): string | undefined =>
  subject ? subject(request) : limits.sourceOf(request.ip)
