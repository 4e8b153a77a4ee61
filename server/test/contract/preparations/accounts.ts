import { mailedToken } from '../../support/mails.ts'
import type { Recording } from '../recordings.ts'
import { at, PASSWORD, person, put, tokenIn, type World } from '../world.ts'
import type { Preparation } from './preparation.ts'

export const accountPreparations: readonly Preparation[] = [
  [/^confirm_(ok|old_token)$/, signUpOwner],
  [/^confirm_case_flipped$/, flipCase],
  [/^confirm_discarded$/, (world) => put(world, 'reg2@example.com', { discarded_at: at(world, 0) })],
  [
    /^confirm_old_token$/,
    (world) => put(world, 'reg5@example.com', { confirmation_sent_at: '2020-01-01T00:00:00.000Z' }),
  ],
  [/^resend_confirmation_same_token$/, resend],
  [/^session_new_pw_after_change$/, (world) => put(world, 'p@example.com', { failed_attempts: 1 })],
  [/^(session_new_pw_after_change|password_form_ok)$/, (world) => setPassword(world, 'p@example.com', 'Newpass123')],
  [/^reset_(ok|upcase|spaces)$/, async (world) => void (await person(world, 'r@example.com'))],
  [/^reset_put_(array_password|expired|locked_account_unlocks|same_password)$/, requestReset],
  [/^reset_put_expired$/, (world) => put(world, 'r@example.com', { reset_password_sent_at: at(world, -7 * 3600) })],
  [
    /^reset_put_locked_account_unlocks$/,
    (world) => put(world, 'r@example.com', { locked_at: at(world, 0), failed_attempts: 5 }),
  ],
  [/^reset_put_same_password$/, (world) => setPassword(world, 'r@example.com', PASSWORD)],
]

/** Signs up the account that the recorded token confirmed, and learns our token. */
async function signUpOwner(world: World, recording: Recording): Promise<void> {
  const record = recording.events?.[0]?.payload.record
  if (!record?.confirmation_token) throw new Error(`${recording.name} does not tell whose token it is.`)
  await world.server.call('POST', '/accounts', { json: { email: record.email, password: PASSWORD } })
  world.known.set(record.confirmation_token, await mailedToken(world.server, record.email))
}

async function flipCase({ known }: World): Promise<void> {
  const token = known.get('SVF3aQX5zKjx6MNAjGQ_') ?? ''
  const flipped = token.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()))
  known.set('svf3Aqx5ZkJX6mnaJgq_', flipped)
}

async function resend(world: World): Promise<void> {
  const email = 'resend@example.com'
  await world.server.call('POST', '/accounts', { json: { email, password: PASSWORD } })
  await world.server.call('POST', '/accounts/send_confirmation_instructions', { json: { email } })
  await world.server.deliver()
  const tokens = world.server.mails.filter(({ to }) => to === email).map(({ text }) => tokenIn(text))
  world.facts = { same: tokens.length === 2 && tokens[0] === tokens[1] }
}

async function requestReset(world: World, { request }: Recording): Promise<void> {
  const email = 'r@example.com'
  await person(world, email)
  const recorded = /"reset_password_token":"([\w-]+)"/.exec(JSON.stringify(request?.json))?.[1]
  if (recorded === undefined) throw new Error('The recorded request has no token.')
  await world.server.call('POST', '/security/reset_password', { json: { email } })
  world.known.set(recorded, await mailedToken(world.server, email))
}

async function setPassword(world: World, email: string, password: string): Promise<void> {
  const { passwords } = world.server.deps
  await put(world, email, { password_digest: await passwords.hash(password) })
}
