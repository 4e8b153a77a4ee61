import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { onEachDatabase } from '../support/databases.ts'
import { childrenOf } from '../support/processes.ts'
import { eventually, type Program, startProgram } from '../support/program.ts'

const ADMIN = { email: 'admin@barong.io', password: 'an owl that reads the map 4' }
/** Milliseconds; a process starts slowly where many do. */
const PATIENCE = 180_000
const settings = {
  BARONG_WORKERS: '2',
  DATABASE_POOL: '6',
  ADMIN_PASSWORD: ADMIN.password,
  BARONG_LIMIT_EXEMPT: '127.0.0.1',
  BARONG_LIMIT_ACCOUNT_REQUESTS: 'off',
}

onEachDatabase('Workers of one machine', (newDatabase) => {
  test('are replaced one by one at SIGHUP without one failed request, also of those that change something', async () => {
    await using program = await startProgram(await newDatabase(), settings)
    const token = await signIn(program)
    const before = await twoWorkers(program)
    const stop = new AbortController()
    const clients = Array.from({ length: 4 }, () => useWithoutPause(program, token, stop.signal))
    await pause(200)
    program.signal('SIGHUP')
    await twoWorkers(program, ...before)
    stop.abort()
    const counts = await Promise.all(clients)
    for (const { served, failed } of counts) {
      deepEqual(failed, [])
      ok(served > 0)
    }
  })

  test('are measured as one, and what those counted that are gone goes on counting', async () => {
    await using program = await startProgram(await newDatabase(), settings)
    const token = await signIn(program)
    const before = await twoWorkers(program)
    // Each by a connection of its own, so that both workers have their share.
    const headers = { authorization: `Bearer ${token}`, connection: 'close' }
    for (let count = 0; count < 20; count += 1)
      equal((await program.call('GET', '/accounts/me', { headers })).status, 200)
    const counted = async () => {
      const text = String(
        (await program.call('GET', `${program.url}/metrics`, { headers: { connection: 'close' } })).body,
      )
      const line = /_duration_seconds_count\{method="GET",operation="\/api\/v1\/accounts\/me",status="200"\} (\d+)/
      return Number(line.exec(text)?.[1] ?? 0)
    }
    deepEqual([await counted(), await counted(), await counted()], [20, 20, 20])
    program.signal('SIGHUP')
    await twoWorkers(program, ...before)
    deepEqual([await counted(), await counted()], [20, 20])
  })

  test('are replaced when they die, and end when the supervisor does', async () => {
    await using program = await startProgram(await newDatabase(), settings)
    const token = await signIn(program)
    const before = await twoWorkers(program)
    const [victim = 0, other = 0] = before
    process.kill(victim, 'SIGKILL')
    const after = await twoWorkers(program, victim)
    ok(after.includes(other))
    const answer = await eventually(
      () => program.call('GET', '/accounts/me', { token }).catch(() => undefined),
      PATIENCE,
    )
    equal(answer.status, 200)
    program.signal('SIGTERM')
    await eventually(async () => (after.some(isAlive) ? undefined : true))
  })
})

for (const BARONG_WORKERS of ['0', '2'])
  test(`A request under way is answered though all are told to stop twice, with BARONG_WORKERS=${BARONG_WORKERS}`, async () => {
    await using program = await startProgram('sqlite:', { ...settings, BARONG_WORKERS })
    const { hostname, port } = new URL(program.url)
    const socket = connect(Number(port), hostname)
    const head =
      'POST /api/v1/sessions HTTP/1.1\r\nHost: barong\r\nContent-Type: application/json\r\nContent-Length: 2\r\n'
    socket.write(`${head}Expect: 100-continue\r\nConnection: close\r\n\r\n{`)
    const [begun] = await once(socket, 'data')
    match(String(begun), /^HTTP\/1.1 100 /)
    const answer = text(socket)
    const tell = () => {
      for (const pid of [program.pid(), ...childrenOf(program.pid())]) process.kill(pid, 'SIGTERM')
    }
    tell()
    await eventually(async () => {
      // Node holds a connection that came while the last worker closed until the end: it is not waited for.
      const signal = AbortSignal.timeout(1000)
      const accepted = await fetch(`${program.url}/health/live`, { signal }).catch(() => undefined)
      return accepted === undefined ? true : undefined
    })
    tell()
    socket.write('}')
    match(await answer, /^HTTP\/1.1 4\d\d /)
  })

test('A worker that dies while all are replaced is replaced once', async () => {
  await using program = await startProgram('sqlite:', settings)
  const before = await twoWorkers(program)
  process.kill(before[0] ?? 0, 'SIGKILL')
  program.signal('SIGHUP')
  await twoWorkers(program, ...before)
  await pause(5000)
  equal(childrenOf(program.pid()).length, 2)
})

test('A worker that hangs keeps neither a reload nor the end of the server waiting', async () => {
  await using program = await startProgram('sqlite:', { ...settings, BARONG_STOP_TIMEOUT: '1' })
  const [hung = 0, other = 0] = await twoWorkers(program)
  process.kill(hung, 'SIGSTOP')
  program.signal('SIGHUP')
  const after = await twoWorkers(program, hung, other)
  match(program.printed(), new RegExp(`process ${hung} has not ended within 6 seconds and is killed`))
  process.kill(after[1] ?? 0, 'SIGSTOP')
  const pid = program.pid()
  program.signal('SIGTERM')
  await eventually(async () => (isAlive(pid) ? undefined : true))
  match(program.printed(), new RegExp(`process ${after[1]} has not ended within 1 seconds and is killed`))
})

test('A single process goes on at SIGHUP, and says that nothing is reloaded', async () => {
  await using program = await startProgram('sqlite:', { ...settings, BARONG_WORKERS: '0' })
  const pid = program.pid()
  program.signal('SIGHUP')
  await eventually(async () => (/SIGHUP reloads nothing/.test(program.printed()) ? true : undefined))
  equal((await program.call('GET', `${program.url}/health/ready`)).status, 200)
  deepEqual([program.pid(), isAlive(pid)], [pid, true])
})

test('Workers that cannot start end the program with what is wrong', async () => {
  const start = startProgram('sqlite:', { ...settings, SEEDS_FILE: '/nowhere/seeds.yml' })
  await start.then(
    () => ok(false),
    (error: Error) => ok(/SEEDS_FILE cannot be read/.test(error.message), error.message),
  )
})

/** Two workers, none of which is one of those that should have gone. */
const twoWorkers = (program: Program, ...gone: number[]): Promise<number[]> =>
  eventually(async () => {
    const now = childrenOf(program.pid())
    return now.length === 2 && !now.some((pid) => gone.includes(pid)) ? now : undefined
  }, PATIENCE)

async function signIn(program: Program): Promise<string> {
  const { body } = await program.call('POST', '/sessions', {
    json: { ...ADMIN, application_id: program.application_id },
  })
  ok(typeof body === 'string', JSON.stringify(body))
  return body
}

/** Reads and writes over connections that are kept, until told to stop. */
async function useWithoutPause(program: Program, token: string, stop: AbortSignal) {
  const failed: string[] = []
  let served = 0
  for (let count = 0; !stop.aborted; count += 1) {
    const [method, path, json] =
      count % 2 === 0 ? (['GET', '/accounts/me', undefined] as const) : (['POST', '/security/renew', {}] as const)
    const options = json === undefined ? { token } : { token, json }
    const outcome = await program.call(method, path, options).then(
      ({ status }) => (status < 300 ? undefined : `${method} ${path}: ${status}`),
      (error: Error) => `${method} ${path}: ${error.message} ${String(error.cause)}`,
    )
    if (outcome === undefined) served += 1
    else failed.push(outcome)
    // Leaves a small machine time to start the new workers.
    await pause(20)
  }
  return { served, failed }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
