import type { FastifyInstance } from 'fastify'
import { defineErrors } from '../../lib/errors.ts'
import { isStorable } from '../../lib/storable.ts'

const errors = defineErrors('http', { unstorable: [422, 'A parameter cannot be stored'] })

/**
 * Refuses what neither database can hold or compare with: texts with U+0000 or halves of surrogate pairs, and numbers beyond
 * those that are exact. Validators let numbers through that are not finite, whatever their bounds.
 */
export function refuseUnstorable(http: FastifyInstance): void {
  http.addHook('preHandler', async ({ params, query, body }) => {
    for (const part of [params, query, body]) {
      const name = nameOfUnstorable(part)
      if (name !== undefined) throw errors.unstorable({ body: { error: `${name} is invalid` } })
    }
  })
}

/** The name under which such a value stands, outermost; undefined when there is none. */
function nameOfUnstorable(part: unknown): string | undefined {
  if (typeof part !== 'object' || part === null || part instanceof Uint8Array) return undefined
  const [name] = Object.entries(part).find(([key, value]) => !(isStorable(key) && isStorable(value))) ?? []
  return name?.toWellFormed().replaceAll('\0', '\uFFFD')
}
