import { Button, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { type ApiKey, useListApiKeys } from '../../api/api-keys.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'
import { EditKey } from './edit-key.tsx'
import { KeyRow } from './key-row.tsx'
import { RemoveKey } from './remove-key.tsx'

/** The keys there are, and those that were `made` since; the server shows, changes and removes them by a fresh code each time. */
export function KeyList({ made }: { made: readonly ApiKey[] }) {
  const { t, tError } = useI18n()
  const [code, setCode] = useState('')
  const [open, setOpen] = useState<{ uid: string; to: 'change' | 'remove' }>()
  const [changed, setChanged] = useState<readonly ApiKey[]>([])
  const [removed, setRemoved] = useState<readonly string[]>([])
  const list = useListApiKeys()
  const { fields, rest } = faultsOf(list.error, { code: /code|totp/i }, tError)
  const send = (totp_code: string) => list.mutate(totp_code, { onSettled: () => setCode('') })
  const close = () => setOpen(undefined)
  const keys = list.data && presentOf([...made, ...list.data, ...changed], removed)
  const opened = keys?.find(({ uid }) => uid === open?.uid)
  return (
    <Stack gap={16} component="section" aria-labelledby="keys">
      <Title order={2} id="keys">
        {t('apiKeys.list')}
      </Title>
      <Refused error={list.error} sentences={rest} />
      {keys?.length === 0 && <Text c="dimmed">{t('apiKeys.none')}</Text>}
      {keys && keys.length > 0 && (
        <ul className="rows">
          {keys.map((key) => (
            <KeyRow
              key={key.uid}
              apiKey={key}
              onChange={() => setOpen({ uid: key.uid, to: 'change' })}
              onRemove={() => setOpen({ uid: key.uid, to: 'remove' })}
            />
          ))}
        </ul>
      )}
      {opened && open?.to === 'change' && (
        <EditKey
          key={opened.uid}
          apiKey={opened}
          onChanged={(key) => {
            setChanged([...changed, key])
            close()
          }}
          onClose={close}
        />
      )}
      {opened && open?.to === 'remove' && (
        <RemoveKey
          key={opened.uid}
          uid={opened.uid}
          onRemoved={() => {
            setRemoved([...removed, opened.uid])
            close()
          }}
          onClose={close}
        />
      )}
      {!keys && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            send(code)
          }}
        >
          <Stack gap={12}>
            <CodeField
              label={t('twoFactor.code')}
              description={t('twoFactor.code.hint')}
              value={code}
              onChange={setCode}
              onWhole={send}
              error={fields.code}
            />
            <Button type="submit" variant="default" loading={list.isPending}>
              {t('apiKeys.show')}
            </Button>
          </Stack>
        </form>
      )}
    </Stack>
  )
}

/** Each key as it was told last, without those that are gone. */
function presentOf(told: readonly ApiKey[], removed: readonly string[]): ApiKey[] {
  const keys = new Map<string, ApiKey>()
  for (const key of told) keys.set(key.uid, key)
  return [...keys.values()].filter(({ uid }) => !removed.includes(uid))
}
