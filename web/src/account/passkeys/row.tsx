import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useRemovePasskey, useRenamePasskey } from '../../api/passkeys.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'

interface Passkey {
  id: string
  name: string
  synced: boolean
  created_at: string
  last_used_at: string | null
}

/** One passkey: what it is called, when it was used, another name for it, and its end. */
export function PasskeyRow({ passkey, onRemoved }: { passkey: Passkey; onRemoved: () => void }) {
  const { t } = useI18n()
  const { id, name } = passkey
  const [open, setOpen] = useState<'name' | 'removal'>()
  // The button that opened the form has the focus again when the form is gone.
  const [ended, setEnded] = useState<'name' | 'removal'>()
  const end = () => {
    setEnded(open)
    setOpen(undefined)
  }
  if (open === 'name') return <Renaming id={id} name={name} onEnd={end} />
  if (open === 'removal') return <Removal id={id} name={name} onEnd={end} onRemoved={onRemoved} />
  return (
    <li className="row">
      <PasskeyFacts passkey={passkey} />
      <span className="row-end">
        <Button
          variant="default"
          size="compact-md"
          autoFocus={ended === 'name'}
          aria-label={t('passkeys.renameOf', { name })}
          onClick={() => setOpen('name')}
        >
          {t('passkeys.rename')}
        </Button>
        <Button
          variant="default"
          size="compact-md"
          autoFocus={ended === 'removal'}
          aria-label={t('passkeys.removeOf', { name })}
          onClick={() => setOpen('removal')}
        >
          {t('passkeys.remove')}
        </Button>
      </span>
    </li>
  )
}

function PasskeyFacts({ passkey: { name, synced, created_at, last_used_at } }: { passkey: Passkey }) {
  const { t, moment } = useI18n()
  return (
    <span>
      <Text fw={600} component="span" display="block">
        <bdi>{name}</bdi>
      </Text>
      <Text size="sm" c="dimmed" component="span" display="block">
        {last_used_at === null
          ? t('passkeys.addedAt', { moment: moment(created_at) })
          : t('passkeys.usedAt', { moment: moment(last_used_at) })}
        {' · '}
        {t(synced ? 'passkeys.synced' : 'passkeys.single')}
      </Text>
    </span>
  )
}

function Renaming({ id, name, onEnd }: { id: string; name: string; onEnd: () => void }) {
  const { t } = useI18n()
  const [typed, setTyped] = useState(name)
  const rename = useRenamePasskey()
  const send = () => rename.mutate({ id, name: typed }, { onSuccess: onEnd })
  return (
    <Opened error={rename.error} onSend={send}>
      <TextInput
        label={t('passkeys.name')}
        required
        maxLength={64}
        autoFocus
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <Group gap={8}>
        <Button type="submit" loading={rename.isPending}>
          {t('passkeys.save')}
        </Button>
        <Button variant="default" onClick={onEnd}>
          {t('passkeys.keep')}
        </Button>
      </Group>
    </Opened>
  )
}

interface RemovalProps {
  id: string
  name: string
  onEnd: () => void
  onRemoved: () => void
}

function Removal({ id, name, onEnd, onRemoved }: RemovalProps) {
  const { t } = useI18n()
  const remove = useRemovePasskey()
  // The row is gone by then, and with it all that `mutate` would call.
  const send = () => void remove.mutateAsync(id).then(onRemoved, () => undefined)
  return (
    <Opened error={remove.error} onSend={send}>
      <Text>{t('passkeys.removing', { name })}</Text>
      <Group gap={8}>
        <Button type="submit" color="red" loading={remove.isPending}>
          {t('passkeys.removeIt')}
        </Button>
        <Button variant="default" onClick={onEnd} autoFocus>
          {t('passkeys.keep')}
        </Button>
      </Group>
    </Opened>
  )
}

/** A row that became a form; a proof that is missing is asked for in its place. */
function Opened({ error, onSend, children }: { error: Error | null; onSend: () => void; children: ReactNode }) {
  return (
    <li className="row-open">
      {wantsProof(error) ? (
        <RefusedOrProof error={error} again={onSend} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            onSend()
          }}
        >
          <Stack gap={12}>
            <Refused error={error} />
            {children}
          </Stack>
        </form>
      )}
    </li>
  )
}
