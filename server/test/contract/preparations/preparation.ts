import type { Recording } from '../recordings.ts'
import type { World } from '../world.ts'

/**
 * The recordings are a part of a longer series, so the state one starts from may have been made by one that is missing.
 * This makes it, for the recordings whose name matches.
 */
export type Preparation = readonly [names: RegExp, make: (world: World, recording: Recording) => Promise<void>]
