import { equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { judgePdf } from './pdf.ts'

/** As a browser printed an invoice, with a link outwards, an outline and tags; the same with packed objects; and what libraries make. */
const FIXTURES = join(import.meta.dirname, '../../../test/fixtures/pdf')

const CATALOG = '1 0 obj\n<< /Type /Catalog /Pages 2 0 R /OpenAction [3 0 R /Fit] >>\nendobj\n'
const END = 'trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n'

const pdf = (objects: string | Buffer, end = END, catalog = CATALOG): Buffer =>
  Buffer.concat([Buffer.from(`%PDF-1.7\n${catalog}`), Buffer.from(objects), Buffer.from(`\n${end}`)])

/** One whose catalog says what happens when it is opened. */
const opening = (action: string, objects: string | Buffer = '') =>
  pdf(objects, END, `1 0 obj\n<< /Type /Catalog /Pages 2 0 R /OpenAction ${action} >>\nendobj\n`)

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
    ['a program to start in packed objects', packed('4 0 << /S /Launch /F (cmd.exe) >>')],
    ['a program to start', '4 0 obj << /S /Launch /F (cmd.exe) >> endobj'],
    ['a file in it', '4 0 obj << /Type /EmbeddedFile >> endobj'],
    [
      'a file in it that does not say that it is one',
      '4 0 obj << /FS << /F (a.exe) /EF << /F 5 0 R >> >> >> endobj 5 0 obj << /Length 1 >>\nstream\nx\nendstream endobj',
    ],
    ['a note with a file', '4 0 obj << /Type /Annot /Subtype /FileAttachment /FS 5 0 R >> endobj'],
    ['a model with a script', '4 0 obj << /Type /3D /Subtype /U3D /OnInstantiate 5 0 R >> endobj'],
    ['a form that sends', '4 0 obj << /S/SubmitForm /F (https://example.com) >> endobj'],
    [
      'a script in packed objects that do not say that they are',
      packed(`4 0 ${SCRIPT}`, '/N 1 /First 4 /Filter /FlateDecode'),
    ],
    ['a script in packed objects of another type', packed(`4 0 ${SCRIPT}`, '/Type /Page /#4e 1 /Fir#73t 4 /Filter/Fl')],
    [
      'a script in packed objects behind a beginning in a string',
      packed(`4 0 ${SCRIPT}`, '/N 1 /First 4 /Filter /Fl /T (1 0 obj <<)'),
    ],
    [
      'a script in packed objects behind an escape',
      packed(`4 0 ${SCRIPT}`, '/N 1 /First 4 /Filter /Fl /T (1 0 obj << \\( )'),
    ],
    ['a script in packed objects behind a comment', packed(`4 0 ${SCRIPT}`, '/N 1 /First 4 /Filter /Fl %1 0 obj <<\n')],
    ['a script in packed objects behind a name', packed(`4 0 ${SCRIPT}`, '/N 1 /First 4 /Filter /Fl /obj << /X 1 >>')],
    [
      'a script in packed objects far from their type',
      packed(`4 0 ${SCRIPT}`, `/N 1 /First 4 /Filter /FlateDecode /T (${'x'.repeat(5000)})`),
    ],
    ['a link to another file', '4 0 obj << /S /GoToR /F (\\\\evil\\share) >> endobj'],
    [
      'something to do when a page is shown',
      '4 0 obj << /Type /Page /AA << /O << /S /URI /URI (https://a.example) >> >> >> endobj',
    ],
    ['a stream that is another file', '4 0 obj << /F (\\\\evil\\share) /Length 0 >>\nstream\n\nendstream endobj'],
    [
      'a stream that is another file by its description',
      '4 0 obj << /F << /UF (//evil/share) >> /Length 0 >>\nstream\n\nendstream endobj',
    ],
    [
      'a stream that is another file by reference',
      '4 0 obj << /F 5 0 R /Length 0 >>\nstream\n\nendstream endobj 5 0 obj (\\\\evil) endobj',
    ],
    ['a table of files in it', '1 0 obj << /Names << /EmbeddedFiles 4 0 R >> >> endobj'],
    ['media that play', '4 0 obj << /Subtype /RichMedia >> endobj'],
    ['a medium that is shown', '4 0 obj << /S /Rendition /R 5 0 R >> endobj'],
    ['a form that takes data in', '4 0 obj << /S /ImportData /F (\\\\evil\\share) >> endobj'],
    ['a link to a file in it', '4 0 obj << /S /GoToE /D [0 /Fit] >> endobj'],
    ['a script that stands in a tree of names', '4 0 obj << /JS 5 0 R >> endobj'],
    ['a short name in packed objects', packed('4 0 << /AA << /O 5 0 R >> >>')],
    ['a form of XML', '4 0 obj << /AcroForm << /XFA 5 0 R >> >> endobj'],
  ] as const) {
    test(`with ${what} is refused`, async () => equal(await judgePdf(pdf(objects)), 'active'))
  }

  test('that goes to a page when it is opened is taken', async () => {
    const go = '<< /S /GoTo /D [3 0 R /XYZ 0 792 0] >>'
    for (const action of ['null', '(top)', '/top', '[3 0 R /Fit]', go, '<</Type/Action/S/Named/N/FirstPage>>'])
      equal(await judgePdf(opening(action)), undefined, action)
    equal(await judgePdf(opening('5 0 R', `5 0 obj\n${go}\nendobj`)), undefined)
    equal(await judgePdf(opening('5 0 R', '15 0 obj null endobj 5 0 obj [3 0 R /Fit] endobj')), undefined)
    equal(
      await judgePdf(opening('5 0 R', packed(`4 0 5 5 null ${go}`, '/Type /ObjStm /N 2 /First 8 /Filter/FlateDecode'))),
      undefined,
    )
  })

  test('that does anything else when it is opened is refused', async () => {
    const leave = '<< /S /URI /URI (https://evil.example) >>'
    const refused = [
      opening(leave),
      opening(`<< /S /GoTo /D [3 0 R /Fit] /Next ${leave} >>`),
      opening('5 0 R', `5 0 obj ${leave} endobj`),
      opening('%here\n5 0 R', `5 0 obj ${leave} endobj`),
      opening('5 0 R', '5 0 obj 6 0 R endobj 6 0 obj [3 0 R /Fit] endobj'),
      opening('5 0 R', `5 0 obj [3 0 R /Fit] endobj 5 0 obj ${leave} endobj`),
      opening('5 0 R', packed(`4 0 5 5 null ${leave}`, '/Type /ObjStm /N 2 /First 8 /Filter/FlateDecode')),
      opening('5 0 R'),
      opening('<< /S /GoTo /S 6 0 R /D [3 0 R] >>'),
    ]
    for (const [index, file] of refused.entries()) equal(await judgePdf(file), 'active', `${index}`)
  })

  test('as programs make them every day is taken', async () => {
    const form =
      '4 0 obj << /Subtype /Form /Resources << /Font << /F 6 0 R >> >> /Filter /FlateDecode >>\nstream\nx\nendstream endobj\n'
    equal(await judgePdf(pdf(`${form}6 0 obj << /Type /Font /FirstChar 32 >> endobj`)), undefined)
    const outline = '8 0 obj << /First 9 0 R /Last 9 0 R >> endobj 9 0 obj << /AP << /N 4 0 R >> /F 4 >> endobj\n'
    const scan = `${outline}10 0 obj << /Subtype /Image /Filter /DCTDecode >>\nstream\nxx\nendstream endobj\n`
    equal(await judgePdf(pdf(scan)), undefined)
    const predicted = '/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 4 >>'
    const colours = packed('x', `/N 3 /Alternate /DeviceRGB ${predicted}`)
    equal(await judgePdf(pdf(Buffer.concat([Buffer.from(scan), colours]))), undefined)
    const table = packed('xx', `/Type /XRef /Index [0 5] /W [1 2 1] /Root 1 0 R ${predicted}`)
    equal(await judgePdf(pdf(Buffer.concat([Buffer.from(outline), table]))), undefined)
    for (const name of ['browser.pdf', 'browser-packed.pdf', 'form.pdf', 'links.pdf', 'outline.pdf'])
      equal(await judgePdf(readFileSync(join(FIXTURES, name))), undefined, name)
  })

  test('whose objects are packed so that they cannot be looked at is refused', async () => {
    const other = packed(SCRIPT, '/Type /ObjStm /Filter [/ASCII85Decode /FlateDecode]')
    equal(await judgePdf(pdf(other)), 'unreadable')
    const nested = packed(SCRIPT, '/Type /ObjStm /Filter /FlateDecode /DecodeParms << /Predictor 12 >>')
    equal(await judgePdf(pdf(nested)), 'unreadable')
    const far = packed(SCRIPT, `/Type /ObjStm /Filter /FlateDecode /Title (${'x'.repeat(5000)})`)
    equal(await judgePdf(pdf(far)), 'active')
    equal(await judgePdf(pdf(packed(SCRIPT).subarray(0, -30))), 'unreadable')
    equal(await judgePdf(pdf('4 0 obj << /Type /ObjStm /N 1 /First 4 >> endobj')), 'unreadable')
  })

  // Readers take these for streams, and need no type to unpack them.
  for (const [what, between, line] of [
    ['a line that ends as on old machines', '', '\r'],
    ['spaces before the end of the line', '', ' \n'],
    ['more on the line', '', ' %\n'],
    ['a null', '\0', '\n'],
    ['a comment', '%x\n', '\n'],
    ['a long comment', `%${'x'.repeat(5000)}\n`, '\n'],
    ['a long comment and more on the line', `%${'x'.repeat(5000)}\n `, ' x\n'],
  ] as const)
    test(`with a script in packed objects that begin with ${what} is refused`, async () => {
      const head = '7 0 obj << /N 1 /First 4 /Filter /FlateDecode >>'
      const body = Buffer.concat([deflateSync(`4 0 ${SCRIPT}`), Buffer.from('\nendstream\nendobj')])
      const file = pdf(Buffer.concat([Buffer.from(`${head}${between}stream${line}`), body]))
      ok(['active', 'unreadable'].includes(String(await judgePdf(file))))
    })

  test('with a script in packed objects within another stream is refused', async () => {
    const hidden = packed(`4 0 ${SCRIPT}`, '/N 1 /First 4 /Filter /FlateDecode')
    const picture = Buffer.from('8 0 obj << /Subtype /Image >>\nstream\nxx\n')
    equal(await judgePdf(pdf(Buffer.concat([picture, hidden]))), 'unreadable')
  })

  test('that tells of streams is taken', async () => {
    equal(await judgePdf(pdf('4 0 obj << /Title (Up the stream, and\\ndown the stream) >> endobj')), undefined)
    const text = '5 0 obj << /Length 40 >>\nstream\nBT (a stream of light) Tj ET\nendstream endobj'
    equal(await judgePdf(pdf(text)), undefined)
  })

  // ASVS 5.2.3
  test('that unfolds to more than memory is refused', async () => {
    equal(await judgePdf(pdf(packed(' '.repeat(80 * 1024 * 1024)))), 'too large')
    const several = Array.from({ length: 3 }, () => packed(' '.repeat(6 * 1024 * 1024)))
    equal(await judgePdf(pdf(Buffer.concat(several.slice(1)))), undefined)
    equal(await judgePdf(pdf(Buffer.concat(several))), 'too large')
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
