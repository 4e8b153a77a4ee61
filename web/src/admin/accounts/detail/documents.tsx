import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import type { AccountDetail } from '../../../api/directory.ts'
import { useDocumentType } from '../../../i18n/documents.ts'
import { useI18n } from '../../../i18n/i18n.tsx'
import { Ago } from '../../parts/moment.tsx'
import { Sheet } from '../../parts/sheet.tsx'
import { ItemTable } from '../../parts/table.tsx'

interface Props {
  documents: AccountDetail['documents']
  mayOpen: boolean
}

/** The documents of an account; one of them can be open below the list. */
export function Documents({ documents, mayOpen }: Props) {
  const { t } = useI18n()
  const nameOf = useDocumentType()
  const [chosen, setChosen] = useState<number>()
  const open = documents.find(({ id }) => id === chosen)
  return (
    <>
      <ItemTable
        items={documents}
        keyOf={({ id }) => id}
        none={t('console.none')}
        isOpen={({ id }) => id === chosen}
        columns={[
          { name: t('console.document.type'), show: ({ doc_type }) => <bdi>{nameOf(doc_type)}</bdi> },
          { name: t('console.document.number'), show: ({ doc_number }) => <bdi>{doc_number}</bdi> },
          { name: t('console.document.validUntil'), show: ({ doc_expire }) => doc_expire },
          { name: t('console.added'), show: ({ created_at }) => <Ago at={created_at} /> },
          {
            name: t('console.actions'),
            show: ({ id }) =>
              mayOpen && (
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-expanded={id === chosen}
                  onClick={() => setChosen(id === chosen ? undefined : id)}
                >
                  {t(id === chosen ? 'console.close' : 'console.document.open')}
                </Button>
              ),
          },
        ]}
      />
      {open && (
        <section aria-label={nameOf(open.doc_type)}>
          <Text size="sm" c="dimmed" mt={12}>
            {t('console.document.logged')}
          </Text>
          <Sheet key={open.id} document={open} />
        </section>
      )}
    </>
  )
}
