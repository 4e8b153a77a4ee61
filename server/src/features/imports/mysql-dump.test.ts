import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ImportError } from './import-error.ts'
import { readDump } from './mysql-dump.ts'

const CREATE = `/*M!999999\\- enable the sandbox mode */
-- MariaDB dump; it's a comment with a quote
/*!40101 SET NAMES utf8 */;
DROP TABLE IF EXISTS \`notes\`;
CREATE TABLE \`notes\` (
  \`id\` bigint(20) NOT NULL AUTO_INCREMENT COMMENT 'a ; and a (',
  \`text\` varchar(255) DEFAULT NULL,
  \`order\` int(11) DEFAULT 0,
  PRIMARY KEY (\`id\`),
  KEY \`index_notes_on_text\` (\`text\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
`

/** All rows of a dump that arrives in pieces of that many characters. */
async function read(dump: string, size = dump.length, wanted = ['notes']) {
  const pieces = async function* () {
    for (let at = 0; at < dump.length; at += size) yield dump.slice(at, at + size)
  }
  const rows = []
  for await (const group of readDump(pieces(), new Set(wanted))) rows.push(...group.rows)
  return rows
}

test('rows come out as they went in, wherever the text is cut', async () => {
  const dump = `${CREATE}LOCK TABLES \`notes\` WRITE;
INSERT INTO \`notes\` VALUES (1,'it\\'s; (a) \\"note\\"\\nwith\\\\lines','-3'),(2,NULL,1.5e3),(3,'two '' quotes \\% \\_',-7);
UNLOCK TABLES;
-- Dump completed on 2026-01-02`
  const expected = [
    { id: '1', text: 'it\'s; (a) "note"\nwith\\lines', order: '-3' },
    { id: '2', text: null, order: '1.5e3' },
    { id: '3', text: "two ' quotes \\% \\_", order: '-7' },
  ]
  for (const size of [1, 2, 3, 7, 64, dump.length]) assert.deepEqual(await read(dump, size), expected, `${size}`)
})

test('texts in hexadecimal, with an introducer and of every script are read', async () => {
  const dump = `${CREATE}INSERT INTO \`notes\` VALUES (1,0xC3A9,0),(2,x'E4BDA0',0),(3,_binary 'ab',0),(4,_utf8mb4'Юлия 🦉',0),(5,'',0);`
  const texts = (await read(dump, 5)).map(({ text }) => text)
  assert.deepEqual(texts, ['é', '你', 'ab', 'Юлия 🦉', ''])
})

test('columns that an INSERT names go before those of the table', async () => {
  const dump = `${CREATE}-- no locks\nINSERT INTO \`db\`.\`notes\` (\`text\`, \`id\`) VALUES ('a',1);\nINSERT INTO notes VALUES (2,'b',3);`
  assert.deepEqual(await read(dump, 9), [
    { text: 'a', id: '1' },
    { id: '2', text: 'b', order: '3' },
  ])
})

test('tables that nobody asked for are passed over, whatever is in them', async () => {
  const dump = `${CREATE}INSERT INTO \`other\` VALUES (1,'; INSERT INTO \`notes\` VALUES (9,\\'x\\',0);'),(2,'b');\nINSERT INTO \`notes\` VALUES (1,'a',0);`
  assert.deepEqual(await read(dump, 11), [{ id: '1', text: 'a', order: '0' }])
  assert.deepEqual(await read(dump, 11, ['nothing']), [])
})

test('a dump that is cut off, or is none, is refused', async () => {
  const rows = `${CREATE}INSERT INTO \`notes\` VALUES (1,'a',0),(2,'b`
  for (const text of [rows, `${CREATE}INSERT INTO \`notes\` VALUES (1,'a',0)`, 'no dump at all'])
    await assert.rejects(read(text, 50), new ImportError('The dump is cut off.'))
  await assert.rejects(read("INSERT INTO notes VALUES (1,'a');"), /does not tell the columns of notes/)
  await assert.rejects(read(`${CREATE}INSERT INTO notes VALUES (1,'a');`), /does not have the columns/)
  await assert.rejects(read(`${CREATE}INSERT INTO notes VALUES 1;`), ImportError)
})

test('any text survives being quoted as mysqldump does', async () => {
  const names: Record<string, string> = {
    '\0': '\\0',
    '\n': '\\n',
    '\r': '\\r',
    '\\': '\\\\',
    "'": "\\'",
    '\x1a': '\\Z',
  }
  const quoted = (text: string) => [...text].map((char) => names[char] ?? char).join('')
  const texts = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 40 }), async (texts, size) => {
      const rows = texts.map((text, index) => `(${index},'${quoted(text)}',NULL)`)
      const read_back = await read(`${CREATE}INSERT INTO \`notes\` VALUES ${rows.join(',')};`, size)
      assert.deepEqual(
        read_back.map(({ text }) => text),
        texts,
      )
    }),
    { numRuns: 60 },
  )
})
