import { setTimeout as pause } from 'node:timers/promises'
import type { World } from './world.ts'

/** How many are down at once at most, so that changes become true meanwhile. */
const DOWN = 2

/**
 * Kills one thing after the other at random moments, and starts each again a little later while others are killed
 * already. Resolves when all are up again, with how often each died.
 */
export async function killAtRandom({ victims, assertAlive }: World, rounds: number): Promise<Record<string, number>> {
  const names = Object.keys(victims)
  // A broker takes so long to start that it would be down most of the time.
  const weighted = names.flatMap((name) => (name === 'the broker' ? [name] : [name, name, name]))
  const kills = Object.fromEntries(names.map((name) => [name, 0]))
  const restarts = new Map<string, Promise<void>>()
  const restart = async (name: string) => {
    await pause(Math.random() * 300)
    await victims[name]?.start()
    restarts.delete(name)
  }
  for (let round = 0; round < rounds; round++) {
    await pause(100 + Math.random() * 600)
    if (restarts.size >= DOWN) await Promise.race(restarts.values())
    // Each is met at least once; after that chance decides.
    const up = weighted.filter((name) => !restarts.has(name))
    const name = up.find((each) => kills[each] === 0) ?? up[Math.floor(Math.random() * up.length)] ?? ''
    await victims[name]?.kill()
    kills[name] = (kills[name] ?? 0) + 1
    restarts.set(name, restart(name))
  }
  await Promise.all(restarts.values())
  await assertAlive()
  return kills
}
