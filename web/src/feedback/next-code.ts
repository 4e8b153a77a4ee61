import { useState } from 'react'
import { useI18n } from '../i18n/i18n.tsx'

/**
 * For forms with a code of the app: a proof of who somebody is uses up the code that was typed, or takes so long that it is
 * old. `ask` goes back to the form by `reset`, and `field` makes its field ask for the next code.
 */
export function useNextCode(reset: () => void) {
  const { t } = useI18n()
  const [isWanted, setWanted] = useState(false)
  return {
    ask: () => {
      setWanted(true)
      reset()
    },
    field: isWanted ? { autoFocus: true, description: t('proof.nextCode') } : {},
  }
}
