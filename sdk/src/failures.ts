/** Hands failures to a listener that can do no harm: what it throws is a warning of the process. */
export function tellerOf(listener: Listener | undefined, now: () => number): (error: unknown) => void {
  const warn = warnings(now)
  return listener ? (error) => void Promise.try(listener, error).catch(warn) : warn
}

type Listener = (error: unknown) => void

const MINUTE = 60_000

/** Warns of failures, and of one that goes on once a minute. */
function warnings(now: () => number): (error: unknown) => void {
  let last: string | undefined
  let said = Number.NEGATIVE_INFINITY
  return (error) => {
    const text = textOf(error)
    if (text === last && now() - said < MINUTE) return
    last = text
    said = now()
    process.emitWarning(`@barong/sdk: ${text}`)
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A host that is reached by neither of its addresses is an error with a code and no words.
  const text = error.message || ('code' in error ? String(error.code) : error.name)
  return error.cause === undefined ? text : `${text}: ${textOf(error.cause)}`
}
