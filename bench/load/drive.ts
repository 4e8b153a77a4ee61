import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Conversation } from './conversations.ts'
import { type Reply, replyReader } from './replies.ts'

/** What came of a load. */
export interface Outcome {
  seconds: number
  /** Answers by status; 0 stands for a connection that broke. */
  statuses: Map<number, number>
  /** Milliseconds of each good answer, ascending. */
  latencies: number[]
  /** The first answer that was not good, for somebody to understand it. */
  wrong?: string
}

interface Load {
  port: number
  conversations: readonly Conversation[]
  good: number
  /** Seconds that count, and before them those that do not. */
  seconds: number
  warmup: number
  /** Requests a second to begin, however long answers take; without it a connection asks again when it is answered. */
  rate?: number
}

/** Milliseconds that the last answers are waited for. */
const LAST_ANSWERS = 2000

/** Asks on one connection for each conversation, all at once, until the time is over. */
export async function drive({ port, conversations, good, seconds, warmup, rate }: Load): Promise<Outcome> {
  const outcome: Outcome = { seconds: 0, statuses: new Map(), latencies: [] }
  const state = { counts: false, over: false }
  const note = ({ status, body }: Reply, ms: number) => {
    if (!state.counts) return
    outcome.statuses.set(status, (outcome.statuses.get(status) ?? 0) + 1)
    if (status === good) outcome.latencies.push(ms)
    else outcome.wrong ??= `${status} ${body.slice(0, 200)}`
  }
  const lines = await Promise.all(conversations.map((conversation) => openLine(port, conversation, note)))
  const idle: Line[] = [...lines]
  for (const line of lines)
    line.onAnswer(() => {
      if (rate === undefined && !state.over) line.ask()
      else idle.push(line)
    })
  const pacing = rate === undefined ? undefined : pace(rate, idle)
  if (rate === undefined) for (const line of idle.splice(0)) line.ask()
  await sleep(warmup * 1000)
  state.counts = true
  const started = performance.now()
  await sleep(seconds * 1000)
  state.counts = false
  state.over = true
  outcome.seconds = (performance.now() - started) / 1000
  clearInterval(pacing)
  // What a conversation says next may hang on the answer to what it said last.
  for (let waited = 0; idle.length < lines.length && waited < LAST_ANSWERS; waited += 10) await sleep(10)
  for (const line of lines) line.close()
  outcome.latencies.sort((a, b) => a - b)
  return outcome
}

/** Begins requests on idle lines at an even rate; those for which there is no line are not begun later. */
function pace(rate: number, idle: Line[]): NodeJS.Timeout {
  let last = performance.now()
  let due = 0
  return setInterval(() => {
    const now = performance.now()
    due += ((now - last) / 1000) * rate
    last = now
    for (; due >= 1; due -= 1) idle.shift()?.ask()
  }, 2)
}

interface Line {
  ask(): void
  onAnswer(listener: () => void): void
  close(): void
}

async function openLine(port: number, conversation: Conversation, note: (reply: Reply, ms: number) => void) {
  let answered = () => {}
  let asked = 0
  let closed = false
  const read = replyReader((reply) => {
    note(reply, performance.now() - asked)
    conversation.heard?.(reply)
    answered()
  })
  const open = (): Socket => {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true })
    opened.on('data', read)
    opened.on('error', () => {})
    opened.on('close', () => {
      if (closed) return
      note({ status: 0, body: 'the connection broke' }, 0)
      socket = open()
      socket.once('connect', answered)
    })
    return opened
  }
  let socket = open()
  await once(socket, 'connect')
  const line: Line = {
    ask: () => {
      asked = performance.now()
      socket.write(conversation.next())
    },
    onAnswer: (listener) => {
      answered = listener
    },
    close: () => {
      closed = true
      socket.destroy()
    },
  }
  return line
}
