import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { aJpeg, aPdf, aPng } from '../../../test/support/multipart.ts'
import { ModelErrors } from '../../lib/sentences.ts'
import { documentErrors } from './document-rules.ts'
import { judgeContent, refusedExtension, safeFileName } from './file-types.ts'

const TODAY = '2026-03-01'
const DOCUMENT = { doc_type: 'Passport', doc_number: 'AB-12 34', doc_expire: '2030-12-31' }

function told(overrides: Partial<typeof DOCUMENT & { metadata: Record<string, unknown> }>): string[] {
  const errors = new ModelErrors()
  documentErrors(errors, { ...DOCUMENT, ...overrides }, TODAY)
  return errors.fullMessages()
}

test('a document has one of four types, a number and a day that is not over', () => {
  for (const doc_type of ['Passport', 'Identity card', 'Driver license', 'Utility Bill'])
    deepEqual(told({ doc_type }), [])
  for (const doc_number of ['a', '-', ' a ', 'a\tb', '1'.repeat(128)]) deepEqual(told({ doc_number }), [])
  for (const doc_expire of [TODAY, '2026-03-02', '9999-12-31']) deepEqual(told({ doc_expire }), [])
  deepEqual(told({ metadata: { a: { b: ['1'] } } }), [])
})

test('what is wrong is told by attribute', () => {
  const type = 'Doc type is not included in the list'
  for (const doc_type of ['passport', 'Foo', 'Passport ', 'Identity Card']) deepEqual(told({ doc_type }), [type])
  const form = 'Doc number only allows letters and digits'
  for (const doc_number of ['a_b', 'a/b', 'é', '١', 'a\0']) deepEqual(told({ doc_number }), [form])
  const long = 'Doc number is too long (maximum is 128 characters)'
  deepEqual(told({ doc_number: 'a'.repeat(129) }), [long])
  deepEqual(told({ doc_number: '_'.repeat(129) }), [long, form])
  deepEqual(told({ doc_expire: '2026-02-28' }), ['Doc expire is invalid'])
  deepEqual(told({ metadata: { a: 'x'.repeat(65_535) } }), ['Metadata is too long (maximum is 65535 bytes)'])
  deepEqual(told({ doc_type: 'x', doc_number: '_', doc_expire: '1999-01-01' }), [type, form, 'Doc expire is invalid'])
})

test('the type of a file is that of its content, whichever of the allowed ones its name tells', async () => {
  const jpeg = { content_type: 'image/jpeg', extension: 'jpg' }
  const png = { content_type: 'image/png', extension: 'png' }
  const pdf = { content_type: 'application/pdf', extension: 'pdf' }
  deepEqual(await judgeContent(aJpeg()), jpeg)
  deepEqual(await judgeContent(aPng()), png)
  deepEqual(await judgeContent(aPng(10_000).subarray(0, 4100)), png)
  deepEqual(await judgeContent(aPdf()), pdf)
})

test('a name is refused for its extension, which is told as it was sent', () => {
  for (const name of ['a.jpg', 'a.JPEG', 'a.b.png', 'é.Pdf', '../a.png', 'C:\\scans\\a.png', '... .png', 'a.tar.png'])
    equal(refusedExtension(name), undefined, name)
  const refused: [filename: string, extension: string][] = [
    ['a.GIF', 'GIF'],
    ['noext', ''],
    ['', ''],
    ['.png', ''],
    ['a.', ''],
    ['a.png/', ''],
    ['a.tar.gz', 'tar.gz'],
    ['a.tar.GZ', 'GZ'],
    ['a.jpg.exe', 'exe'],
    ['a.png ', 'png_'],
    ['a.<b>"', '_b__'],
    ['x.png/y.txt', 'txt'],
  ]
  for (const [filename, extension] of refused) equal(refusedExtension(filename), extension, filename)
})

test('a file whose name passes is refused for its content', async () => {
  const refused = async (content: Buffer | string) => {
    const type = await judgeContent(Buffer.from(content))
    return 'refused' in type ? type.refused : undefined
  }
  const gif = Buffer.from('GIF89a\x01\0\x01\0\0\0\0;')
  const webp = Buffer.from('RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0', 'latin1')
  equal(await refused(gif), 'gif')
  equal(await refused(webp), 'webp')
  equal(await refused(Buffer.from('504b0304', 'hex')), 'zip')
  equal(await refused('MZ\x90\0'.padEnd(100)), 'exe')
  equal(await refused('%PD'), 'unknown')
  equal(await refused('x'), 'unknown')
})

test('a file is offered under a name that nobody chose', () => {
  equal(safeFileName('Identity card', 'image/jpeg'), 'identity-card.jpg')
  equal(safeFileName('Utility Bill', 'application/pdf'), 'utility-bill.pdf')
})
