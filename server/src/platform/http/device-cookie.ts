import type { FastifyRequest } from 'fastify'
import type { Config } from '../config/config.ts'
import { equalSecrets } from '../crypto/compare.ts'
import type { KeyRing } from '../crypto/key-ring.ts'

type Needs = { config: Config; ring: KeyRing }

/** Seconds: browsers keep cookies no longer than 400 days. */
const LIFETIME = 400 * 86_400
const PURPOSE = 'device-cookie'

const isSecure = ({ config }: Needs): boolean => config.url.startsWith('https://')
const nameOf = (needs: Needs): string => `${isSecure(needs) ? '__Host-' : ''}barong_device`

/** A device by its cookie. */
interface KnownDevice {
  id: string
  /** Whether the cookie is signed under a master key that is on its way out. */
  outdated: boolean
}

/** The device that a request comes from, if it shows a cookie that we signed. */
export function deviceOf(needs: Needs, { headers }: FastifyRequest): KnownDevice | undefined {
  const name = nameOf(needs)
  if (headers.cookie?.includes(name) !== true) return undefined
  for (const part of headers.cookie.split(';')) {
    const [key = '', value = ''] = part.trim().split('=')
    const [id = '', signature = ''] = value.split('.')
    if (key === name && /^[\w-]{22}$/.test(id)) {
      const signed = needs.ring.digests(PURPOSE, id).findIndex((digest) => equalSecrets(digest, signature))
      if (signed >= 0) return { id, outdated: signed > 0 }
    }
  }
  return undefined
}

/** The `Set-Cookie` header by which a device is known from now on; out of reach for scripts. */
export function deviceCookie(needs: Needs, id: string): string {
  const value = `${id}.${needs.ring.digest(PURPOSE, id)}`
  const secure = isSecure(needs) ? '; Secure' : ''
  return `${nameOf(needs)}=${value}; Path=/; Max-Age=${LIFETIME}; HttpOnly; SameSite=Lax${secure}`
}
