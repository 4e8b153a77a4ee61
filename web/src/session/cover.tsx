import { useEffect, useRef } from 'react'
import { useI18n } from '../i18n/i18n.tsx'
import { signInAddress, useSessionIsOver } from './session.ts'

/** Hides all pages, and keeps what was typed there, once the session is over. */
export const SessionCover = () => useSessionIsOver() && <Cover />

function Cover() {
  const { t } = useI18n()
  const dialog = useRef<HTMLDialogElement>(null)
  const show = () => dialog.current?.showModal()
  useEffect(show, [])
  return (
    <dialog ref={dialog} className="session-cover" aria-labelledby="session-over" onClose={show}>
      <h2 id="session-over">{t('sessionOver.title')}</h2>
      <p>{t('sessionOver.text')}</p>
      <a href={signInAddress()} target="_blank" rel="noreferrer">
        {t('sessionOver.signIn')}
      </a>
    </dialog>
  )
}
