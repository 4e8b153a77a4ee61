import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { type ApiKey, useDeleteApiKey, useListApiKeys } from '../../api/api-keys.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'
import { EditKey } from './edit-key.tsx'
import { KeyRow } from './key-row.tsx'

/** The keys there are; the server shows and removes them by a fresh code each time. */
export function KeyList() {
  const { t, tError } = useI18n()
  const [code, setCode] = useState('')
  const [open, setOpen] = useState<{ uid: string; to: 'change' | 'remove' }>()
  const [changed, setChanged] = useState<readonly ApiKey[]>([])
  const [removed, setRemoved] = useState<readonly string[]>([])
  const removing = open?.to === 'remove' ? open.uid : undefined
  const list = useListApiKeys()
  const remove = useDeleteApiKey()
  const asked = removing === undefined ? list : remove
  const { fields, rest } = faultsOf(asked.error, { code: /code|totp/i }, tError)
  const clear = () => setCode('')
  const send = (totp_code: string) => {
    if (removing === undefined) list.mutate(totp_code, { onSettled: clear })
    else remove.mutate({ uid: removing, totp_code }, { onSettled: clear, onSuccess: () => leave(removing) })
  }
  const leave = (uid: string) => {
    setRemoved([...removed, uid])
    setOpen(undefined)
  }
  const keys = list.data
    ?.filter(({ uid }) => !removed.includes(uid))
    .map((key) => changed.findLast(({ uid }) => uid === key.uid) ?? key)
  const changing = open?.to === 'change' ? keys?.find(({ uid }) => uid === open.uid) : undefined
  return (
    <Stack gap={16} component="section" aria-labelledby="keys">
      <Title order={2} id="keys">
        {t('apiKeys.list')}
      </Title>
      <Refused error={asked.error} sentences={rest} />
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
      {changing && (
        <EditKey
          key={changing.uid}
          apiKey={changing}
          onChanged={(key) => {
            setChanged([...changed, key])
            setOpen(undefined)
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      {(!keys || removing !== undefined) && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            send(code)
          }}
        >
          <Stack gap={12}>
            {removing !== undefined && <Text>{t('apiKeys.removing', { uid: removing })}</Text>}
            <CodeField label={t('twoFactor.code')} value={code} onChange={setCode} onWhole={send} error={fields.code} />
            <Group>
              <Button type="submit" variant="default" loading={asked.isPending}>
                {t(removing === undefined ? 'apiKeys.show' : 'apiKeys.remove')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Stack>
  )
}
