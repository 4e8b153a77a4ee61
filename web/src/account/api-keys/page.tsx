import { Anchor, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { meQuery } from '../../api/account.ts'
import type { ApiKey } from '../../api/api-keys.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { AccountPage } from '../page-frame.tsx'
import { KeyList } from './list.tsx'
import { NewKey } from './new-key.tsx'

/** Keys for programs; only accounts with a second factor have any. */
export default function ApiKeysPage() {
  const { t } = useI18n()
  const { data: me, error } = useQuery(meQuery)
  const [made, setMade] = useState<readonly ApiKey[]>([])
  return (
    <AccountPage title={t('security.api-keys.title')} lead={t('apiKeys.lead')} back="/account/security">
      <Refused error={error} />
      {!me && !error && <Skeleton height={200} />}
      {me && !me.otp_enabled && (
        <Stack gap={12}>
          <Text>{t('apiKeys.needTwoFactor')}</Text>
          <Anchor component={Link} to="/account/security/two-factor">
            {t('security.two-factor.title')}
          </Anchor>
        </Stack>
      )}
      {me?.otp_enabled && <NewKey onMade={(key) => setMade((before) => [...before, key])} />}
      {me?.otp_enabled && <KeyList made={made} />}
    </AccountPage>
  )
}
