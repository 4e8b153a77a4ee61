import { definitions } from '../../platform/events/definitions.ts'
import { matchesFilter } from '../../platform/events/endpoints.ts'
import type { WebhookSettings } from '../../platform/events/webhooks.ts'
import { hostProblem, urlProblem } from '../../platform/http-client/guarded-request.ts'

const LONGEST_URL = 2000

/** What is wrong with an endpoint's address, as the end of a sentence; `undefined` when nothing is. */
export async function endpointUrlProblem(url: string, { guard }: WebhookSettings): Promise<string | undefined> {
  if (url.length > LONGEST_URL) return `is longer than ${LONGEST_URL} characters`
  return urlProblem(url, guard) ?? hostProblem(url, guard)
}

/** The first pattern that names no event there is; `undefined` when all do. */
export function uselessPattern(patterns: readonly string[]): string | undefined {
  const names = Object.keys(definitions)
  return patterns.find((pattern) => !names.some((name) => matchesFilter([pattern], name)))
}
