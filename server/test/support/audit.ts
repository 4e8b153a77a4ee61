import { type Action, actions, audit, readDatabase } from '../../src/features/audit/audit.ts'
import { chainAll } from '../../src/features/audit/chainer.ts'
import type { LogItem } from '../../src/features/audit/verification.ts'
import { SECOND } from '../../src/lib/clock.ts'
import { type ActorKind, runAs } from '../../src/platform/acting/acting.ts'
import { type TestServer, testServer } from './server.ts'

const KINDS: readonly ActorKind[] = ['person', 'administrator', 'signer', 'application', 'system', 'stranger']
const ACTIONS = Object.keys(actions).filter((name): name is Action => name !== 'audit.erased')

/** A server whose log is empty, without the records of the keys that its start made. */
export async function emptyLogServer(...options: Parameters<typeof testServer>): Promise<TestServer> {
  const server = await testServer(...options)
  await server.deps.db.deleteFrom('audit_records').execute()
  return server
}

/** Records one action of a kind that differs from number to number. */
export function recordAction(server: TestServer, number: number, account_id = 1 + (number % 7)): Promise<void> {
  const kind = KINDS[number % KINDS.length] ?? 'system'
  const who = {
    actor: { kind, id: kind === 'person' ? String(account_id) : `${kind} ${number}` },
    address: `192.0.2.${number % 250}`,
    user_agent: number % 5 === 0 ? null : `Teapot/${number}`,
    request_id: `request-${number}`,
  }
  const entry = {
    action: ACTIONS[number % ACTIONS.length] ?? 'session.created',
    account_id,
    ...(number % 3 === 0 ? { refused: { code: 'tests.refused' } } : {}),
    ...(number % 4 === 0 ? { details: { key: `key ${number}` } } : {}),
  }
  return runAs(who, () => server.deps.db.transaction().execute((tx) => audit(server.deps, tx, entry)))
}

/** Fills the log with records, and signs it after each so many. */
export async function fillLog(server: TestServer, count: number, signedEach: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await recordAction(server, number)
    if (number % signedEach !== 0) continue
    server.clock.advance(SECOND)
    await chainAll(server.deps, { sign: true })
  }
}

/** The whole log, chained records and checkpoints in their order. */
export const readLog = ({ deps }: TestServer): Promise<LogItem[]> => Array.fromAsync(readDatabase(deps.db))
