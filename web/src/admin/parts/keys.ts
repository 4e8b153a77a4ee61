import { useEffect } from 'react'

/** Where a letter is text; a tick in a box is none. */
const WRITTEN_IN = 'input:not([type=checkbox], [type=radio]), textarea, select'

/** Single keys that do something while nothing is being typed and no dialog asks for anything. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest(WRITTEN_IN) !== null
      const isAsked = document.querySelector('[role=dialog], dialog[open]') !== null
      if (isTyping || isAsked || event.ctrlKey || event.metaKey || event.altKey) return
      keys[event.key.toLowerCase()]?.()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  })
}
