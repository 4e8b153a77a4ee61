import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR, MINUTE } from '../../src/lib/clock.ts'
import { aCaller, addressOf, type Caller, tryPassword, work } from '../support/callers.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../support/factories.ts'
import { type TestServer, testServer } from '../support/server.ts'

const TURNS = 12

/** An hour of a botnet at one account, each machine once every five minutes, doing whatever work it is asked for. */
async function attack(
  server: TestServer,
  machines: number,
  victim: Caller,
  json: { email: string; application_id: string },
) {
  const found = { looked_at: 0, worked: 0, refused: 0, victim: 0, turns: 0 }
  const wrong = { ...json, password: 'a guess of many' }
  for (let turn = 0; turn < TURNS; turn++) {
    for (let machine = 0; machine < machines; machine += TURNS) {
      const bot = aCaller(addressOf(machine + turn))
      let answer = await tryPassword(server, bot, wrong)
      if (answer.body.proof_of_work) {
        found.worked += 1
        answer = await tryPassword(server, bot, wrong, work(answer.body.proof_of_work))
      }
      if (answer.status === 401) found.looked_at += 1
      if (answer.status === 429) found.refused += 1
      assert.ok([401, 429].includes(answer.status), String(answer.status))
    }
    found.turns += 1
    const signedIn = await tryPassword(server, victim, { ...json, password: PASSWORD })
    if (signedIn.status === 201) found.victim += 1
    server.clock.advance(HOUR / TURNS)
  }
  return found
}

onEachDatabase('A botnet that guesses at one account for an hour', (newDatabase) => {
  const machines = 2000
  const aVictim = async (server: TestServer) => {
    const { email } = await anAccount(server)
    const { uid: application_id } = await anApplication(server)
    const victim = aCaller('192.0.2.7')
    assert.equal((await tryPassword(server, victim, { email, password: PASSWORD, application_id })).status, 201)
    return { victim, json: { email, application_id } }
  }

  // ASVS 6.3.1
  test('has fewer than a hundred passwords looked at, and the victim’s device signs in at each first try', async () => {
    const settings = { BARONG_LOCKOUT: 'device', BARONG_PROOF_OF_WORK_BITS: '6' }
    await using server = await testServer(await newDatabase(), settings)
    const { victim, json } = await aVictim(server)
    const found = await attack(server, machines, victim, json)
    assert.ok(found.looked_at > 0 && found.looked_at < 100, `${found.looked_at} were looked at`)
    assert.ok(found.worked > 0 && found.refused > machines / 2, JSON.stringify(found))
    assert.equal(found.victim, TURNS)
  })

  test('locks the victim out where the account pays, as Barong 1.8 had it', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LOCKOUT: 'barong' })
    const { victim, json } = await aVictim(server)
    for (let machine = 0; machine < 5; machine++)
      await tryPassword(server, aCaller(addressOf(machine)), { ...json, password: 'a guess of many' })
    assert.equal((await tryPassword(server, victim, { ...json, password: PASSWORD })).status, 401)
    server.clock.advance(60 * MINUTE)
    assert.equal((await tryPassword(server, victim, { ...json, password: PASSWORD })).status, 201)
  })
})
