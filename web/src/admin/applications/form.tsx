import { Button, Group, Modal, Stack, Switch, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Application, useAddApplication, useChangeApplication } from '../../api/applications.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { useI18n } from '../../i18n/i18n.tsx'

interface Props {
  /** The one to change; undefined: a new one. */
  application: Application | undefined
  onClose: () => void
  onSecret: (made: { uid: string; secret: string }) => void
}

/** Registers an application, or changes one. */
export function ApplicationForm({ application, onClose, onSecret }: Props) {
  const { t } = useI18n()
  const add = useAddApplication()
  const change = useChangeApplication()
  const [name, setName] = useState(application?.name ?? '')
  const [redirects, setRedirects] = useState(application?.redirect_uris.join('\n') ?? '')
  const [skipauth, setSkipauth] = useState(application?.skipauth ?? false)
  const [isPublic, setPublic] = useState(false)
  const title = t(application ? 'console.edit' : 'console.application.add')
  const save = () => {
    const redirect_uris = redirects.split(/\s+/).filter((uri) => uri !== '')
    const input = { name, redirect_uris, skipauth }
    if (application) return change.mutate({ uid: application.uid, change: input }, { onSuccess: onClose })
    return add.mutate(
      { ...input, public: isPublic },
      {
        onSuccess: ({ uid, secret }) => {
          if (!isPublic) onSecret({ uid, secret })
          onClose()
        },
      },
    )
  }
  const error = add.error ?? change.error
  return (
    <Modal
      opened
      lockScroll={false}
      onClose={onClose}
      title={title}
      centered
      closeButtonProps={{ 'aria-label': t('console.close') }}
    >
      <Stack gap={16}>
        <TextInput
          label={t('console.application.name')}
          data-autofocus
          required
          maxLength={255}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Textarea
          label={t('console.application.redirects')}
          description={t('console.application.redirects.hint')}
          dir="ltr"
          autosize
          minRows={2}
          value={redirects}
          onChange={({ currentTarget }) => setRedirects(currentTarget.value)}
        />
        {!application && (
          <Switch
            label={t('console.application.public.hint')}
            checked={isPublic}
            onChange={({ currentTarget }) => setPublic(currentTarget.checked)}
          />
        )}
        <Switch
          label={t('console.application.own.hint')}
          checked={skipauth}
          onChange={({ currentTarget }) => setSkipauth(currentTarget.checked)}
        />
        <RefusedOrProof error={error} again={save} />
        {!wantsProof(error) && (
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('console.cancel')}
            </Button>
            <Button disabled={name.trim() === ''} loading={add.isPending || change.isPending} onClick={save}>
              {t('console.save')}
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  )
}
