import { useI18n } from './i18n.tsx'

/** Papers that are taken. */
export const DOCUMENT_TYPES = ['Passport', 'Identity card', 'Driver license', 'Utility Bill'] as const
type DocumentType = (typeof DOCUMENT_TYPES)[number]

const isDocumentType = (text: string): text is DocumentType => DOCUMENT_TYPES.some((type) => type === text)

/** Says what kind a document is in the reader's language; kinds that came from elsewhere stay as they are called. */
export function useDocumentType(): (doc_type: string) => string {
  const { t } = useI18n()
  return (doc_type) => (isDocumentType(doc_type) ? t(`documents.type.${doc_type}`) : doc_type)
}
