import { Button, NativeSelect, Progress, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useAddDocument } from '../../api/documents.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { Refused } from '../../feedback/refused.tsx'
import { DOCUMENT_TYPES } from '../../i18n/documents.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { DropZone } from '../../ui/drop-zone.tsx'
import { useFirstFault } from '../../ui/first-fault.ts'
import { Preview } from './preview.tsx'
import { DOCUMENT_FIELDS, faultOfFile } from './types.ts'

const EMPTY = { doc_type: 'Passport', doc_number: '', doc_expire: '' }

/** Takes a paper: what it is, and a picture or scan of it. */
export function DocumentForm() {
  const { t, tError } = useI18n()
  const [typed, setTyped] = useState(EMPTY)
  const [file, setFile] = useState<File>()
  const [sent, setSent] = useState(0)
  const add = useAddDocument(setSent)
  const { fields, rest } = faultsOf(add.error, DOCUMENT_FIELDS, tError)
  const fault = file && faultOfFile(file)
  const form = useFirstFault<HTMLFormElement>(add.error)
  const type = (part: Partial<typeof EMPTY>) => setTyped((before) => ({ ...before, ...part }))
  const send = () => {
    if (!file || fault) return
    setSent(0)
    add.mutate(
      { ...typed, upload: file },
      {
        onSuccess: () => {
          setTyped(EMPTY)
          setFile(undefined)
        },
      },
    )
  }
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Stack gap={16}>
        {add.isSuccess && <Text role="status">{t('documents.received')}</Text>}
        <Refused error={add.error} sentences={rest} />
        <NativeSelect
          label={t('documents.type')}
          value={typed.doc_type}
          onChange={({ currentTarget }) => type({ doc_type: currentTarget.value })}
          data={DOCUMENT_TYPES.map((value) => ({ value, label: t(`documents.type.${value}`) }))}
        />
        <TextInput
          label={t('documents.number')}
          required
          autoComplete="off"
          value={typed.doc_number}
          onChange={({ currentTarget }) => type({ doc_number: currentTarget.value })}
          error={fields.doc_number}
        />
        <TextInput
          label={t('documents.expires')}
          type="date"
          required
          value={typed.doc_expire}
          onChange={({ currentTarget }) => type({ doc_expire: currentTarget.value })}
          error={fields.doc_expire}
        />
        <DropZone
          label={t('documents.file')}
          accept="image/jpeg,image/png,application/pdf"
          onFile={setFile}
          error={fault ? t(fault) : fields.upload}
        >
          {file ? <Preview file={file} /> : <Text size="sm">{t('documents.drop')}</Text>}
          <Text size="xs" c="dimmed">
            {t('documents.limits')}
          </Text>
        </DropZone>
        {add.isPending && <Progress value={sent * 100} aria-label={t('documents.sending')} />}
        <Button type="submit" loading={add.isPending} disabled={!file || fault !== undefined}>
          {t('documents.send')}
        </Button>
      </Stack>
    </form>
  )
}
