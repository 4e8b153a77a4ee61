import { useRef, useState } from 'react'
import { useObjectUrl } from '../../ui/object-url.ts'

/** The logo that is shown, and what becomes of it: kept (undefined), replaced by a file, or removed (null). */
export function useLogo(present: string | null) {
  const [file, setFile] = useState<File | null>()
  const url = useObjectUrl(file)
  const reset = useRef<() => void>(null)
  return {
    shown: file === undefined ? present : (url ?? null),
    file,
    /** Empties the field, so that the same file can be chosen again. */
    reset,
    choose: (chosen: File | null) => {
      if (chosen) setFile(chosen)
      reset.current?.()
    },
    remove: () => setFile(null),
  }
}
