import type { Recording } from '../recordings.ts'
import type { World } from '../world.ts'
import { accountPreparations } from './accounts.ts'
import { apiKeyPreparations } from './api-keys.ts'
import { documentPreparations } from './documents.ts'
import { labelPreparations } from './labels.ts'
import { phonePreparations } from './phones.ts'
import type { Preparation } from './preparation.ts'
import { profilePreparations } from './profiles.ts'
import { securityPreparations } from './security.ts'
import { sessionPreparations } from './sessions.ts'

const preparations: readonly Preparation[] = [
  ...accountPreparations,
  ...sessionPreparations,
  ...securityPreparations,
  ...profilePreparations,
  ...labelPreparations,
  ...documentPreparations,
  ...phonePreparations,
  ...apiKeyPreparations,
]

/** Brings about the state in which the recording was made. */
export async function prepare(world: World, recording: Recording): Promise<void> {
  for (const [names, make] of preparations) {
    if (names.test(recording.name)) await make(world, recording)
  }
}
