import assert from 'node:assert/strict'
import { Errors } from 'typebox/value'
import { definitions } from '../../src/platform/events/definitions.ts'
import type { OutgoingEvent } from '../../src/platform/events/destinations.ts'

/** Fails when an event says anything that the catalogue does not promise of it, or less. */
export function assertInCatalogue({ name, payload }: OutgoingEvent): void {
  assert.deepEqual(
    Errors(definitions[name].payload, payload).map((error) => `${error.instancePath} ${error.message}`),
    [],
    `${name} is not as the catalogue says: ${JSON.stringify(payload)}`,
  )
}
