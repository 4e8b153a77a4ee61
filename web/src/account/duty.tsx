import { Alert, Button, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, Navigate, useLocation } from '@tanstack/react-router'
import { meQuery } from '../api/account.ts'
import { useI18n } from '../i18n/i18n.tsx'

/** Pages where what has to be done first is done; the first of them is where people are led. */
const PLACES = {
  change_password: ['/account/security/password'],
  set_up_second_factor: ['/account/security/two-factor', '/account/security/passkeys'],
} as const

/** Leads who has to do something first to where it is done, and back to what they came for once it is. */
export function Duty() {
  const { t } = useI18n()
  const { data: me } = useQuery(meQuery)
  const { pathname, searchStr } = useLocation()
  const duty = me?.required_action
  if (duty === undefined) return me ? <GoOn to={new URLSearchParams(searchStr).get('return_to')} /> : null
  const places: readonly string[] = PLACES[duty]
  if (!places.includes(pathname)) return <Navigate to={PLACES[duty][0]} search={true} replace />
  return (
    <Alert mb={24} role="status" title={t('duty.title')}>
      <Stack gap={8}>
        <Text>{t(`duty.${duty}`)}</Text>
        {duty === 'set_up_second_factor' && (
          <Link to={pathname === PLACES[duty][0] ? PLACES[duty][1] : PLACES[duty][0]} search={true}>
            {t(pathname === PLACES[duty][0] ? 'duty.passkey' : 'duty.app')}
          </Link>
        )}
      </Stack>
    </Alert>
  )
}

/** Where the person came from: the console, or an application that they were signing in at. */
function GoOn({ to }: { to: string | null }) {
  const { t } = useI18n()
  if (to === null || !/^\/(admin|oauth\/interaction\/[\w-]+)$/.test(to)) return null
  return (
    <Alert mb={24} role="status" title={t('duty.done')}>
      <Button component="a" href={to}>
        {t('duty.goOn')}
      </Button>
    </Alert>
  )
}
