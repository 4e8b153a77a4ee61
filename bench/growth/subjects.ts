import { signAccessToken } from '../../server/src/features/signing-keys/signing-keys.ts'
import { loadConfig } from '../../server/src/platform/config/config.ts'
import { wire } from '../../server/src/wire.ts'
import { anApiKey, type Person, type Seed, seedOurs } from '../contenders/ours-seed.ts'
import { jtiOf, PASSWORD, SESSIONS } from './crowd.ts'

/** People of the crowd whose requests are measured: more than caches hold by accident, few enough to sign their tokens. */
const SUBJECTS = 1000
const DAY = 86_400

/** What is measured with: people from all over the crowd, and the applications of every measurement. */
export const seedOfCrowd =
  (size: number) =>
  async (environment: Record<string, string>): Promise<Seed> => {
    const seed = await seedOurs(environment)
    await using server = await wire(loadConfig(environment))
    const people: Person[] = []
    for (let index = 0; index < Math.min(SUBJECTS, size); index += 1) {
      const id = 1 + Math.floor((index * size) / Math.min(SUBJECTS, size))
      const account = await server.db
        .selectFrom('accounts')
        .select(['id', 'uid', 'email', 'role', 'level', 'state'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      const terms = { audience: ['peatio', 'barong'], lifetime: DAY, jti: jtiOf(id, index % SESSIONS) }
      const { token } = await signAccessToken(server, account, terms)
      people.push({ email: account.email, token, kid: await anApiKey(server, account, seed.key.public_key) })
    }
    return { ...seed, people, password: PASSWORD }
  }
