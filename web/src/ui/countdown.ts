import { useEffect, useState } from 'react'

/** Counts down from so many seconds at once; `start` begins anew. */
export function useCountdown(seconds: number): { left: number; start: () => void } {
  const [left, setLeft] = useState(seconds)
  useEffect(() => {
    if (left <= 0) return
    const timer = setTimeout(() => setLeft(left - 1), 1000)
    return () => clearTimeout(timer)
  }, [left])
  return { left, start: () => setLeft(seconds) }
}
