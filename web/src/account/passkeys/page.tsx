import { canUsePasskeys } from '@barong/sdk'
import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { meQuery } from '../../api/account.ts'
import { passkeysQuery, useAddPasskey } from '../../api/passkeys.ts'
import { RefusedOrProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { AccountPage } from '../page-frame.tsx'
import { deviceOf } from '../sessions/device.ts'
import { RecoveryCodes } from '../two-factor/recovery-codes.tsx'
import { PasskeyRow } from './row.tsx'

/** Keys on the person's own devices: to sign in with, and as second factor. */
export default function PasskeysPage() {
  const { t } = useI18n()
  const { data: passkeys, error } = useQuery(passkeysQuery)
  const { data: me } = useQuery(meQuery)
  const add = useAddPasskey()
  const addButton = useRef<HTMLButtonElement>(null)
  const send = () => add.mutate(deviceOf(navigator.userAgent) ?? '')
  return (
    <AccountPage title={t('security.passkeys.title')} lead={t('passkeys.lead')} back="/account/security">
      <Refused error={error} />
      {!passkeys && !error && <Skeleton height={120} />}
      {passkeys?.length === 0 && <Text c="dimmed">{t('passkeys.none')}</Text>}
      {passkeys && passkeys.length > 0 && (
        <ul className="rows">
          {passkeys.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} onRemoved={() => addButton.current?.focus()} />
          ))}
        </ul>
      )}
      <Stack gap={12}>
        {add.isSuccess && <Text role="status">{t('passkeys.added')}</Text>}
        <RefusedOrProof error={add.error} again={send} />
        {canUsePasskeys() ? (
          <Button ref={addButton} onClick={send} loading={add.isPending}>
            {t('passkeys.add')}
          </Button>
        ) : (
          <Text c="dimmed">{t('passkeys.unable')}</Text>
        )}
      </Stack>
      {me?.otp_enabled === false && passkeys && passkeys.length > 0 && <RecoveryCodes byCode={false} />}
    </AccountPage>
  )
}
