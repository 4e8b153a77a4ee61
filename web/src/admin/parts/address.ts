import { useLocation, useRouter } from '@tanstack/react-router'

/** The filters that stand in the address, so that a list is a link one can send. */
export function useAddress(): {
  params: URLSearchParams
  /** Changes some and keeps the others; `''` leaves one out. */
  change: (changes: Readonly<Record<string, string>>) => void
} {
  const search = useLocation({ select: (location) => location.searchStr })
  const path = useLocation({ select: (location) => location.pathname })
  const router = useRouter()
  return {
    params: new URLSearchParams(search),
    change: (changes) => {
      const next = new URLSearchParams(search)
      for (const [name, value] of Object.entries(changes))
        if (value === '') next.delete(name)
        else next.set(name, value)
      router.history.push(next.size > 0 ? `${path}?${next}` : path)
    },
  }
}

/** Goes to another page of the console. */
export function useGo(): (to: string) => void {
  const router = useRouter()
  return (to) => router.history.push(to)
}
