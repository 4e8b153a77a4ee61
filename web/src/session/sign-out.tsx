import { Button } from '@mantine/core'
import { useI18n } from '../i18n/i18n.tsx'
import { leaveSession } from './session.ts'

/** Ends the session of this browser, and leads to a page that says so. */
export function SignOut() {
  const { t } = useI18n()
  return (
    <form method="post" action="/sign-out" onSubmit={leaveSession}>
      <Button type="submit" variant="subtle" color="gray" size="compact-sm" className="sign-out">
        {t('nav.signOut')}
      </Button>
    </form>
  )
}
