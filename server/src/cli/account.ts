import type { Deps } from '../deps.ts'
import {
  changeRole,
  createConfirmedAccount,
  discardAccount,
  frozenBy,
  liftLock,
  readAccount,
  restoreAccount,
  setPassword,
  signEverybodyOut,
  signOutEverywhere,
} from '../features/accounts/accounts.ts'
import { eraseAccount } from '../features/erasure/erasure.ts'
import { listLabels } from '../features/labels/labels.ts'
import { ROLES } from '../features/permissions/permissions.ts'
import { disableTwoFactor } from '../features/two-factor/two-factor.ts'
import { urlToken } from '../lib/ids.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import type { Account } from '../platform/db/schema.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { readInput, say, sayFacts } from './output.ts'

const OPTIONS = {
  email: { type: 'string' },
  role: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  lasting: { type: 'boolean' },
  yes: { type: 'boolean' },
  everybody: { type: 'boolean' },
} as const

interface Options {
  email?: string | undefined
  role?: string | undefined
  'password-stdin'?: boolean | undefined
  lasting?: boolean | undefined
  yes?: boolean | undefined
  everybody?: boolean | undefined
}

/** `barong account`: what an operator does to single accounts. */
export const account: Command = {
  summary: 'Show, make and change single accounts',
  usage: [
    'account show <e-mail or uid>',
    `account create --email <e-mail> [--role ${ROLES.join('|')}] [--password-stdin] [--lasting]`,
    `account role <e-mail or uid> ${ROLES.join('|')}`,
    'account unlock <e-mail or uid>',
    'account disable-2fa <e-mail or uid>',
    'account sign-out <e-mail or uid>',
    'account sign-out --everybody --yes',
    'account set-password <e-mail or uid> [--password-stdin] [--lasting]',
    'account discard <e-mail or uid>',
    'account restore <e-mail or uid>',
    'account erase <uid> --yes',
  ],
  run: async (args) => {
    const { values, words } = readArguments(args, OPTIONS, 3)
    const [name = '', who, role] = words
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (name !== 'create' && !action)
      throw new UsageError(name === '' ? 'What to do?' : `There is no \`account ${name}\`.`)
    const everybody = name === 'sign-out' && values.everybody === true
    if (everybody && !values.yes) throw new UsageError('`account sign-out --everybody` ends every session; say --yes.')
    if (action && who === undefined && !everybody) throw new UsageError(`\`account ${name}\` needs an e-mail or a uid.`)
    await using deps = await wire(loadConfig(processEnvironment()))
    if (everybody) await signEverybodyOut(deps, (done) => say(`Accounts signed out: ${done}`))
    else if (action) await action(deps, await readAccount(deps, who ?? ''), { ...values, role })
    else await create(deps, values)
  },
}

type Action = (deps: Deps, account: Account, options: Options) => Promise<void>

const actions: Readonly<Record<string, Action>> = {
  show: (deps, account) => show(deps, account),
  role: async (deps, account, { role }) => {
    if (role === undefined) throw new UsageError(`\`account role\` needs one of ${ROLES.join(', ')}.`)
    await show(deps, await changeRole(deps, account, role))
  },
  unlock: async (deps, account) => {
    const isShut = account.locked_at !== null || account.frozen_at !== null
    await showDone(
      deps,
      await liftLock(deps, account, { may_lock: true }),
      isShut ? 'Unlocked:' : 'It was neither locked nor frozen:',
    )
  },
  'sign-out': async (deps, account) =>
    showDone(deps, await signOutEverywhere(deps, account), 'Signed out everywhere; all its sessions ended:'),
  discard: async (deps, account) => showDone(deps, await discardAccount(deps, account), 'Discarded:'),
  erase: async (deps, account, { yes }) => {
    if (!yes) throw new UsageError('`account erase` cannot be undone; say --yes.')
    await eraseAccount(deps, account)
    say(`${account.uid} is erased.`)
  },
  restore: async (deps, account) => showDone(deps, await restoreAccount(deps, account), 'Restored:'),
  'disable-2fa': async (deps, account) =>
    showDone(deps, await disableTwoFactor(deps, account), 'Its second factors are off:'),
  'set-password': async (deps, account, options) => {
    const password = await passwordOf(options)
    await setPassword(deps, account, password.text, { lasting: options.lasting === true })
    say('The password was set, and all sessions of the account ended.')
    if (!options.lasting) say('Whoever signs in with it has to choose another one first.')
    if (password.random) sayFacts({ Password: password.text })
  },
}

async function create(deps: Deps, options: Options): Promise<void> {
  const { email, role = 'member' } = options
  if (!email) throw new UsageError('An account needs --email.')
  const password = await passwordOf(options)
  const account = await createConfirmedAccount(deps, {
    email,
    password: password.text,
    role,
    lasting: options.lasting === true,
  })
  await show(deps, account)
  if (password.random) {
    say('\nIts password is shown only now:\n')
    sayFacts({ Password: password.text })
  }
}

async function passwordOf({ 'password-stdin': given }: Options): Promise<{ text: string; random: boolean }> {
  return given ? { text: await readInput(), random: false } : { text: urlToken(15), random: true }
}

/** What was done, and what has become of the account. */
async function showDone(deps: Deps, account: Account, done: string): Promise<void> {
  say(`${done}\n`)
  await show(deps, account)
}

async function show({ db }: Deps, account: Account): Promise<void> {
  const labels = await listLabels(db, account.id)
  sayFacts({
    Uid: account.uid,
    'E-mail': account.email,
    Role: account.role,
    Level: account.level,
    State: account.state,
    'Second factor': account.otp_enabled_at === null ? 'off' : `since ${account.otp_enabled_at}`,
    Confirmed: account.confirmed_at ?? 'not yet',
    'Locked since': account.locked_at ?? undefined,
    'Frozen since': account.frozen_at ?? undefined,
    'Frozen by': frozenBy(account) ?? undefined,
    Discarded: account.discarded_at ?? undefined,
    Labels: labels.map(({ key, value, scope }) => `${key}:${value} (${scope})`).join(', ') || 'none',
  })
}
