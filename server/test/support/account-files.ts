import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

/** A bcrypt hash of `Qwerty123`, of few rounds. */
export const BCRYPT = '$2b$04$yEIPiWu1gK8aFqyWraGfBuon.3dUKKYvCusi11FXNTxtn.p.qdELK'

/** Writes a CSV of so many confirmed people of whom every other one has a verified phone and every fourth a profile. */
export async function writeAccountsCsv(file: string, count: number): Promise<void> {
  const out = createWriteStream(file)
  out.write('email,password_hash,created_at,phone,first_name,last_name,dob,address,postcode,city,country\n')
  for (let index = 0; index < count; index += 1) {
    const phone = index % 2 === 0 ? `+4915${String(index).padStart(9, '0')}` : ''
    const profile = index % 4 === 0 ? '"Ada","O\'Hara",1985-04-12,"12, Main Street",10115,Berlin,DE' : ',,,,,,'
    const line = `person${index}@example.com,${BCRYPT},2019-03-0${1 + (index % 9)}T10:00:00Z,${phone},${profile}\n`
    if (!out.write(line)) await once(out, 'drain')
  }
  out.end()
  await finished(out)
}

if (import.meta.main) await writeAccountsCsv(process.argv[2] ?? 'accounts.csv', Number(process.argv[3] ?? 1_000_000))
