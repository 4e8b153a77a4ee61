import { type RefObject, useEffect, useRef } from 'react'

/** Gives the focus to the first faulty field of a form whenever `faults` changes. */
export function useFirstFault<E extends HTMLElement>(faults: unknown): RefObject<E | null> {
  const form = useRef<E>(null)
  useEffect(() => {
    if (faults) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [faults])
  return form
}
