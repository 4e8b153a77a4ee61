import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { onEachDatabase } from '../support/databases.ts'
import { differences, expectedOutcome } from './differences.ts'
import type { Outcome } from './outcomes.ts'
import { type Recording, readRecordings } from './recordings.ts'
import { replay } from './replay.ts'
import { settingsOf } from './variants.ts'
import { openWorld, type World } from './world.ts'

const PAIRS = readRecordings('pairs.jsonl')
const VARIANTS = Map.groupBy(readRecordings('variants.jsonl'), settingsOf())

onEachDatabase('The recordings of Barong 1.8.26', (newDatabase) => {
  test('are answered as they were recorded, but for the listed differences', async () => {
    await using world = await openWorld(newDatabase)
    deepEqual(await replayAll(world, PAIRS), [])
  })

  for (const [settings, recordings] of VARIANTS) {
    test(`are answered as they were recorded with ${settings}`, async () => {
      const environment = Object.fromEntries(settings.split(' ').map((setting) => setting.split('=')))
      await using world = await openWorld(newDatabase, environment)
      deepEqual(await replayAll(world, recordings), [])
    })
  }
})

test('Each listed difference is of a recording, and each recording is listed once', () => {
  const names = [...PAIRS, ...[...VARIANTS.values()].flat()].map(({ name }) => name)
  const listed = differences.flatMap(({ pairs }) => pairs)
  const unknown = listed.filter((name) => !names.includes(name))
  const twice = listed.filter((name, index) => listed.indexOf(name) !== index)
  deepEqual({ unknown, twice }, { unknown: [], twice: [] })
})

async function replayAll(world: World, recordings: readonly Recording[]): Promise<string[]> {
  const complaints: string[] = []
  for (const recording of recordings) {
    const { recorded, own } = await replay(world, recording)
    complaints.push(...judge(recording, recorded, own))
  }
  return complaints
}

function judge({ name }: Recording, recorded: Outcome, own: Outcome): string[] {
  const difference = differences.find(({ pairs }) => pairs.includes(name))
  if (!difference) return unlike(name, recorded, own)
  if (isDeepStrictEqual(own, recorded)) return [`${name} is answered as recorded, so its difference is past`]
  return unlike(name, expectedOutcome(recorded, difference), own)
}

function unlike(name: string, expected: Outcome, own: Outcome): string[] {
  return Object.entries(expected).flatMap(([part, value]) => {
    const answered: unknown = Reflect.get(own, part)
    if (isDeepStrictEqual(answered, value)) return []
    return [`${name}: ${part} is ${JSON.stringify(answered)} instead of ${JSON.stringify(value)}`]
  })
}
