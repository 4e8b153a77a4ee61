import { person } from '../world.ts'
import type { Preparation } from './preparation.ts'

export const phonePreparations: readonly Preparation[] = [
  [/^phone_/, async (world) => void (await person(world, 'ph@example.com'))],
]
