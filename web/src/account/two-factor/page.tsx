import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { meQuery } from '../../api/account.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { AccountPage } from '../page-frame.tsx'
import { DisableTwoFactor } from './disable.tsx'
import { EnableTwoFactor } from './enable.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'

/** The second factor: off, being turned on, or on with its recovery codes. */
export default function TwoFactorPage() {
  const { t } = useI18n()
  const { data: me, error } = useQuery(meQuery)
  const [isNew, setNew] = useState(false)
  const lead = t(me?.otp_enabled ? 'twoFactor.isOn' : 'twoFactor.lead')
  return (
    <AccountPage title={t('security.two-factor.title')} lead={lead} back="/account/security">
      <Refused error={error} />
      {!me && !error && <Skeleton height={240} />}
      {me && !me.otp_enabled && <EnableTwoFactor onEnabled={() => setNew(true)} />}
      {me?.otp_enabled && <RecoveryCodes isNew={isNew} />}
      {me?.otp_enabled && <DisableTwoFactor />}
    </AccountPage>
  )
}
