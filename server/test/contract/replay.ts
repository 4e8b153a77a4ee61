import { SECOND } from '../../src/lib/clock.ts'
import { isObject } from '../../src/lib/json.ts'
import { decodeToken, factsOutcome, type Outcome, ourOutcome, recordedOutcome, tokenFacts } from './outcomes.ts'
import { prepare } from './preparations/preparations.ts'
import type { Recording } from './recordings.ts'
import { injection, ourRequest, ours } from './requests.ts'
import { discardMessages, tokenIn, type World } from './world.ts'

/** A recording and what our server does in its place. */
export interface Replay {
  recording: Recording
  recorded: Outcome
  own: Outcome
}

/** Plays a recording against the server; what it answers is learnt for those that follow. */
export async function replay(world: World, recording: Recording): Promise<Replay> {
  await prepare(world, recording)
  await discardMessages(world)
  // So that events tell of times that were set anew.
  world.server.clock.advance(SECOND)
  const { request } = recording
  if (!request) {
    const recorded = recordedOutcome(recording, (text) => ours(world, text))
    const facts = factsOf(world, recording)
    world.once.clear()
    return { recording, recorded, own: factsOutcome(facts) }
  }
  const answer = await world.server.app.inject(injection(await ourRequest(world, request)))
  await world.server.deliver()
  learn(world, recording, answer.body)
  const recorded = recordedOutcome(recording, (text) => ours(world, text))
  world.once.clear()
  world.replayed.add(recording.name)
  return { recording, recorded, own: ourOutcome(answer, world.server, recorded) }
}

function factsOf({ token, facts }: World, { decoded, exp_minus_iat }: Recording): unknown {
  if (!decoded && exp_minus_iat === undefined) return facts
  const found = token === undefined ? undefined : tokenFacts(decodeToken(token))
  return decoded ? found : { exp_minus_iat: found?.lifetime }
}

/** Remembers which of ours stand for the recorded ids, mail tokens and codes. */
function learn(world: World, recording: Recording, body: string): void {
  const { known, server } = world
  const recordedMail = recording.mails?.[0]
  const mail = server.mails[0]
  pair(known, tokenIn(recordedMail?.body), tokenIn(mail?.text))
  pair(known, codeIn(recording.sms?.[0]?.body), codeIn(server.sms[0]?.text))
  const answered = parsed(body)
  const recorded = parsed(recording.response?.body ?? '')
  if (isObject(answered) && isObject(recorded)) pair(known, recorded['uid'], answered['uid'])
  const token = isObject(answered) ? answered['token'] : answered
  world.token = typeof token === 'string' ? token : undefined
}

function pair(known: Map<string, string>, recorded: unknown, own: unknown): void {
  if (typeof recorded === 'string' && typeof own === 'string') known.set(recorded, own)
}

const codeIn = (text = ''): string | undefined => /\b(\d{5,6})$/.exec(text)?.[1]

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
