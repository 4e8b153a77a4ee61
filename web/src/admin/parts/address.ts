import { useLocation, useRouter } from '@tanstack/react-router'
import { useState } from 'react'

/**
 * The filters that stand in the address, so that a list is a link one can send: behind the `#`, as they may say whom one looks
 * for, and no server is sent what stands there.
 */
export function useAddress(): {
  path: string
  params: URLSearchParams
  /** Changes some and keeps the others; `''` leaves one out. What one would not go back to replaces what stood there. */
  change: (changes: Readonly<Record<string, string>>, how?: 'push' | 'replace') => void
} {
  const filters = useLocation({ select: ({ href }) => behindHash(href) })
  const path = useLocation({ select: (location) => location.pathname })
  const router = useRouter()
  return {
    path,
    params: new URLSearchParams(filters),
    change: (changes, how = 'push') => {
      const next = new URLSearchParams(filters)
      for (const [name, value] of Object.entries(changes))
        if (value === '') next.delete(name)
        else next.set(name, value)
      router.history[how](addressOf(path, next))
    },
  }
}

/** The address of a page with filters. */
export function addressOf(path: string, filters: URLSearchParams | Readonly<Record<string, string>>): string {
  const params = new URLSearchParams(filters)
  return params.size > 0 ? `${path}#${params}` : path
}

/** The part of an address that no server is sent, as it is written. */
const behindHash = (href: string): string => (href.includes('#') ? href.slice(href.indexOf('#') + 1) : '')

/** What is typed into fields that filter; it follows the address, where that becomes another. */
export function useTyped(
  params: URLSearchParams,
  names: readonly string[],
): [Readonly<Record<string, string>>, (name: string, value: string) => void] {
  const inAddress = Object.fromEntries(names.map((name) => [name, params.get(name) ?? '']))
  const address = JSON.stringify(inAddress)
  const [state, setState] = useState({ address, typed: inAddress })
  if (state.address !== address) setState({ address, typed: inAddress })
  return [state.typed, (name, value) => setState(({ typed }) => ({ address, typed: { ...typed, [name]: value } }))]
}

/** Goes to another page of the console. */
export function useGo(): (to: string) => void {
  const router = useRouter()
  return (to) => router.history.push(to)
}
