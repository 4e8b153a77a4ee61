import { useEffect } from 'react'

/** Single keys that do something while nothing is being typed and no dialog asks for anything. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest('input, textarea, select') !== null
      const isAsked = document.querySelector('[role=dialog]') !== null
      if (isTyping || isAsked || event.ctrlKey || event.metaKey || event.altKey) return
      keys[event.key.toLowerCase()]?.()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  })
}
