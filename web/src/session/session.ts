import { isBarongError } from '@barong/sdk'
import { useSyncExternalStore } from 'react'

/** Whether the session ended while pages were open, and whose it was. */
let isOver = false
let holder: string | undefined
const listeners = new Set<() => void>()

function set(over: boolean): void {
  isOver = over
  for (const listener of listeners) listener()
}

/** Whether the person is signing out, and the browser on its way to the page that says so. */
let isLeaving = false

/** The person signs out: what is still answered before the browser has gone on is no news. */
export const leaveSession = (): void => {
  isLeaving = true
}

/** Whether an error says that nobody is signed in any more, without that they wanted it. */
export const saysSessionIsOver = (error: Error): boolean =>
  !isLeaving && isBarongError(error) && error.kind === 'unauthenticated'

/** Covers the pages that are open until the same person is signed in again. */
export const coverPages = (): void => set(true)

/** Somebody is signed in: uncovers their pages; those of somebody else begin anew. */
export function uncoverPagesOf(uid: string): void {
  if (holder !== undefined && holder !== uid) location.reload()
  else if (isOver) set(false)
  holder = uid
}

/** Whether the session ended while pages were open. */
export const useSessionIsOver = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => isOver,
  )

/** The sign-in page, which leads back to where one is; what stands behind the `#` stays there, and is told to no server. */
export const signInAddress = (): string =>
  `/sign-in?return_to=${encodeURIComponent(`${location.pathname}${location.search}`)}${location.hash}`
