import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { judgePdf } from './pdf.ts'

const CATALOG = '1 0 obj\n<< /Type /Catalog /Pages 2 0 R /OpenAction [3 0 R /Fit] >>\nendobj\n'
const END = 'trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n'

const pdf = (objects: string | Buffer, end = END): Buffer =>
  Buffer.concat([Buffer.from(`%PDF-1.7\n${CATALOG}`), Buffer.from(objects), Buffer.from(`\n${end}`)])

/** Objects as programs pack them since PDF 1.5. */
function packed(objects: string, dictionary = '/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode'): Buffer {
  const body = deflateSync(objects)
  const head = `7 0 obj\n<< ${dictionary} /Length ${body.length} >>\nstream\n`
  return Buffer.concat([Buffer.from(head), body, Buffer.from('\nendstream\nendobj')])
}

const SCRIPT = '<< /S /JavaScript /JS (app.alert(1)) >>'

describe('A PDF', () => {
  test('that shows pages, with links, pictures and packed objects, is taken', async () => {
    equal(await judgePdf(pdf('4 0 obj << /S /URI /URI (https://example.com) >> endobj')), undefined)
    equal(await judgePdf(pdf(packed('4 0 << /Type /Page /Parent 2 0 R >>'))), undefined)
    const picture = packed('/JavaScript', '/Subtype /Image /Filter /FlateDecode')
    equal(await judgePdf(pdf(picture)), undefined)
  })

  for (const [what, objects] of [
    ['a script', `4 0 obj ${SCRIPT} endobj`],
    ['a script under a name in disguise', `4 0 obj << /S /J#61v#61#53cript >> endobj`],
    ['a script in packed objects', packed(`4 0 ${SCRIPT}`)],
    ['a script between what looks like a stream', `4 0 obj (<< >> stream\n) ${SCRIPT} (endstream) endobj`],
    ['a program to start', '4 0 obj << /S /Launch /F (cmd.exe) >> endobj'],
    ['a file in it', '4 0 obj << /Type /EmbeddedFile >> endobj'],
    ['a form that sends', '4 0 obj << /S/SubmitForm /F (https://example.com) >> endobj'],
    ['a form of XML', '4 0 obj << /AcroForm << /XFA 5 0 R >> >> endobj'],
  ] as const) {
    test(`with ${what} is refused`, async () => equal(await judgePdf(pdf(objects)), 'active'))
  }

  test('whose objects are packed so that they cannot be looked at is refused', async () => {
    const other = packed(SCRIPT, '/Type /ObjStm /Filter [/ASCII85Decode /FlateDecode]')
    equal(await judgePdf(pdf(other)), 'unreadable')
    const nested = packed(SCRIPT, '/Type /ObjStm /Filter /FlateDecode /DecodeParms << /Predictor 12 >>')
    equal(await judgePdf(pdf(nested)), 'unreadable')
    const far = packed(SCRIPT, `/Type /ObjStm /Filter /FlateDecode /Title (${'x'.repeat(5000)})`)
    equal(await judgePdf(pdf(far)), 'unreadable')
    equal(await judgePdf(pdf(packed(SCRIPT).subarray(0, -30))), 'unreadable')
  })

  // ASVS 5.2.3
  test('that unfolds to more than memory is refused', async () => {
    equal(await judgePdf(pdf(packed(' '.repeat(80 * 1024 * 1024)))), 'too large')
  })

  test('that is made to keep whoever reads it busy is refused at once', async () => {
    equal(await judgePdf(pdf('>>stream\n'.repeat(1_000_000))), 'unreadable')
    equal(await judgePdf(pdf('>>stream\nendstream\n'.repeat(400_000))), 'too large')
    const unpacked = `<</Type/ObjStm>>stream\n${'x'.repeat(1000)}endstream\n`.repeat(9000)
    equal(await judgePdf(pdf(unpacked.repeat(2).slice(0, 9_000_000))), 'unreadable')
    equal(await judgePdf(pdf(`<</Type/ObjStm>>stream\n${'x'.repeat(17_000_000)}endstream`)), 'too large')
    equal(await judgePdf(pdf(`${'<'.repeat(1_000_000)}${'/'.repeat(1_000_000)}`)), undefined)
  })

  test('that is protected is refused', async () => {
    equal(await judgePdf(pdf('', 'trailer << /Root 1 0 R /Encrypt 9 0 R >>\n%%EOF')), 'encrypted')
  })

  test('with anything before or behind it is refused', async () => {
    const plain = pdf('4 0 obj << >> endobj')
    equal(await judgePdf(plain), undefined)
    equal(await judgePdf(Buffer.concat([Buffer.from('GIF89a'), plain])), 'unreadable')
    equal(await judgePdf(Buffer.concat([plain, Buffer.from('PK\u0005\u0006')])), 'unreadable')
    equal(await judgePdf(plain.subarray(0, -10)), 'unreadable')
  })
})
