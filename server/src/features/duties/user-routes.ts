import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { Me } from '../accounts/schema.ts'
import { dutyOf } from './duties.ts'

/** The account itself, for its owner, and what they have to do first. */
export const accountRoutes =
  ({ config, db }: Pick<Deps, 'config' | 'db'>): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/me',
      {
        schema: {
          summary: 'Return information about current resource owner',
          tags: ['accounts'],
          response: { 200: Me },
        },
      },
      async (request): Promise<Me> => {
        const { account } = callerOf(request)
        const { uid, email, role, level, otp_enabled_at, state } = account
        const me = { uid, email, role, level, otp_enabled: otp_enabled_at !== null, state }
        const duty = await dutyOf({ config }, db, account)
        return duty === undefined ? me : { ...me, required_action: duty }
      },
    )
  }
