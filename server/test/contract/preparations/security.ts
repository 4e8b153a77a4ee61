import { person, protect, rememberAuthenticator, tokenOf, type World } from '../world.ts'
import type { Preparation } from './preparation.ts'
import { keepCode } from './sessions.ts'

const SEC = 'sec@example.com'

export const securityPreparations: readonly Preparation[] = [
  [/^sec_/, async (world) => void (await person(world, SEC))],
  [/^renew_decoded$/, renew],
  [/^qrcode_again$/, compareSecrets],
  [/^enable_2fa_ok$/, enrol],
  [/^verify_code_(bad|number|form|replay)/, (world) => protect(world, SEC)],
  [/^verify_code_replay_1$/, keepCode],
]

async function renew(world: World): Promise<void> {
  const answer = await world.server.call('POST', '/security/renew', { token: await tokenOf(world, SEC) })
  world.token = answer.body
}

async function enrol(world: World): Promise<void> {
  const { body } = await world.server.call('POST', '/security/generate_qrcode', { token: await tokenOf(world, SEC) })
  rememberAuthenticator(world, SEC, body.data.url)
}

async function compareSecrets(world: World): Promise<void> {
  const token = await tokenOf(world, 'again@example.com')
  const [one, two] = [
    await world.server.call('POST', '/security/generate_qrcode', { token }),
    await world.server.call('POST', '/security/generate_qrcode', { token }),
  ]
  world.facts = { secret_changed: one.body.data.url !== two.body.data.url }
}
