import type { Migration } from 'kysely/migration'

/** What pictures of documents look like. */
export const pictureFingerprints: Migration = {
  up: async ({ schema }) => {
    await schema
      .createTable('picture_fingerprints')
      .addColumn('document_id', 'integer', (column) => column.notNull().references('documents.id').onDelete('cascade'))
      .addColumn('part', 'integer', (column) => column.notNull())
      .addColumn('bits', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('picture_fingerprints_pkey', ['document_id', 'part'])
      .execute()
    await schema.createIndex('picture_fingerprints_bits').on('picture_fingerprints').columns(['part', 'bits']).execute()
  },
}
