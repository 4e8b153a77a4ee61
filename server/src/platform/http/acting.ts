import { isIP } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Acting, runAs, whoActs } from '../acting/acting.ts'
import type { Config } from '../config/config.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import { isIn, networks } from '../http-client/addresses.ts'
import { deviceCookie, deviceOf } from './device-cookie.ts'
import { toldLanguage } from './preferences.ts'

type Needs = { config: Config; ring: KeyRing }

/** A device that says more of itself than this is cut short. */
const USER_AGENT = 255

const ACTING = 'acting'

/** Lets everything that a request sets in motion know from where it came; guards tell who it is. */
export function noteWhoActs(http: FastifyInstance, needs: Needs): void {
  const countryOf = countryReader(needs.config)
  http.decorateRequest(ACTING, null)
  http.addHook('onRequest', (request, _reply, done) => {
    const device = deviceOf(needs, request)
    const who = {
      ...strangerOf(request),
      country: countryOf(request),
      device: device?.id,
      // Signed anew, so that the device is still known when the former master key is gone.
      new_device: device?.outdated ? device.id : undefined,
    }
    request.setDecorator<Acting>(ACTING, who)
    runAs(who, done)
  })
  // A body arrives by events of the socket, which know nothing of the request they belong to; without one nothing was forgotten.
  http.addHook('preValidation', (request, _reply, done) => {
    const who = request.getDecorator<Acting>(ACTING)
    if (whoActs() === who) done()
    else runAs(who, done)
  })
  http.addHook('onSend', (request, reply, payload, done) => {
    const { new_device } = request.getDecorator<Acting | null>(ACTING) ?? {}
    if (new_device !== undefined && reply.statusCode < 400 && !isShared(reply))
      reply.header('set-cookie', deviceCookie(needs, new_device))
    done(null, payload)
  })
}

/** Whether caches may give the answer to others, who must not have this one's cookie. */
const isShared = (reply: FastifyReply): boolean => /\bpublic\b/.test(String(reply.getHeader('cache-control') ?? ''))

/** Reads the header in which a proxy tells the country; what others claim is not read. */
function countryReader({ values }: Config): (request: FastifyRequest) => string | undefined {
  const name = values.BARONG_COUNTRY_HEADER?.toLowerCase()
  if (name === undefined) return () => undefined
  const proxies = networks(values.BARONG_TRUSTED_PROXIES)
  return ({ raw, headers }) => {
    const country = headers[name]
    const address = raw.socket.remoteAddress ?? ''
    if (typeof country !== 'string' || isIP(address) === 0 || !isIn(proxies, address)) return undefined
    // XX and T1 stand for unknown and for Tor at the proxy that named this header.
    return /^[A-Z]{2}$/.test(country) && country !== 'XX' ? country : undefined
  }
}

const strangerOf = ({ id, ip, headers, host }: FastifyRequest): Acting => ({
  actor: { kind: 'stranger', id: null },
  address: ip,
  user_agent: headers['user-agent']?.slice(0, USER_AGENT) ?? null,
  request_id: id,
  language: toldLanguage({ headers }),
  host,
  proof_of_work: typeof headers['proof-of-work'] === 'string' ? headers['proof-of-work'] : undefined,
})
