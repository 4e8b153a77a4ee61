import type { ServerResponse } from 'node:http'

const WAITING = new WeakSet<ServerResponse>()

/** Notes that this answer tells a device that its person has not decided yet (RFC 8628, section 3.5). */
export const noteWaiting = (response: ServerResponse): void => void WAITING.add(response)

/** Whether an answer was of that kind: the device did nothing wrong. */
export const isWaiting = (response: ServerResponse): boolean => WAITING.has(response)
